-- case: VALUES in FROM has no source
-- dialect: postgres
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- influence: shop.orders.status -> <query> JOIN
SELECT o.id, v.label
FROM shop.orders o
JOIN (VALUES (1, 'new'), (2, 'paid')) AS v (code, label) ON o.status = v.code;

-- case: INSERT of VALUES
-- sources: none
-- targets: t
-- columns: none
-- influences: none
-- diagnostics: none
INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y');

-- case: VALUES as the whole query
-- dialect: duckdb
-- sources: none
-- targets: none
-- columns: none
VALUES (1, 2), (3, 4);

-- case: inline VALUES of Spark
-- dialect: spark
-- sources: t
-- column: t.x -> <query>.x DIRECT IDENTITY
-- influence: t.k -> <query> JOIN
SELECT t.x, v.label
FROM t JOIN VALUES (1, 'a'), (2, 'b') AS v(k, label) ON t.k = v.k;

-- case: TABLE t is SELECT * FROM t
-- dialect: postgres
-- schema: t(a, b)
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
TABLE t;

-- case: FROM t alone is SELECT *
-- dialect: duckdb
-- schema: t(a, b)
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
FROM t;

-- case: FROM before SELECT
-- dialect: duckdb
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.b -> <query> FILTER
FROM t SELECT a WHERE b > 0;

-- case: pipe syntax
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.b -> <query>.b DIRECT IDENTITY
-- influence: ds.t.a -> <query> FILTER
FROM ds.t |> WHERE a > 1 |> SELECT b;

-- case: ONLY is no name
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM ONLY t;

-- case: a table-valued function of the user is a dataset
-- dialect: tsql
-- sources: dbo.fn_orders
-- column: dbo.fn_orders.amount -> <query>.amount DIRECT IDENTITY
-- influence: dbo.fn_orders.status -> <query> FILTER
SELECT f.amount
FROM dbo.fn_orders(@year) AS f
WHERE f.status = 'paid';

-- case: a table function of BigQuery
-- dialect: bigquery
-- sources: ds.orders_of
-- column: ds.orders_of.amount -> <query>.s DIRECT AGGREGATION
SELECT SUM(amount) AS s FROM ds.orders_of(2024);

-- case: TABLE(function) of Snowflake
-- dialect: snowflake
-- sources: util.split_orders
-- column: util.split_orders.id -> <query>.id DIRECT IDENTITY
SELECT f.id FROM TABLE(util.split_orders(7)) AS f;

-- case: a pipelined function of Oracle
-- dialect: oracle
-- sources: pkg.open_orders
-- column: pkg.open_orders.id -> <query>.id DIRECT IDENTITY
SELECT f.id FROM TABLE(pkg.open_orders(7)) f;

-- case: a built-in row generator is no dataset
-- dialect: snowflake
-- sources: none
-- columns: none
SELECT SEQ4() AS n FROM TABLE(GENERATOR(ROWCOUNT => 10));

-- case: a file read by its path
-- dialect: duckdb
-- why: DESIGN "files, stages and URLs are datasets named by their address"
-- sources: data/orders.csv
-- column: data/orders.csv.id -> <query>.id DIRECT IDENTITY
SELECT o.id FROM 'data/orders.csv' AS o;

-- case: a file read by a function
-- dialect: duckdb
-- sources: data/orders.csv
-- column: data/orders.csv.amount -> <query>.s DIRECT AGGREGATION
SELECT SUM(amount) AS s FROM read_csv('data/orders.csv');

-- case: a stage queried by column numbers
-- dialect: snowflake
-- sources: @raw.stage/orders
-- targets: mart.orders
-- column: @raw.stage/orders.$1 -> mart.orders.id DIRECT IDENTITY
-- column: @raw.stage/orders.$2 -> mart.orders.amount DIRECT TRANSFORMATION
INSERT INTO mart.orders (id, amount)
SELECT s.$1, s.$2::int FROM @raw.stage/orders s;

-- case: MATCH_RECOGNIZE: measures by kind, keys before them
-- dialect: snowflake
-- why: FIRST and LAST navigate as first_value does; PARTITION BY groups, DEFINE decides which rows match
-- sources: quotes
-- column: quotes.sym -> <query>.sym DIRECT IDENTITY
-- column: quotes.price -> <query>.first_price DIRECT TRANSFORMATION
-- column: quotes.qty -> <query>.total_qty DIRECT AGGREGATION
-- influence: quotes.sym -> <query> GROUP_BY
-- influence: quotes.ts -> <query> SORT
-- influence: quotes.price -> <query> FILTER
SELECT *
FROM quotes
MATCH_RECOGNIZE (
  PARTITION BY sym ORDER BY ts
  MEASURES FIRST(a.price) AS first_price, SUM(b.qty) AS total_qty
  ONE ROW PER MATCH
  PATTERN (a b+)
  DEFINE b AS b.price < LAG(b.price)
);

