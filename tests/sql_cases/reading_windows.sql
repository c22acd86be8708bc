-- case: row_number() has WINDOW sources only
-- dialect: postgres
-- sources: t
-- column: t.k, t.d -> <query>.rn INDIRECT WINDOW
-- influences: none
SELECT ROW_NUMBER() OVER (PARTITION BY k ORDER BY d DESC) AS rn FROM t;

-- case: an aggregate window aggregates its argument
-- dialect: mysql
-- sources: t
-- column: t.x -> <query>.running DIRECT AGGREGATION
-- column: t.k, t.d -> <query>.running INDIRECT WINDOW
SELECT SUM(x) OVER (PARTITION BY k ORDER BY d) AS running FROM t;

-- case: lag and its default are values, not aggregates
-- dialect: tsql
-- sources: t
-- column: t.x, t.fallback -> <query>.prev DIRECT TRANSFORMATION
-- column: t.d -> <query>.prev INDIRECT WINDOW
SELECT LAG(x, 1, fallback) OVER (ORDER BY d) AS prev FROM t;

-- case: first_value, nth_value and last_value
-- dialect: trino
-- sources: t
-- column: t.x -> <query>.f, <query>.n, <query>.l DIRECT TRANSFORMATION
-- column: t.k, t.d -> <query>.f, <query>.n, <query>.l INDIRECT WINDOW
SELECT
  FIRST_VALUE(x) OVER (PARTITION BY k ORDER BY d) AS f,
  NTH_VALUE(x, 2) OVER (PARTITION BY k ORDER BY d) AS n,
  LAST_VALUE(x) IGNORE NULLS OVER (PARTITION BY k ORDER BY d) AS l
FROM t;

-- case: ranks have WINDOW sources only
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.x -> <query>.r, <query>.q INDIRECT WINDOW
SELECT RANK() OVER (ORDER BY x DESC) AS r, NTILE(4) OVER (ORDER BY x) AS q
FROM dwh.t;

-- case: a window function inside an expression
-- dialect: snowflake
-- sources: t
-- column: t.x -> <query>.delta DIRECT TRANSFORMATION
-- column: t.d -> <query>.delta INDIRECT WINDOW
SELECT x - LEAD(x) OVER (ORDER BY d) AS delta FROM t;

-- case: a share of a window total is both kinds
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.x -> <query>.share DIRECT TRANSFORMATION
-- column: ds.t.x -> <query>.share DIRECT AGGREGATION
-- column: ds.t.k -> <query>.share INDIRECT WINDOW
SELECT x / SUM(x) OVER (PARTITION BY k) AS share FROM ds.t;

-- case: COUNT(*) OVER counts the relation
-- dialect: redshift
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- column: t.k -> <query>.n INDIRECT WINDOW
SELECT COUNT(*) OVER (PARTITION BY k) AS n FROM t;

-- case: a named window
-- dialect: postgres
-- sources: t
-- column: t.x -> <query>.s, <query>.m DIRECT AGGREGATION
-- column: t.k, t.d -> <query>.s, <query>.m INDIRECT WINDOW
SELECT SUM(x) OVER w AS s, MAX(x) OVER w AS m
FROM t
WINDOW w AS (PARTITION BY k ORDER BY d);

-- case: a named window that is not used influences nothing
-- dialect: sqlite
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.k -> <query>.s INDIRECT WINDOW
-- influences: none
SELECT SUM(x) OVER w AS s
FROM t
WINDOW w AS (PARTITION BY k), unused AS (ORDER BY z);

-- case: a window built on a named window
-- dialect: duckdb
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.k, t.d -> <query>.s INDIRECT WINDOW
SELECT SUM(x) OVER (w ORDER BY d) AS s
FROM t
WINDOW w AS (PARTITION BY k);

-- case: named windows of BigQuery refer to each other
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.x -> <query>.s DIRECT AGGREGATION
-- column: ds.t.k, ds.t.d -> <query>.s INDIRECT WINDOW
SELECT SUM(x) OVER b AS s
FROM ds.t
WINDOW a AS (PARTITION BY k), b AS (a ORDER BY d);

-- case: frame bounds may be columns
-- dialect: duckdb
-- why: run on DuckDB: bounds may be expressions
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.d, t.before_n, t.after_n -> <query>.s INDIRECT WINDOW
SELECT SUM(x) OVER (ORDER BY d ROWS BETWEEN before_n PRECEDING AND after_n FOLLOWING) AS s
FROM t;

-- case: constant frames change nothing
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.x -> <query>.s DIRECT AGGREGATION
-- column: dwh.t.k, dwh.t.d -> <query>.s INDIRECT WINDOW
SELECT SUM(x) OVER (PARTITION BY k ORDER BY d ROWS UNBOUNDED PRECEDING) AS s
FROM dwh.t;

