-- case: UNION ALL goes by position and takes names from the first branch
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: a.y -> <query>.y DIRECT IDENTITY
-- column: b.p -> <query>.x DIRECT IDENTITY
-- column: b.q -> <query>.y DIRECT IDENTITY
-- influences: none
SELECT x, y FROM a
UNION ALL
SELECT p, q FROM b;

-- case: UNION without ALL removes duplicates by every output's sources
-- dialect: mysql
-- sources: a, b
-- column: a.x, b.y -> <query>.x DIRECT IDENTITY
-- influence: a.x, b.y -> <query> GROUP_BY
SELECT x FROM a
UNION
SELECT y FROM b;

-- case: parallel branches of different kinds are parallel edges
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.a -> <query>.a DIRECT TRANSFORMATION
SELECT a FROM t
UNION ALL
SELECT a + 1 FROM t;

-- case: a literal in one branch adds no source
-- dialect: hive
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.origin DIRECT IDENTITY
SELECT x, 'a' AS origin FROM a
UNION ALL
SELECT NULL, y FROM b;

-- case: EXCEPT: values from the left, the right filters
-- dialect: postgres
-- why: EXCEPT without ALL de-duplicates the left rows by all their columns, as UNION does
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: a.y -> <query>.y DIRECT IDENTITY
-- influence: a.x, a.y -> <query> GROUP_BY
-- influence: b.p, b.q -> <query> FILTER
SELECT x, y FROM a
EXCEPT
SELECT p, q FROM b;

-- case: INTERSECT: values from the left, the right filters
-- dialect: tsql
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- influence: a.x -> <query> GROUP_BY
-- influence: b.y -> <query> FILTER
SELECT x FROM a
INTERSECT
SELECT y FROM b;

-- case: MINUS
-- dialect: oracle
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- influence: a.x -> <query> GROUP_BY
-- influence: b.y -> <query> FILTER
SELECT x FROM a
MINUS
SELECT y FROM b;

-- case: MINUS of Teradata, with a filter on the right
-- dialect: teradata
-- sources: dwh.a, dwh.b
-- column: dwh.a.x -> <query>.x DIRECT IDENTITY
-- influence: dwh.a.x -> <query> GROUP_BY
-- influence: dwh.b.y, dwh.b.z -> <query> FILTER
SELECT x FROM dwh.a
MINUS
SELECT y FROM dwh.b WHERE z > 0;

-- case: EXCEPT DISTINCT
-- dialect: bigquery
-- sources: ds.a, ds.b
-- column: ds.a.x -> <query>.x DIRECT IDENTITY
-- influence: ds.a.x -> <query> GROUP_BY
-- influence: ds.b.y -> <query> FILTER
SELECT x FROM ds.a
EXCEPT DISTINCT
SELECT y FROM ds.b;

-- case: INTERSECT binds tighter than UNION
-- dialect: postgres
-- why: a UNION ALL (b INTERSECT c): rows of `a` are neither filtered nor de-duplicated
-- sources: a, b, c
-- column: a.x, b.y -> <query>.x DIRECT IDENTITY
-- influence: b.y -> <query> GROUP_BY
-- influence: c.z -> <query> FILTER
SELECT x FROM a
UNION ALL
SELECT y FROM b
INTERSECT
SELECT z FROM c;

-- case: parentheses decide the order
-- dialect: postgres
-- sources: a, b, c
-- column: a.x, b.y -> <query>.x DIRECT IDENTITY
-- influence: a.x, b.y -> <query> GROUP_BY
-- influence: c.z -> <query> FILTER
(SELECT x FROM a UNION ALL SELECT y FROM b)
INTERSECT
SELECT z FROM c;

-- case: ORDER BY after a set operation names its outputs
-- dialect: trino
-- sources: a, b
-- column: a.x -> <query>.v DIRECT IDENTITY
-- column: b.y -> <query>.v DIRECT AGGREGATION
-- influence: a.x, b.y -> <query> SORT
SELECT x AS v FROM a
UNION ALL
SELECT MAX(y) FROM b
ORDER BY v;

-- case: ORDER BY a position after a set operation
-- dialect: sqlite
-- sources: a, b
-- column: a.x, b.p -> <query>.x DIRECT IDENTITY
-- column: a.y, b.q -> <query>.y DIRECT IDENTITY
-- influence: a.y, b.q -> <query> SORT
SELECT x, y FROM a
UNION ALL
SELECT p, q FROM b
ORDER BY 2 DESC;

-- case: order and filters inside a branch
-- dialect: postgres
-- sources: a, b
-- column: a.x, b.y -> <query>.x DIRECT IDENTITY
-- influence: a.d -> <query> SORT
-- influence: b.f -> <query> FILTER
(SELECT x FROM a ORDER BY d DESC LIMIT 5)
UNION ALL
SELECT y FROM b WHERE f = 1;