-- case: MATCH_RECOGNIZE's pattern variables are no tables
-- dialect: trino
-- sources: quotes
-- column: quotes.price -> <query>.low DIRECT TRANSFORMATION
-- diagnostics: none
SELECT m.low
FROM quotes
MATCH_RECOGNIZE (
  PARTITION BY sym ORDER BY ts
  MEASURES LAST(down.price) AS low, MATCH_NUMBER() AS n
  ONE ROW PER MATCH
  PATTERN (strt down+)
  DEFINE down AS down.price < PREV(down.price)
) AS m;

-- case: MATCH_RECOGNIZE with ALL ROWS PER MATCH keeps the input's columns
-- dialect: oracle
-- schema: quotes(sym, ts, price)
-- column: quotes.ts -> <query>.ts DIRECT IDENTITY
-- column: quotes.price -> <query>.price DIRECT IDENTITY
-- column: quotes.price -> <query>.top DIRECT AGGREGATION
SELECT m.ts, m.price, m.top
FROM quotes
MATCH_RECOGNIZE (
  PARTITION BY sym ORDER BY ts
  MEASURES MAX(up.price) AS top
  ALL ROWS PER MATCH
  PATTERN (up+)
  DEFINE up AS up.price > PREV(up.price)
) m;

-- case: TABLESAMPLE by a constant has no column
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT a FROM dbo.t TABLESAMPLE (10 PERCENT);

-- case: TABLESAMPLE by a column is FILTER
-- dialect: hive
-- sources: log.hits
-- column: log.hits.url -> <query>.url DIRECT IDENTITY
-- influence: log.hits.user_id -> <query> FILTER
SELECT s.url FROM log.hits TABLESAMPLE(BUCKET 1 OUT OF 32 ON user_id) s;

-- case: SAMPLE by rows of a percentage has no column
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT t.a FROM t SAMPLE (10);

-- case: SAMPLE in Teradata ends the query
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT a FROM dwh.t SAMPLE 0.1;

-- case: USING SAMPLE
-- dialect: duckdb
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM t USING SAMPLE 10%;

-- case: time travel AT
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT a FROM t AT(TIMESTAMP => '2024-01-01'::timestamp);

-- case: a table joined with its own past is one source
-- dialect: snowflake
-- sources: t
-- column: t.v -> <query>.now_v, <query>.then_v DIRECT IDENTITY
-- influence: t.id -> <query> JOIN
SELECT n.v AS now_v, p.v AS then_v
FROM t AS n
JOIN t BEFORE(STATEMENT => '8e5d0ca9-005e-44e6-b858-a8f5b37c5726') AS p ON n.id = p.id;

-- case: FOR SYSTEM_TIME AS OF
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM ds.t
FOR SYSTEM_TIME AS OF TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR);

-- case: a temporal table
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM dbo.t FOR SYSTEM_TIME AS OF '2024-01-01';

-- case: AS OF TIMESTAMP
-- dialect: oracle
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM t AS OF TIMESTAMP (SYSTIMESTAMP - INTERVAL '1' HOUR);

-- case: VERSION AS OF
-- dialect: databricks
-- sources: lake.t
-- column: lake.t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM lake.t VERSION AS OF 3;

-- case: TIMESTAMP AS OF
-- dialect: spark
-- sources: lake.t
-- column: lake.t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM lake.t TIMESTAMP AS OF '2024-01-01';

-- case: FOR VERSION AS OF
-- dialect: trino
-- sources: ice.s.t
-- column: ice.s.t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM ice.s.t FOR VERSION AS OF 8954597067493422955;

-- case: a wildcard table is one dataset, and its suffix a column
-- dialect: bigquery
-- sources: proj.ds.events_*
-- column: proj.ds.events_*.user_id -> <query>.user_id DIRECT IDENTITY
-- influence: proj.ds.events_*._TABLE_SUFFIX -> <query> FILTER
SELECT user_id
FROM `proj.ds.events_*`
WHERE _TABLE_SUFFIX BETWEEN '20240101' AND '20240131';

-- case: _TABLE_SUFFIX as a value
-- dialect: bigquery
-- sources: ds.events_2024*
-- targets: mart.days
-- column: ds.events_2024*._TABLE_SUFFIX -> mart.days.day DIRECT TRANSFORMATION
-- column: ds.events_2024*.id -> mart.days.n DIRECT AGGREGATION masking
-- influence: ds.events_2024*._TABLE_SUFFIX -> mart.days GROUP_BY
CREATE TABLE mart.days AS
SELECT CONCAT('2024', _TABLE_SUFFIX) AS day, COUNT(id) AS n
FROM `ds.events_2024*`
GROUP BY day;

-- case: GROUP BY ALL groups by every output without an aggregate
-- dialect: snowflake
-- sources: sales
-- column: sales.region -> <query>.region DIRECT IDENTITY
-- column: sales.day -> <query>.month DIRECT TRANSFORMATION
-- column: sales.amount -> <query>.total DIRECT AGGREGATION
-- influence: sales.region, sales.day -> <query> GROUP_BY
SELECT region, DATE_TRUNC('month', day) AS month, SUM(amount) AS total
FROM sales
GROUP BY ALL;

