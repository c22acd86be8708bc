-- Teradata.

-- case: SEL and INS
-- dialect: teradata
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INS INTO mart.rev (id) SEL id FROM shop.orders;

-- case: CREATE TABLE AS another table WITH DATA
-- dialect: teradata
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders AS shop.orders WITH DATA;

-- case: CREATE TABLE AS WITH NO DATA
-- dialect: teradata
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders AS (SELECT id, amount FROM shop.orders) WITH NO DATA;

-- case: a multiset table with a primary index
-- dialect: teradata
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.customer_id -> mart.rev.customer_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.customer_id -> mart.rev GROUP_BY
-- diagnostics: none
CREATE MULTISET TABLE mart.rev AS (
  SELECT customer_id, SUM(amount) AS total FROM shop.orders GROUP BY customer_id
) WITH DATA PRIMARY INDEX (customer_id);

-- case: REPLACE VIEW with LOCKING
-- dialect: teradata
-- sources: shop.orders
-- targets: mart.v
-- column: shop.orders.id -> mart.v.no DIRECT IDENTITY
-- influences: none
-- diagnostics: none
REPLACE VIEW mart.v (no) AS LOCKING ROW FOR ACCESS SELECT id FROM shop.orders;

-- case: QUALIFY
-- dialect: teradata
-- sources: raw.orders
-- targets: shop.orders
-- column: raw.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: raw.orders.id, raw.orders.loaded_at -> shop.orders FILTER
-- diagnostics: none
INSERT INTO shop.orders (id)
SELECT id FROM raw.orders
QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY loaded_at DESC) = 1;

-- case: UPDATE with FROM before SET
-- dialect: teradata
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders FROM shop.customers AS c SET customer_name = c.name
WHERE shop.orders.customer_id = c.id;

-- case: DEL … ALL
-- dialect: teradata
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DELETE shop.orders
-- diagnostics: none
DEL FROM shop.orders ALL;

-- case: RENAME TABLE
-- dialect: teradata
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: RENAME mart.rev_new -> mart.rev
-- diagnostics: none
CREATE TABLE mart.rev_new AS (SELECT id FROM shop.orders) WITH DATA;
RENAME TABLE mart.rev_new AS mart.rev;

-- case: an alias is visible in the same list
-- dialect: teradata
-- schema: shop.orders(amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.net, mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (net, gross) SELECT amount * 2 AS n, n * 1.19 FROM shop.orders;

-- case: a volatile table is a session's
-- dialect: teradata
-- sources: t
-- targets: x
-- intermediates: none
-- column: t.a -> x.a DIRECT IDENTITY
CREATE MULTISET VOLATILE TABLE vt AS (SELECT a FROM t) WITH DATA PRIMARY INDEX (a) ON COMMIT PRESERVE ROWS;
INSERT INTO x SELECT a FROM vt;

-- case: FORMAT, TITLE and NAMED behind a value
-- dialect: teradata
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.c DIRECT IDENTITY
-- column: t.d -> <query>.e DIRECT IDENTITY
SELECT a (FORMAT 'X(5)'), b (NAMED c), d (TITLE 'day') AS e FROM t;

-- case: a table operator reads what stands behind ON
-- dialect: teradata
-- sources: s
-- targets: t
INSERT INTO t SELECT * FROM TD_UNPIVOT(ON s USING VALUE_COLUMNS('v') UNPIVOT_COLUMN('n') COLUMN_LIST('a', 'b')) AS x;