-- case: UNION ALL BY NAME
-- dialect: duckdb
-- why: run on DuckDB: columns of the first, then those only the second has
-- sources: a, b
-- targets: m.t
-- output: m.t(x, y, z)
-- column: a.x -> m.t.x DIRECT IDENTITY
-- column: a.y, b.y -> m.t.y DIRECT IDENTITY
-- column: b.z -> m.t.z DIRECT IDENTITY
-- influences: none
CREATE TABLE m.t AS
SELECT x, y FROM a
UNION ALL BY NAME
SELECT z, y FROM b;

-- case: UNION BY NAME removes duplicates
-- dialect: duckdb
-- sources: a, b
-- column: a.x, b.p -> <query>.x DIRECT IDENTITY
-- column: b.q -> <query>.q DIRECT IDENTITY
-- influence: a.x, b.p, b.q -> <query> GROUP_BY
SELECT x FROM a
UNION BY NAME
SELECT q, p AS x FROM b;

-- case: BY NAME over stars of known tables
-- dialect: duckdb
-- schema: a(id, x); b(x, id)
-- column: a.id, b.id -> <query>.id DIRECT IDENTITY
-- column: a.x, b.x -> <query>.x DIRECT IDENTITY
-- diagnostics: none
SELECT * FROM a
UNION ALL BY NAME
SELECT * FROM b;

-- case: UNION ALL BY NAME in Snowflake
-- dialect: snowflake
-- sources: a, b
-- column: a.x, b.x -> <query>.x DIRECT IDENTITY
-- column: a.y, b.y -> <query>.y DIRECT IDENTITY
SELECT x, y FROM a
UNION ALL BY NAME
SELECT y, x FROM b;

-- case: UNION ALL BY NAME in BigQuery
-- dialect: bigquery
-- sources: ds.a, ds.b
-- column: ds.a.x, ds.b.x -> <query>.x DIRECT IDENTITY
-- column: ds.a.y, ds.b.z -> <query>.y DIRECT IDENTITY
SELECT x, y FROM ds.a
UNION ALL BY NAME
SELECT z AS y, x FROM ds.b;

-- case: stars of known tables go by position, whatever the columns are called
-- dialect: redshift
-- schema: a(id, name); b(code, title)
-- column: a.id, b.code -> <query>.id DIRECT IDENTITY
-- column: a.name, b.title -> <query>.name DIRECT IDENTITY
-- diagnostics: none
SELECT * FROM a
UNION ALL
SELECT * FROM b;

-- case: stars of unknown tables stay stars
-- dialect: databricks
-- sources: a, b
-- column: a.*, b.* -> <query>.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-star
SELECT * FROM a
UNION ALL
SELECT * FROM b;

-- case: branches of different width
-- dialect: postgres
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: a.y -> <query>.y DIRECT IDENTITY
-- column: b.p -> <query>.x DIRECT IDENTITY
-- diagnostics: column-count
SELECT x, y FROM a
UNION ALL
SELECT p FROM b;

-- case: a set operation into a table, by position
-- dialect: spark
-- sources: a, b
-- targets: mart.t
-- column: a.x, b.p -> mart.t.k DIRECT IDENTITY
-- column: a.y, b.q -> mart.t.v DIRECT IDENTITY
INSERT INTO mart.t (k, v)
SELECT x, y FROM a
UNION ALL
SELECT p, q FROM b;

-- case: a view's column list renames the set operation
-- dialect: tsql
-- sources: dbo.a, dbo.b
-- targets: dbo.v
-- output: dbo.v(k)
-- column: dbo.a.x, dbo.b.y -> dbo.v.k DIRECT IDENTITY
CREATE VIEW dbo.v (k) AS
SELECT x FROM dbo.a
UNION ALL
SELECT y FROM dbo.b;

-- case: aggregation over a union in FROM
-- dialect: clickhouse
-- sources: a, b
-- column: a.x, b.y -> <query>.s DIRECT AGGREGATION
-- influences: none
SELECT SUM(v) AS s
FROM (SELECT x AS v FROM a UNION ALL SELECT y AS v FROM b);

-- case: UNION DISTINCT of ClickHouse
-- dialect: clickhouse
-- sources: a, b
-- column: a.x, b.x -> <query>.x DIRECT IDENTITY
-- influence: a.x, b.x -> <query> GROUP_BY
SELECT x FROM a
UNION DISTINCT
SELECT x FROM b;

-- case: a union inside IN is FILTER on both branches
-- dialect: postgres
-- sources: a, b, t
-- column: t.v -> <query>.v DIRECT IDENTITY
-- influence: t.id, a.x, b.y -> <query> FILTER
SELECT t.v FROM t
WHERE t.id IN (SELECT x FROM a UNION ALL SELECT y FROM b);