-- case: GROUP BY ALL with a literal and a count
-- dialect: databricks
-- sources: sales
-- column: sales.region -> <query>.region DIRECT IDENTITY
-- column: sales.* -> <query>.n DIRECT AGGREGATION masking
-- influence: sales.region -> <query> GROUP_BY
SELECT 'x' AS tag, region, COUNT(*) AS n
FROM sales
GROUP BY ALL;

-- case: ORDER BY ALL sorts by every output
-- dialect: duckdb
-- schema: t(a, b)
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
-- influence: t.a, t.b -> <query> SORT
SELECT * FROM t ORDER BY ALL;

-- case: DISTINCT ON groups by its keys only
-- dialect: postgres
-- sources: log
-- column: log.k -> <query>.k DIRECT IDENTITY
-- column: log.v -> <query>.v DIRECT IDENTITY
-- influence: log.k -> <query> GROUP_BY
-- influence: log.k, log.ts -> <query> SORT
SELECT DISTINCT ON (k) k, v
FROM log
ORDER BY k, ts DESC;

-- case: DISTINCT ON an expression that is not selected
-- dialect: duckdb
-- sources: log
-- column: log.v -> <query>.v DIRECT IDENTITY
-- influence: log.k -> <query> GROUP_BY
SELECT DISTINCT ON (LOWER(k)) v FROM log;

-- case: DISTINCT groups by all outputs, also by what only decides them
-- dialect: mysql
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.v DIRECT TRANSFORMATION
-- column: t.c -> <query>.v INDIRECT CONDITIONAL
-- influence: t.a, t.b, t.c -> <query> GROUP_BY
SELECT DISTINCT a, IF(c > 0, b, 0) AS v FROM t;

-- case: ASOF JOIN with an inequality
-- dialect: duckdb
-- sources: prices, trades
-- column: trades.qty, prices.price -> <query>.cost DIRECT TRANSFORMATION
-- influence: trades.sym, prices.sym, trades.ts, prices.ts -> <query> JOIN
SELECT t.qty * p.price AS cost
FROM trades t
ASOF JOIN prices p ON t.sym = p.sym AND t.ts >= p.ts;

-- case: ASOF JOIN with MATCH_CONDITION
-- dialect: snowflake
-- sources: prices, trades
-- column: prices.price -> <query>.price DIRECT IDENTITY
-- influence: trades.sym, prices.sym, trades.ts, prices.ts -> <query> JOIN
SELECT p.price
FROM trades t
ASOF JOIN prices p MATCH_CONDITION (t.ts >= p.ts) ON t.sym = p.sym;

-- case: ASOF JOIN of ClickHouse
-- dialect: clickhouse
-- sources: prices, trades
-- column: prices.price -> <query>.price DIRECT IDENTITY
-- influence: trades.sym, prices.sym, trades.ts, prices.ts -> <query> JOIN
SELECT p.price
FROM trades AS t
ASOF LEFT JOIN prices AS p ON t.sym = p.sym AND t.ts >= p.ts;

-- case: FINAL and PREWHERE
-- dialect: clickhouse
-- sources: log.hits
-- column: log.hits.url -> <query>.url DIRECT IDENTITY
-- influence: log.hits.day, log.hits.code -> <query> FILTER
SELECT url
FROM log.hits FINAL
PREWHERE day = today()
WHERE code = 200;

-- case: LIMIT BY keeps some rows of each group
-- dialect: clickhouse
-- why: it de-duplicates by its key, as DISTINCT ON does
-- sources: log.hits
-- column: log.hits.url -> <query>.url DIRECT IDENTITY
-- influence: log.hits.ts -> <query> SORT
-- influence: log.hits.user_id -> <query> GROUP_BY
SELECT url
FROM log.hits
ORDER BY ts DESC
LIMIT 1 BY user_id;

-- case: CONNECT BY: LEVEL is no column of the table
-- dialect: oracle
-- sources: emp
-- column: emp.name -> <query>.name DIRECT IDENTITY
SELECT name, LEVEL AS depth
FROM emp
START WITH boss IS NULL
CONNECT BY PRIOR id = boss;

-- case: ROWNUM is no column of the table
-- dialect: oracle
-- sources: emp
-- column: emp.name -> <query>.name DIRECT IDENTITY
-- influences: none
SELECT name, ROWNUM AS n FROM emp WHERE ROWNUM <= 10;

-- case: TOP depends on ORDER BY
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a -> <query>.a DIRECT IDENTITY
-- influence: dbo.t.b -> <query> SORT
SELECT TOP (3) WITH TIES a FROM dbo.t ORDER BY b DESC;

-- case: FETCH FIRST
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.b -> <query> SORT
SELECT a FROM t ORDER BY b FETCH FIRST 3 ROWS ONLY;

-- case: SORT BY is an order too
-- dialect: hive
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.b -> <query> SORT
SELECT a FROM t SORT BY b;
