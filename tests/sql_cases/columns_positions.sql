-- case: GROUP BY a position
-- dialect: postgres
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
SELECT k, SUM(v) AS s FROM t GROUP BY 1;

-- case: GROUP BY several positions, one of them an expression
-- dialect: redshift
-- sources: t
-- column: t.d -> <query>.m DIRECT TRANSFORMATION
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influence: t.d, t.k -> <query> GROUP_BY
SELECT DATE_TRUNC('month', d) AS m, k, SUM(v) AS s FROM t GROUP BY 1, 2;

-- case: GROUP BY the position of a CASE groups by all it looks at
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- column: t.c -> <query>.v INDIRECT CONDITIONAL
-- column: t.* -> <query>.n DIRECT AGGREGATION masking
-- influence: t.a, t.c -> <query> GROUP_BY
SELECT CASE WHEN c > 0 THEN a END AS v, COUNT(*) AS n FROM t GROUP BY 1;

-- case: ORDER BY a position
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a -> <query>.a DIRECT IDENTITY
-- column: dbo.t.b -> <query>.b DIRECT IDENTITY
-- influence: dbo.t.b -> <query> SORT
SELECT a, b FROM dbo.t ORDER BY 2 DESC;

-- case: ORDER BY the position of an aggregate
-- dialect: hive
-- sources: t
-- column: t.k -> <query>.k DIRECT IDENTITY
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
-- influence: t.v -> <query> SORT
SELECT k, SUM(v) AS s FROM t GROUP BY k ORDER BY 2;

-- case: ORDER BY a position inside a star
-- dialect: sqlite
-- schema: t(a, b)
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
-- influence: t.b -> <query> SORT
SELECT * FROM t ORDER BY 2;

-- case: ORDER BY a position behind a star
-- dialect: mysql
-- schema: t(a, b); u(a, c)
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
-- column: u.c -> <query>.c DIRECT IDENTITY
-- influence: t.a, u.a -> <query> JOIN
-- influence: u.c -> <query> SORT
SELECT t.*, u.c FROM t JOIN u ON t.a = u.a ORDER BY 3;

-- case: the position of a constant is nothing
-- dialect: trino
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT 'x' AS tag, a FROM t ORDER BY 1;

-- case: a number inside an expression is no position
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
-- influence: t.a -> <query> SORT
SELECT a, b FROM t ORDER BY a + 2;

-- case: positions in ROLLUP
-- dialect: spark
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influence: t.a, t.b -> <query> GROUP_BY
SELECT a, b, SUM(v) AS s FROM t GROUP BY ROLLUP(1, 2);

-- case: Oracle's GROUP BY takes a number for a constant
-- dialect: oracle
-- why: Oracle manual, SELECT: positions exist in ORDER BY; in GROUP BY a number is an expression
-- sources: t
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influences: none
SELECT SUM(v) AS s FROM t GROUP BY 1;

-- case: positions in ClickHouse
-- dialect: clickhouse
-- sources: t
-- column: t.k -> <query>.k DIRECT TRANSFORMATION
-- column: t.v -> <query>.s DIRECT AGGREGATION
-- influence: t.k -> <query> GROUP_BY
-- influence: t.v -> <query> SORT
SELECT lower(k) AS k, sum(v) AS s FROM t GROUP BY 1 ORDER BY 2;

-- case: positions in Teradata
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.k -> <query>.k DIRECT IDENTITY
-- column: dwh.t.v -> <query>.s DIRECT AGGREGATION
-- influence: dwh.t.k -> <query> GROUP_BY
-- influence: dwh.t.k -> <query> SORT
SELECT k, SUM(v) AS s FROM dwh.t GROUP BY 1 ORDER BY 1;
