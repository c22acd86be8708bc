-- case: GROUP BY: key, aggregate and influence
-- sources: sales
-- column: sales.region -> <query>.region DIRECT IDENTITY
-- column: sales.amount -> <query>.total DIRECT AGGREGATION
-- influence: sales.region -> <query> GROUP_BY
SELECT region, SUM(amount) AS total FROM sales GROUP BY region;

-- case: a key that is not selected influences all the same
-- dialect: tsql
-- sources: sales
-- column: sales.amount -> <query>.total DIRECT AGGREGATION
-- influence: sales.region -> <query> GROUP_BY
SELECT SUM(amount) AS total FROM sales GROUP BY region;

-- case: only what is inside the aggregate is aggregated
-- dialect: mysql
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- column: t.b -> <query>.v DIRECT AGGREGATION
-- influence: t.a -> <query> GROUP_BY
SELECT a + SUM(b) AS v FROM t GROUP BY a;

-- case: a function over an aggregate, an aggregate over an expression
-- dialect: oracle
-- sources: t
-- column: t.a -> <query>.v DIRECT AGGREGATION
-- column: t.b, t.c -> <query>.w DIRECT AGGREGATION
SELECT ROUND(AVG(a), 2) AS v, SUM(b * c) AS w FROM t;

-- case: COUNT of a column masks it
-- dialect: hive
-- sources: t
-- column: t.a -> <query>.n, <query>.d DIRECT AGGREGATION masking
SELECT COUNT(a) AS n, COUNT(DISTINCT a) AS d FROM t;

-- case: COUNT(*) counts the table
-- dialect: sqlite
-- why: a count hides every value, so it masks
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- diagnostics: none
SELECT COUNT(*) AS n FROM t;

-- case: COUNT(*) with a schema is still one edge from the table
-- dialect: postgres
-- schema: t(a, b)
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
SELECT COUNT(*) AS n FROM t;

-- case: COUNT(1) is COUNT(*)
-- dialect: tsql
-- why: the same count by any manual; only the spelling differs
-- sources: dbo.t
-- column: dbo.t.* -> <query>.n DIRECT AGGREGATION masking
SELECT COUNT(1) AS n FROM dbo.t;

-- case: count() of ClickHouse is COUNT(*)
-- dialect: clickhouse
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
SELECT count() AS n FROM t;

-- case: COUNT(*) over a join counts both tables
-- dialect: snowflake
-- sources: a, b
-- column: a.*, b.* -> <query>.n DIRECT AGGREGATION masking
-- influence: a.k, b.k -> <query> JOIN
SELECT COUNT(*) AS n FROM a JOIN b ON a.k = b.k;

-- case: COUNT(*) over a CTE counts the table behind it
-- dialect: trino
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- influence: t.f -> <query> FILTER
WITH c AS (SELECT a FROM t WHERE f > 0)
SELECT COUNT(*) AS n FROM c;

-- case: COUNT(*) over a grouped derived table
-- dialect: redshift
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- influence: t.k -> <query> GROUP_BY
SELECT COUNT(*) AS n FROM (SELECT k FROM t GROUP BY k) AS d;

-- case: COUNT(*) over a union counts both branches
-- dialect: databricks
-- sources: a, b
-- column: a.*, b.* -> <query>.n DIRECT AGGREGATION masking
SELECT COUNT(*) AS n FROM (SELECT x FROM a UNION ALL SELECT y FROM b) AS d;

-- case: COUNT(*) beside a SEMI join counts the left table
-- dialect: spark
-- sources: a, b
-- column: a.* -> <query>.n DIRECT AGGREGATION masking
-- influence: a.k, b.k -> <query> JOIN
SELECT COUNT(*) AS n FROM a LEFT SEMI JOIN b ON a.k = b.k;

-- case: COUNT(*) over values counts nothing that is stored
-- dialect: postgres
-- sources: none
-- columns: none
SELECT COUNT(*) AS n FROM (VALUES (1), (2)) AS v (x);

-- case: COUNT(*) in HAVING
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.k -> <query>.k DIRECT IDENTITY
-- influence: dwh.t.k -> <query> GROUP_BY
-- influence: dwh.t.* -> <query> FILTER
SELECT k FROM dwh.t GROUP BY k HAVING COUNT(*) > 1;

-- case: COUNT(*) in a correlated scalar subquery
-- dialect: postgres
-- sources: t, u
-- column: t.id -> <query>.id DIRECT IDENTITY
-- column: u.* -> <query>.n DIRECT AGGREGATION masking
-- column: u.k, t.id -> <query>.n INDIRECT CONDITIONAL
SELECT t.id, (SELECT COUNT(*) FROM u WHERE u.k = t.id) AS n FROM t;

-- case: FILTER (WHERE …) is CONDITIONAL
-- dialect: postgres
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.f -> <query>.s INDIRECT CONDITIONAL
-- influences: none
SELECT SUM(x) FILTER (WHERE f > 0) AS s FROM t;