-- case: FILTER on an aggregate window
-- dialect: postgres
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.f -> <query>.s INDIRECT CONDITIONAL
-- column: t.k -> <query>.s INDIRECT WINDOW
SELECT SUM(x) FILTER (WHERE f > 0) OVER (PARTITION BY k) AS s FROM t;

-- case: a window over aggregates
-- dialect: spark
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.x -> <query>.running DIRECT AGGREGATION
-- column: t.k -> <query>.running INDIRECT WINDOW
-- influence: t.k -> <query> GROUP_BY
SELECT k, SUM(SUM(x)) OVER (ORDER BY k) AS running
FROM t
GROUP BY k;

-- case: a rank by an aggregate is indirect
-- dialect: oracle
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.x -> <query>.r INDIRECT WINDOW
-- influence: t.k -> <query> GROUP_BY
SELECT k, RANK() OVER (ORDER BY SUM(x) DESC) AS r
FROM t
GROUP BY k;

-- case: a window ordered by a CTE's aggregate is indirect
-- dialect: databricks
-- why: "an INDIRECT hop makes the path INDIRECT"
-- sources: t
-- column: t.x -> <query>.r INDIRECT WINDOW
-- influence: t.k -> <query> GROUP_BY
WITH c AS (SELECT k, SUM(x) AS s FROM t GROUP BY k)
SELECT RANK() OVER (ORDER BY s) AS r FROM c;

-- case: a value that depends on a rank is CONDITIONAL
-- dialect: hive
-- why: of two INDIRECT hops the last one says how this output is decided, as it does for influences
-- sources: t
-- column: t.v -> <query>.latest DIRECT TRANSFORMATION
-- column: t.k, t.d -> <query>.latest INDIRECT CONDITIONAL
SELECT CASE WHEN rn = 1 THEN v END AS latest
FROM (SELECT v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d DESC) AS rn FROM t) s;

-- case: an expression over a rank stays WINDOW
-- dialect: hive
-- sources: t
-- column: t.d -> <query>.n INDIRECT WINDOW
SELECT rn + 1 AS n
FROM (SELECT ROW_NUMBER() OVER (ORDER BY d) AS rn FROM t) s;

-- case: keeping the latest row by rn = 1 is FILTER
-- dialect: tsql
-- sources: dbo.t
-- targets: dbo.latest
-- column: dbo.t.id -> dbo.latest.id DIRECT IDENTITY
-- column: dbo.t.v -> dbo.latest.v DIRECT IDENTITY
-- influence: dbo.t.id, dbo.t.d -> dbo.latest FILTER
INSERT INTO dbo.latest (id, v)
SELECT id, v
FROM (SELECT id, v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY d DESC) AS rn FROM dbo.t) AS s
WHERE rn = 1;

-- case: QUALIFY is FILTER by all that its window looks at
-- dialect: snowflake
-- sources: t
-- column: t.v -> <query>.v DIRECT IDENTITY
-- influence: t.id, t.d -> <query> FILTER
SELECT v FROM t
QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY d DESC) = 1;

-- case: QUALIFY by an alias
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.v -> <query>.v DIRECT IDENTITY
-- column: ds.t.id, ds.t.d -> <query>.rn INDIRECT WINDOW
-- influence: ds.t.id, ds.t.d -> <query> FILTER
SELECT v, ROW_NUMBER() OVER (PARTITION BY id ORDER BY d) AS rn
FROM ds.t
WHERE TRUE
QUALIFY rn = 1;

-- case: QUALIFY with a named window
-- dialect: duckdb
-- sources: t
-- column: t.v -> <query>.v DIRECT IDENTITY
-- influence: t.id, t.d -> <query> FILTER
SELECT v FROM t
WINDOW w AS (PARTITION BY id ORDER BY d)
QUALIFY ROW_NUMBER() OVER w = 1;

-- case: QUALIFY over an aggregate window
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.v -> <query>.v DIRECT IDENTITY
-- influence: dwh.t.x, dwh.t.k -> <query> FILTER
SELECT v FROM dwh.t
QUALIFY SUM(x) OVER (PARTITION BY k) > 100;

-- case: QUALIFY after GROUP BY
-- dialect: databricks
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
-- influence: t.x -> <query> FILTER
SELECT k, SUM(x) AS s FROM t
GROUP BY k
QUALIFY RANK() OVER (ORDER BY SUM(x) DESC) <= 3;

-- case: ORDER BY a window alias sorts by what is behind it
-- dialect: clickhouse
-- sources: t
-- column: t.v -> <query>.v DIRECT IDENTITY
-- column: t.k, t.d -> <query>.rn INDIRECT WINDOW
-- influence: t.k, t.d -> <query> SORT
SELECT v, row_number() OVER (PARTITION BY k ORDER BY d) AS rn
FROM t
ORDER BY rn;
