-- DuckDB.

-- case: FROM first
-- dialect: duckdb
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE TABLE mart.rev AS FROM shop.orders SELECT id WHERE status = 'open';

-- case: FROM alone is a star
-- dialect: duckdb
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS FROM shop.orders;

-- case: a file in FROM
-- dialect: duckdb
-- sources: orders.parquet
-- targets: mart.rev
-- column: orders.parquet.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT id FROM 'orders.parquet';

-- case: a file through a function
-- dialect: duckdb
-- sources: s3://lake/orders.csv
-- targets: mart.rev
-- column: s3://lake/orders.csv.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE TABLE mart.rev AS SELECT * FROM read_csv('s3://lake/orders.csv');

-- case: star with EXCLUDE and REPLACE
-- dialect: duckdb
-- schema: shop.orders(id, amount, note)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT * EXCLUDE (note) REPLACE (amount / 100 AS amount) FROM shop.orders;

-- case: COLUMNS with a pattern
-- dialect: duckdb
-- schema: shop.orders(id, net_eur, net_usd)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.net_eur -> mart.rev.net_eur DIRECT IDENTITY
-- column: shop.orders.net_usd -> mart.rev.net_usd DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT COLUMNS('^net_') FROM shop.orders;

-- case: GROUP BY ALL
-- dialect: duckdb
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.region -> mart.rev.region DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.region -> mart.rev GROUP_BY
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT region, SUM(amount) AS total FROM shop.orders GROUP BY ALL;

-- case: UNION BY NAME
-- dialect: duckdb
-- sources: shop.orders, web.orders
-- targets: mart.all_orders
-- column: shop.orders.id, web.orders.id -> mart.all_orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.all_orders.amount DIRECT IDENTITY
-- column: web.orders.browser -> mart.all_orders.browser DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.all_orders(id, amount, browser)
CREATE TABLE mart.all_orders AS
SELECT id, amount FROM shop.orders UNION ALL BY NAME SELECT browser, id FROM web.orders;

-- case: ASOF JOIN
-- dialect: duckdb
-- sources: shop.prices, shop.trades
-- targets: mart.valued
-- column: shop.trades.id -> mart.valued.id DIRECT IDENTITY
-- column: shop.prices.price -> mart.valued.price DIRECT IDENTITY
-- influence: shop.trades.symbol, shop.prices.symbol, shop.trades.ts, shop.prices.ts -> mart.valued JOIN
-- diagnostics: none
CREATE TABLE mart.valued AS
SELECT t.id, p.price
FROM shop.trades AS t ASOF JOIN shop.prices AS p ON t.symbol = p.symbol AND t.ts >= p.ts;

-- case: list functions with a lambda
-- dialect: duckdb
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.prices -> mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev AS SELECT list_transform(prices, p -> p * 1.19) AS gross FROM shop.orders;

-- case: INSERT OR REPLACE
-- dialect: duckdb
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OR REPLACE INTO shop.orders (id, amount) SELECT id, amount FROM stage.orders;
