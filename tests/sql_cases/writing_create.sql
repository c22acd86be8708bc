-- Creating tables: DDL, LIKE, CLONE, CREATE TABLE AS with and without a column list, generated columns.

-- case: a table definition alone moves no data
-- why: DESIGN: targets are datasets that data flows into
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- changes: none
-- diagnostics: none
CREATE TABLE shop.orders (id INT PRIMARY KEY, amount DECIMAL(10, 2) NOT NULL);

-- case: a definition earlier in the script orders a positional INSERT
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(day, total)
CREATE TABLE mart.rev (day DATE, total DECIMAL(10, 2));
INSERT INTO mart.rev SELECT sold_on, amount FROM shop.orders;

-- case: CREATE TABLE AS takes the names of the query
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(id, total)
CREATE TABLE mart.rev AS SELECT id, amount AS total FROM shop.orders;

-- case: CREATE TABLE AS with a column list renames by position
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.order_id DIRECT IDENTITY
-- column: shop.orders.amount, shop.orders.tax -> mart.rev.total DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
-- output: mart.rev(order_id, total)
CREATE TABLE mart.rev (order_id, total) AS SELECT id, amount + tax FROM shop.orders;

-- case: CREATE TABLE AS with more names than columns
-- sources: shop.orders
-- targets: mart.rev
-- influences: none
-- diagnostics: column-count
CREATE TABLE mart.rev (order_id, day, total) AS SELECT id, amount FROM shop.orders;

-- case: CREATE TABLE AS of a star with known columns
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(id, amount)
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;

-- case: CREATE TABLE AS of a star with unknown columns
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;

-- case: a constant column exists and comes from nowhere
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(id, origin, loaded_at)
CREATE TABLE mart.rev AS SELECT id, 'web' AS origin, CURRENT_TIMESTAMP AS loaded_at FROM shop.orders;

-- case: CREATE TABLE AS from VALUES has no sources
-- dialect: postgres
-- sources: none
-- targets: dim.status
-- columns: none
-- influences: none
-- diagnostics: none
-- output: dim.status(code, label)
CREATE TABLE dim.status (code, label) AS VALUES (1, 'open'), (2, 'shipped');

-- case: WITH NO DATA copies the shape and nothing else
-- dialect: postgres
-- why: no row ever moves, so no value of shop.orders can reach mart.rev: the same as LIKE
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT id, amount FROM shop.orders WITH NO DATA;

-- case: the shape made by WITH NO DATA orders a later INSERT
-- dialect: postgres
-- sources: web.orders
-- targets: mart.rev
-- column: web.orders.no -> mart.rev.id DIRECT IDENTITY
-- column: web.orders.price -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT id, amount FROM shop.orders WITH NO DATA;
INSERT INTO mart.rev SELECT no, price FROM web.orders;

-- case: CREATE TABLE AS with a CTE and a filter
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE TABLE mart.rev AS
WITH shipped AS (SELECT id FROM shop.orders WHERE status = 'shipped')
SELECT id FROM shipped;

-- case: CREATE TABLE AS of a union takes the names of the first branch
-- sources: shop.orders, web.orders
-- targets: mart.all_orders
-- column: shop.orders.id, web.orders.no -> mart.all_orders.id DIRECT IDENTITY
-- column: shop.orders.amount, web.orders.price -> mart.all_orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.all_orders(id, amount)
CREATE TABLE mart.all_orders AS
SELECT id, amount FROM shop.orders
UNION ALL
SELECT no, price FROM web.orders;

-- case: CREATE TABLE IF NOT EXISTS AS flows like the plain form
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
CREATE TABLE IF NOT EXISTS mart.rev AS SELECT SUM(amount) AS total FROM shop.orders;

-- case: CREATE OR REPLACE TABLE that reads the table it replaces
-- dialect: snowflake
-- why: DESIGN: the target is a source where its old rows are read
-- sources: mart.rev
-- targets: mart.rev
-- column: mart.rev.id -> mart.rev.id DIRECT IDENTITY
-- column: mart.rev.total -> mart.rev.total DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE OR REPLACE TABLE mart.rev AS SELECT id, ROUND(total, 2) AS total FROM mart.rev;

-- case: CREATE OR REPLACE TABLE forgets the columns it had before
-- dialect: snowflake
-- sources: web.orders
-- targets: mart.rev
-- column: web.orders.x -> mart.rev.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(day)
CREATE TABLE mart.rev (id INT, total INT);
CREATE OR REPLACE TABLE mart.rev (day DATE);
INSERT INTO mart.rev SELECT x FROM web.orders;

-- case: LIKE copies columns and no data
-- dialect: postgres
-- schema: shop.orders(id, amount)
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders (LIKE shop.orders INCLUDING ALL);

-- case: LIKE of a known table orders a later INSERT
-- dialect: postgres
-- schema: shop.orders(id, amount)
-- sources: web.orders
-- targets: arch.orders
-- column: web.orders.no -> arch.orders.id DIRECT IDENTITY
-- column: web.orders.price -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: arch.orders(id, amount)
CREATE TABLE arch.orders (LIKE shop.orders);
INSERT INTO arch.orders SELECT no, price FROM web.orders;

-- case: LIKE of an unknown table leaves a later INSERT to the names of its query
-- dialect: mysql
-- sources: web.orders
-- targets: arch.orders
-- column: web.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: web.orders.price -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders LIKE shop.orders;
INSERT INTO arch.orders SELECT id, price AS amount FROM web.orders;

-- case: LIKE of a table defined in the same script
-- dialect: snowflake
-- sources: web.orders
-- targets: arch.orders
-- column: web.orders.no -> arch.orders.id DIRECT IDENTITY
-- column: web.orders.price -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE shop.orders (id INT, amount NUMBER);
CREATE TABLE arch.orders LIKE shop.orders;
INSERT INTO arch.orders SELECT no, price FROM web.orders;

-- case: CLONE copies every known column with its data
-- dialect: snowflake
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: arch.orders(id, amount)
CREATE TABLE arch.orders CLONE shop.orders;

-- case: CLONE of an unknown table is a star
-- dialect: snowflake
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.* -> arch.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE OR REPLACE TABLE arch.orders CLONE shop.orders;

-- case: CLONE at a point in time
-- dialect: snowflake
-- schema: shop.orders(id)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders CLONE shop.orders AT (TIMESTAMP => '2024-01-01 00:00:00'::TIMESTAMP);

-- case: a generated column flows from the columns of its expression
-- dialect: postgres
-- why: SEMANTICS: generated and computed columns flow from the columns of their expression; whether a
-- why: definition alone makes a target is left open
-- column: shop.lines.price, shop.lines.quantity -> shop.lines.total DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE shop.lines (
  price NUMERIC,
  quantity INT,
  total NUMERIC GENERATED ALWAYS AS (price * quantity) STORED
);

-- case: an INSERT into a table with a generated column keeps both edges
-- dialect: postgres
-- why: the table is not an intermediate, so its own generated column stays a hop of its own
-- sources: web.lines
-- targets: shop.lines
-- column: web.lines.amount -> shop.lines.price DIRECT IDENTITY
-- column: shop.lines.price -> shop.lines.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE shop.lines (price NUMERIC, gross NUMERIC GENERATED ALWAYS AS (price * 1.19) STORED);
INSERT INTO shop.lines (price) SELECT amount FROM web.lines;
