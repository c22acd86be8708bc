-- BigQuery.

-- case: a whole name in one pair of backticks
-- dialect: bigquery
-- sources: my-proj.shop.orders
-- targets: my-proj.mart.rev
-- column: my-proj.shop.orders.id -> my-proj.mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO `my-proj.mart.rev` (id) SELECT id FROM `my-proj`.shop.orders;

-- case: INSERT without INTO
-- dialect: bigquery
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT mart.rev (id) SELECT id FROM shop.orders;

-- case: star with EXCEPT and REPLACE
-- dialect: bigquery
-- schema: shop.orders(id, amount, note)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT * EXCEPT (note) REPLACE (amount * 2 AS amount) FROM shop.orders;

-- case: UNNEST of a repeated field
-- dialect: bigquery
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: shop.orders
-- targets: mart.lines
-- column: shop.orders.id -> mart.lines.order_id DIRECT IDENTITY
-- column: shop.orders.items -> mart.lines.sku DIRECT TRANSFORMATION
-- influence: shop.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO mart.lines (order_id, sku)
SELECT o.id, item.sku FROM shop.orders AS o, UNNEST(o.items) AS item;

-- case: a struct field
-- dialect: bigquery
-- why: SEMANTICS: the source is the top column, and a path is TRANSFORMATION
-- sources: shop.customers
-- targets: mart.cities
-- column: shop.customers.address -> mart.cities.city DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.cities (city) SELECT address.city FROM shop.customers;

-- case: MERGE with INSERT ROW
-- dialect: bigquery
-- schema: shop.orders(id, amount); stage.orders(id, amount)
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN NOT MATCHED THEN INSERT ROW;

-- case: CREATE TABLE COPY
-- dialect: bigquery
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders COPY shop.orders;

-- case: CREATE SNAPSHOT TABLE
-- dialect: bigquery
-- schema: shop.orders(id)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE SNAPSHOT TABLE arch.orders CLONE shop.orders;

-- case: pipe syntax
-- dialect: bigquery
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT TRANSFORMATION
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE TABLE mart.rev AS
FROM shop.orders
|> WHERE status = 'open'
|> SELECT amount * 2 AS total;

-- case: table names have case, column names have none
-- dialect: bigquery
-- sources: shop.Orders, shop.orders
-- targets: mart.rev
-- column: shop.Orders.id, shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT id FROM shop.Orders UNION ALL SELECT ID FROM shop.orders;

-- case: APPROX_COUNT_DISTINCT and SAFE_CAST
-- dialect: bigquery
-- why: a count hides the value, an approximate one too
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.customer_id -> mart.rev.customers DIRECT AGGREGATION masking
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (customers, total)
SELECT APPROX_COUNT_DISTINCT(customer_id), SUM(SAFE_CAST(amount AS NUMERIC)) FROM shop.orders;

-- case: a variable of the script is no column
-- dialect: bigquery
-- why: DECLARE outside of a block lasts for the rest of the script
-- sources: d.t, d.u
-- targets: d.z
-- column: d.t.a -> <query>.MAX(a) DIRECT AGGREGATION
-- column: d.u.b -> d.z.b DIRECT IDENTITY
-- influence: d.u.c -> d.z FILTER
-- output: d.z(q, b)
DECLARE lowest, highest INT64 DEFAULT (SELECT MAX(a) FROM d.t);
INSERT INTO d.z SELECT highest AS q, b FROM d.u WHERE c > lowest;

-- case: a record of a FOR loop is no relation
-- dialect: bigquery
-- sources: d.t
-- targets: d.u
-- column: d.t.a -> <query>.a DIRECT IDENTITY
-- diagnostics: none
FOR record IN (SELECT a FROM d.t) DO INSERT INTO d.u (q) VALUES (record.a); END FOR;

-- case: a model is made of its training query
-- dialect: bigquery
-- why: changing a column of the training rows changes the model
-- sources: d.t
-- targets: d.m
-- column: d.t.a -> d.m.a DIRECT TRANSFORMATION
-- column: d.t.b -> d.m.label DIRECT TRANSFORMATION
-- influence: d.t.c -> d.m FILTER
CREATE OR REPLACE MODEL d.m OPTIONS (model_type = 'linear_reg') AS SELECT a, b AS label FROM d.t WHERE c > 1;

-- case: predicting reads the model and the rows, and no function's dataset
-- dialect: bigquery
-- sources: d.m, d.t
-- targets: d.p
CREATE TABLE d.p AS SELECT * FROM ML.PREDICT(MODEL d.m, (SELECT a FROM d.t));

-- case: evaluating a model over a table
-- dialect: bigquery
-- sources: d.e, d.m
-- targets: d.q
CREATE TABLE d.q AS SELECT precision FROM ML.EVALUATE(MODEL d.m, TABLE d.e);