-- case: COUNT(*) FILTER
-- dialect: duckdb
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- column: t.f -> <query>.n INDIRECT CONDITIONAL
SELECT COUNT(*) FILTER (WHERE f > 0) AS n FROM t;

-- case: a conditional sum by CASE
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.x -> <query>.s DIRECT AGGREGATION
-- column: ds.t.k -> <query>.s INDIRECT CONDITIONAL
SELECT SUM(CASE WHEN k = 'a' THEN x ELSE 0 END) AS s FROM ds.t;

-- case: a conditional count by CASE
-- dialect: oracle
-- sources: t
-- column: t.id -> <query>.n DIRECT AGGREGATION masking
-- column: t.k -> <query>.n INDIRECT CONDITIONAL
SELECT COUNT(CASE WHEN k = 'a' THEN id END) AS n FROM t;

-- case: sumIf of ClickHouse
-- dialect: clickhouse
-- why: the -If combinator is FILTER (WHERE …) in another spelling
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.k -> <query>.s INDIRECT CONDITIONAL
SELECT sumIf(x, k = 'a') AS s FROM t;

-- case: WITHIN GROUP (ORDER BY …) is what is aggregated
-- dialect: postgres
-- sources: t
-- column: t.x -> <query>.median DIRECT AGGREGATION
SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) AS median FROM t;

-- case: LISTAGG aggregates its value and its order
-- dialect: oracle
-- why: SEMANTICS "WITHIN GROUP (ORDER BY c)" is AGGREGATION
-- sources: t
-- column: t.name, t.seq -> <query>.names DIRECT AGGREGATION
SELECT LISTAGG(name, ',') WITHIN GROUP (ORDER BY seq) AS names FROM t;

-- case: STRING_AGG WITHIN GROUP
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.k -> <query>.k DIRECT IDENTITY
-- column: dbo.t.name, dbo.t.seq -> <query>.names DIRECT AGGREGATION
-- influence: dbo.t.k -> <query> GROUP_BY
SELECT k, STRING_AGG(name, ',') WITHIN GROUP (ORDER BY seq) AS names
FROM dbo.t GROUP BY k;

-- case: an ORDER BY inside an aggregate is aggregated too
-- dialect: postgres
-- why: as WITHIN GROUP: it decides the order of the values in the result
-- sources: t
-- column: t.x, t.d -> <query>.xs DIRECT AGGREGATION
-- column: t.f -> <query>.xs INDIRECT CONDITIONAL
SELECT ARRAY_AGG(x ORDER BY d) FILTER (WHERE f > 0) AS xs FROM t;

-- case: GROUP_CONCAT
-- dialect: mysql
-- sources: t
-- column: t.name, t.seq -> <query>.names DIRECT AGGREGATION
SELECT GROUP_CONCAT(DISTINCT name ORDER BY seq SEPARATOR ';') AS names FROM t;

-- case: arg_max aggregates both arguments
-- dialect: duckdb
-- sources: t
-- column: t.x, t.d -> <query>.latest DIRECT AGGREGATION
SELECT arg_max(x, d) AS latest FROM t;

-- case: ROLLUP keys
-- dialect: mysql
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- influence: t.a -> <query> GROUP_BY
SELECT a, SUM(x) AS s FROM t GROUP BY a WITH ROLLUP;

-- case: GROUPING SETS keys
-- dialect: trino
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- influence: t.a, t.b, t.c -> <query> GROUP_BY
SELECT SUM(x) AS s FROM t GROUP BY GROUPING SETS ((a, b), (c), ());

-- case: CUBE keys that are expressions
-- dialect: snowflake
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- influence: t.a, t.d -> <query> GROUP_BY
SELECT SUM(x) AS s FROM t GROUP BY CUBE (a, YEAR(d));

-- case: HAVING is FILTER, also by an aggregate that is not selected
-- dialect: redshift
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- influence: t.k -> <query> GROUP_BY
-- influence: t.x, t.y -> <query> FILTER
SELECT k FROM t GROUP BY k HAVING SUM(x) > 10 AND MIN(y) < 3;

-- case: ORDER BY an aggregate
-- dialect: databricks
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- influence: t.k -> <query> GROUP_BY
-- influence: t.x -> <query> SORT
SELECT k FROM t GROUP BY k ORDER BY SUM(x) DESC;

-- case: an aggregate of an aggregate
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.x -> <query>.top DIRECT AGGREGATION
-- influence: dwh.t.k -> <query> GROUP_BY
SELECT MAX(s) AS top FROM (SELECT k, SUM(x) AS s FROM dwh.t GROUP BY k) d;

-- case: a count summed up keeps masking
-- dialect: hive
-- sources: t
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- influence: t.k -> <query> GROUP_BY
SELECT SUM(c) AS n FROM (SELECT k, COUNT(*) AS c FROM t GROUP BY k) d;
