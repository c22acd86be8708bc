-- SQLite.

-- case: brackets, backticks and double quotes all quote
-- dialect: sqlite
-- sources: order lines
-- targets: rev
-- column: order lines.net price -> rev.a DIRECT IDENTITY
-- column: order lines.tax rate -> rev.b DIRECT IDENTITY
-- column: order lines.note -> rev.c DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO rev (a, b, c) SELECT [net price], `tax rate`, "note" FROM "order lines";

-- case: UPDATE FROM
-- dialect: sqlite
-- sources: customers
-- targets: orders
-- column: customers.name -> orders.customer_name DIRECT IDENTITY
-- influence: customers.id, orders.customer_id -> orders FILTER
-- diagnostics: none
UPDATE orders SET customer_name = customers.name FROM customers WHERE customers.id = orders.customer_id;

-- case: WHERE true before ON CONFLICT
-- dialect: sqlite
-- sources: stage
-- targets: orders
-- column: stage.id -> orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO orders (id) SELECT id FROM stage WHERE true ON CONFLICT DO NOTHING;

-- case: a temp view
-- dialect: sqlite
-- sources: orders
-- targets: rev
-- intermediates: none
-- column: orders.amount -> rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
CREATE TEMP VIEW v AS SELECT amount FROM orders;
INSERT INTO rev (total) SELECT SUM(amount) FROM v;

-- case: an attached database
-- dialect: sqlite
-- sources: archive.orders
-- targets: main.orders
-- column: archive.orders.id -> main.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ATTACH DATABASE 'archive.db' AS archive;
INSERT INTO main.orders (id) SELECT id FROM archive.orders;

-- case: a generated column
-- dialect: sqlite
-- column: lines.price, lines.quantity -> lines.total DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE lines (price REAL, quantity INT, total REAL AS (price * quantity) STORED);

-- case: columns without types order an INSERT
-- dialect: sqlite
-- sources: stage
-- targets: orders
-- column: stage.a -> orders.id DIRECT IDENTITY
-- column: stage.b -> orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE orders (id, amount);
INSERT INTO orders SELECT a, b FROM stage;

-- case: GLOB and a date function
-- dialect: sqlite
-- sources: orders
-- targets: rev
-- column: orders.created_at -> rev.day DIRECT TRANSFORMATION
-- influence: orders.code -> rev FILTER
-- diagnostics: none
INSERT INTO rev (day) SELECT date(created_at) FROM orders WHERE code GLOB 'DE*';

-- case: a recursive CTE
-- dialect: sqlite
-- sources: parts
-- targets: tree
-- column: parts.id -> tree.id DIRECT IDENTITY
-- diagnostics: none
INSERT INTO tree (id)
WITH RECURSIVE t (id) AS (
  SELECT id FROM parts WHERE parent_id IS NULL
  UNION ALL
  SELECT p.id FROM parts AS p JOIN t ON p.parent_id = t.id
)
SELECT id FROM t;
