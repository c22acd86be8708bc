-- Trino, Presto, Athena.

-- case: CREATE TABLE AS with a column list and properties
-- dialect: trino
-- sources: hive.shop.orders
-- targets: hive.mart.rev
-- column: hive.shop.orders.id -> hive.mart.rev.no DIRECT IDENTITY
-- column: hive.shop.orders.amount -> hive.mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE hive.mart.rev (no, total) WITH (format = 'ORC') AS SELECT id, amount FROM hive.shop.orders;

-- case: UNNEST
-- dialect: trino
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: shop.orders
-- targets: mart.lines
-- column: shop.orders.id -> mart.lines.id DIRECT IDENTITY
-- column: shop.orders.items -> mart.lines.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO mart.lines SELECT id, item FROM shop.orders CROSS JOIN UNNEST(items) AS u (item);

-- case: UNNEST WITH ORDINALITY
-- dialect: trino
-- why: the ordinal too comes out of the array
-- sources: shop.orders
-- targets: mart.lines
-- column: shop.orders.id -> mart.lines.id DIRECT IDENTITY
-- column: shop.orders.items -> mart.lines.item, mart.lines.n DIRECT TRANSFORMATION
-- influence: shop.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO mart.lines
SELECT id, item, n FROM shop.orders CROSS JOIN UNNEST(items) WITH ORDINALITY AS u (item, n);

-- case: TRY_CAST
-- dialect: trino
-- sources: raw.orders
-- targets: shop.orders
-- column: raw.orders.amount -> shop.orders.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders (amount) SELECT TRY_CAST(amount AS DECIMAL(10, 2)) FROM raw.orders;

-- case: LIKE among the definitions
-- dialect: trino
-- schema: shop.orders(id, amount)
-- why: LIKE stands for the known columns of the other table, in its place
-- sources: web.orders
-- targets: arch.orders
-- column: web.orders.no -> arch.orders.id DIRECT IDENTITY
-- column: web.orders.price -> arch.orders.amount DIRECT IDENTITY
-- column: web.orders.ts -> arch.orders.archived_at DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders (LIKE shop.orders, archived_at TIMESTAMP);
INSERT INTO arch.orders SELECT no, price, ts FROM web.orders;

-- case: catalogs join freely
-- dialect: trino
-- sources: hive.shop.orders, mysql.crm.customers
-- targets: iceberg.mart.rev
-- column: mysql.crm.customers.name -> iceberg.mart.rev.name DIRECT IDENTITY
-- influence: hive.shop.orders.customer_id, mysql.crm.customers.id -> iceberg.mart.rev JOIN
-- diagnostics: none
INSERT INTO iceberg.mart.rev (name)
SELECT c.name FROM hive.shop.orders AS o JOIN mysql.crm.customers AS c ON o.customer_id = c.id;

-- case: approximate aggregates
-- dialect: trino
-- why: a count hides the value, an approximate one too
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.customer_id -> mart.rev.customers DIRECT AGGREGATION masking
-- column: shop.orders.amount -> mart.rev.middle DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (customers, middle)
SELECT APPROX_DISTINCT(customer_id), APPROX_PERCENTILE(amount, 0.5) FROM shop.orders;

-- case: a lambda
-- dialect: trino
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.prices -> mart.rev.total DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (total) SELECT REDUCE(prices, 0, (s, x) -> s + x, s -> s) FROM shop.orders;

-- case: WITH NO DATA
-- dialect: trino
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT id FROM shop.orders WITH NO DATA;
