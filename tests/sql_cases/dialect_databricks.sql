-- Databricks SQL.

-- case: a path into JSON
-- dialect: databricks
-- sources: raw.events
-- targets: mart.clicks
-- column: raw.events.payload -> mart.clicks.url DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.clicks (url) SELECT payload:page.url::STRING FROM raw.events;

-- case: a Delta table by its path
-- dialect: databricks
-- sources: /mnt/lake/orders
-- targets: mart.rev
-- column: /mnt/lake/orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id) SELECT id FROM delta.`/mnt/lake/orders`;

-- case: files by their path
-- dialect: databricks
-- sources: s3://lake/orders
-- targets: mart.rev
-- column: s3://lake/orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE TABLE mart.rev AS SELECT * FROM parquet.`s3://lake/orders`;

-- case: INSERT REPLACE WHERE
-- dialect: databricks
-- why: the condition says which old rows go; it belongs to the target's own column
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.day -> shop.orders.day DIRECT IDENTITY
-- diagnostics: none
INSERT INTO shop.orders REPLACE WHERE day = '2024-01-01' SELECT id, day FROM stage.orders;

-- case: SHALLOW CLONE
-- dialect: databricks
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE OR REPLACE TABLE arch.orders SHALLOW CLONE shop.orders;

-- case: DEEP CLONE
-- dialect: databricks
-- schema: shop.orders(id)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE arch.orders DEEP CLONE shop.orders;

-- case: time travel
-- dialect: databricks
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO arch.orders (id) SELECT id FROM shop.orders VERSION AS OF 3;

-- case: three-level names
-- dialect: databricks
-- sources: prod.shop.orders
-- targets: prod.mart.rev
-- column: prod.shop.orders.id -> prod.mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE prod.mart.rev AS SELECT id FROM prod.shop.orders;

-- case: a streaming table
-- dialect: databricks
-- sources: raw.orders
-- targets: shop.orders
-- column: raw.orders.id -> shop.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE OR REFRESH STREAMING TABLE shop.orders AS SELECT id FROM STREAM(raw.orders);

-- case: MERGE with a condition on each arm
-- dialect: databricks
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.op -> shop.orders.amount, shop.orders.id INDIRECT CONDITIONAL
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- influence: stage.orders.op -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED AND s.op = 'D' THEN DELETE
WHEN MATCHED AND s.op = 'U' THEN UPDATE SET t.amount = s.amount
WHEN NOT MATCHED AND s.op <> 'D' THEN INSERT (id, amount) VALUES (s.id, s.amount);

-- case: a lateral alias
-- dialect: databricks
-- schema: shop.orders(amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.net, mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (net, gross) SELECT amount * 2 AS net, net * 1.19 FROM shop.orders;

-- case: the changes of a table are read from it
-- dialect: databricks
-- sources: db.t
-- targets: x
-- column: db.t.a -> x.a DIRECT IDENTITY
-- influence: db.t._change_type -> x FILTER
INSERT INTO x (a) SELECT a FROM table_changes('db.t', 1, 2) WHERE _change_type = 'insert';
