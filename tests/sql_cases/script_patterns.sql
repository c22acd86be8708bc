-- Scripts as people write them: delete and insert, staging, history, rebuild and swap, transactions.

-- case: delete, then insert
-- sources: stage.orders
-- targets: shop.orders
-- intermediates: none
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders WHERE id IN (SELECT id FROM stage.orders);
INSERT INTO shop.orders (id, amount) SELECT id, amount FROM stage.orders;

-- case: delete a day, then insert it again
-- sources: stage.orders
-- targets: mart.daily
-- column: stage.orders.day -> mart.daily.day DIRECT IDENTITY
-- column: stage.orders.amount -> mart.daily.total DIRECT AGGREGATION
-- influence: mart.daily.day -> mart.daily FILTER
-- influence: stage.orders.day -> mart.daily FILTER
-- influence: stage.orders.day -> mart.daily GROUP_BY
-- change: DELETE mart.daily
-- diagnostics: none
DELETE FROM mart.daily WHERE day = DATE '2024-01-01';
INSERT INTO mart.daily (day, total)
SELECT day, SUM(amount) FROM stage.orders WHERE day = DATE '2024-01-01' GROUP BY day;

-- case: update, then insert what is missing
-- dialect: tsql
-- why: the NOT EXISTS reads the old rows of the target
-- sources: shop.orders, stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- influence: shop.orders.id, stage.orders.id -> shop.orders FILTER
-- diagnostics: none
UPDATE t SET t.amount = s.amount
FROM shop.orders AS t JOIN stage.orders AS s ON s.id = t.id;
INSERT INTO shop.orders (id, amount)
SELECT s.id, s.amount FROM stage.orders AS s
WHERE NOT EXISTS (SELECT 1 FROM shop.orders AS t WHERE t.id = s.id);

-- case: truncate, stage, merge
-- dialect: snowflake
-- sources: @landing/x.csv
-- targets: shop.orders
-- intermediates: stage.orders
-- column: @landing/x.csv.$1 -> shop.orders.id DIRECT IDENTITY
-- column: @landing/x.csv.$2 -> shop.orders.amount DIRECT TRANSFORMATION
-- influence: shop.orders.id, @landing/x.csv.$1 -> shop.orders JOIN
-- change: TRUNCATE stage.orders
-- diagnostics: none
TRUNCATE TABLE stage.orders;
COPY INTO stage.orders (id, amount) FROM (SELECT f.$1, f.$2::NUMBER FROM @landing/x.csv AS f);
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET amount = s.amount
WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.id, s.amount);

-- case: history: close the old row, open a new one
-- dialect: postgres
-- sources: stage.customers
-- targets: dim.customers
-- column: stage.customers.id -> dim.customers.id DIRECT IDENTITY
-- column: stage.customers.name -> dim.customers.name DIRECT IDENTITY
-- influence: dim.customers.id, stage.customers.id, dim.customers.name, stage.customers.name, dim.customers.valid_to -> dim.customers FILTER
-- diagnostics: none
UPDATE dim.customers AS d SET valid_to = CURRENT_DATE
FROM stage.customers AS s
WHERE d.id = s.id AND d.valid_to IS NULL AND d.name <> s.name;
INSERT INTO dim.customers (id, name, valid_from) SELECT id, name, CURRENT_DATE FROM stage.customers;

-- case: rebuild a table through a temp copy of itself
-- dialect: redshift
-- why: the old rows go out and come back; TRUNCATE stands between, and what comes back is still theirs
-- sources: mart.rev
-- targets: mart.rev
-- intermediates: none
-- column: mart.rev.id -> mart.rev.id DIRECT IDENTITY
-- column: mart.rev.total -> mart.rev.total DIRECT AGGREGATION
-- influence: mart.rev.id -> mart.rev GROUP_BY
-- change: TRUNCATE mart.rev
-- diagnostics: none
CREATE TEMP TABLE keep AS SELECT id, MAX(total) AS total FROM mart.rev GROUP BY id;
TRUNCATE mart.rev;
INSERT INTO mart.rev (id, total) SELECT id, total FROM keep;

-- case: a transaction around the statements changes nothing
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: TRUNCATE mart.rev
-- diagnostics: none
BEGIN;
TRUNCATE mart.rev;
INSERT INTO mart.rev (id) SELECT id FROM shop.orders;
COMMIT;

-- case: GO separates T-SQL batches
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SELECT id INTO #t FROM shop.orders
GO
INSERT INTO mart.rev (id) SELECT id FROM #t
GO

-- case: layers: raw, staging, mart
-- sources: raw.orders
-- targets: mart.daily
-- intermediates: stage.clean, stage.orders
-- column: raw.orders.ts -> mart.daily.day DIRECT TRANSFORMATION
-- column: raw.orders.price, raw.orders.pieces -> mart.daily.total DIRECT AGGREGATION
-- influence: raw.orders.status -> mart.daily FILTER
-- influence: raw.orders.ts -> mart.daily GROUP_BY
-- hop: raw.orders.ts -> stage.clean.ts DIRECT IDENTITY
-- hop: raw.orders.price -> stage.clean.price DIRECT IDENTITY
-- hop: raw.orders.pieces -> stage.clean.pieces DIRECT IDENTITY
-- hop: stage.clean.ts -> stage.orders.day DIRECT TRANSFORMATION
-- hop: stage.clean.price, stage.clean.pieces -> stage.orders.amount DIRECT TRANSFORMATION
-- hop: stage.orders.day -> mart.daily.day DIRECT IDENTITY
-- hop: stage.orders.amount -> mart.daily.total DIRECT AGGREGATION
-- diagnostics: none
CREATE VIEW stage.clean AS SELECT ts, price, pieces FROM raw.orders WHERE status <> 'test';
CREATE TABLE stage.orders AS
SELECT CAST(ts AS DATE) AS day, price * pieces AS amount FROM stage.clean;
CREATE TABLE mart.daily AS SELECT day, SUM(amount) AS total FROM stage.orders GROUP BY day;

-- case: archive, then delete
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influence: shop.orders.created_at -> arch.orders, shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
INSERT INTO arch.orders (id) SELECT id FROM shop.orders WHERE created_at < DATE '2020-01-01';
DELETE FROM shop.orders WHERE created_at < DATE '2020-01-01';

-- case: a generated column of a staging table
-- dialect: postgres
-- why: the staging table is an intermediate, so its generated column is one more step of the path
-- sources: web.lines
-- targets: mart.rev
-- intermediates: stage.lines
-- column: web.lines.amount -> mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE stage.lines (net NUMERIC, gross NUMERIC GENERATED ALWAYS AS (net * 1.19) STORED);
INSERT INTO stage.lines (net) SELECT amount FROM web.lines;
INSERT INTO mart.rev (gross) SELECT gross FROM stage.lines;

-- case: load, transform, export
-- dialect: redshift
-- sources: s3://lake/in.csv
-- targets: s3://lake/out/
-- intermediates: stage.orders
-- column: s3://lake/in.csv.* -> s3://lake/out/.total DIRECT AGGREGATION unresolved
-- influences: none
-- diagnostics: unexpanded-star
COPY stage.orders (id, amount) FROM 's3://lake/in.csv' IAM_ROLE 'arn:aws:iam::1:role/load' CSV;
UNLOAD ('SELECT SUM(amount) AS total FROM stage.orders')
TO 's3://lake/out/' IAM_ROLE 'arn:aws:iam::1:role/load';

-- case: a routine call says nothing of its own
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
EXEC dbo.prepare;
INSERT INTO mart.rev (id) SELECT id FROM shop.orders;
