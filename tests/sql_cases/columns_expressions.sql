-- case: parentheses and an alias change nothing
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
SELECT ((a)) AS x FROM t;

-- case: arithmetic, concatenation and sign
-- dialect: oracle
-- sources: t
-- column: t.a, t.b -> <query>.s DIRECT TRANSFORMATION
-- column: t.c, t.d -> <query>.n DIRECT TRANSFORMATION
-- column: t.e -> <query>.m DIRECT TRANSFORMATION
SELECT a * (b + 1) AS s, c || ' ' || d AS n, -e AS m FROM t;

-- case: an unnamed expression is named by its text
-- sources: t
-- column: t.a, t.b -> <query>.a + b DIRECT TRANSFORMATION
SELECT a + b FROM t;

-- case: the text's white space is collapsed
-- sources: t
-- column: t.a -> <query>.SUM(a) DIRECT AGGREGATION
SELECT SUM(a)
FROM t;

-- case: casts
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x, <query>.y DIRECT TRANSFORMATION
SELECT a::int AS x, CAST(a AS text) AS y FROM t;

-- case: casts that may fail
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.x, <query>.y DIRECT TRANSFORMATION
SELECT TRY_CAST(a AS INT) AS x, TRY_TO_NUMBER(a) AS y FROM t;

-- case: SAFE_CAST
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.a -> <query>.x DIRECT TRANSFORMATION
SELECT SAFE_CAST(a AS INT64) AS x FROM ds.t;

-- case: CONVERT with a style, and an alias before =
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.d -> <query>.x DIRECT TRANSFORMATION
-- column: dbo.t.b -> <query>.y DIRECT IDENTITY
SELECT x = CONVERT(VARCHAR(10), d, 120), y = b FROM dbo.t;

-- case: Teradata's cast in parentheses with a format
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.d -> <query>.x DIRECT TRANSFORMATION
SELECT CAST(d AS DATE FORMAT 'YYYY-MM-DD') AS x FROM dwh.t;

-- case: a comparison as a value
-- dialect: mysql
-- sources: t
-- column: t.a, t.b -> <query>.gt DIRECT TRANSFORMATION
-- column: t.c -> <query>.missing DIRECT TRANSFORMATION
-- column: t.d -> <query>.listed DIRECT TRANSFORMATION
SELECT a > b AS gt, c IS NULL AS missing, d IN (1, 2) AS listed FROM t;

-- case: searched CASE: conditions decide, results flow
-- sources: t
-- column: t.a, t.b -> <query>.v DIRECT TRANSFORMATION
-- column: t.k, t.m -> <query>.v INDIRECT CONDITIONAL
SELECT CASE WHEN k > 0 THEN a WHEN m IS NULL THEN b ELSE 0 END AS v FROM t;

-- case: CASE with an operand
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- column: t.k, t.m -> <query>.v INDIRECT CONDITIONAL
SELECT CASE k WHEN m THEN a ELSE 'x' END AS v FROM t;

-- case: CASE over literals is CONDITIONAL only
-- dialect: hive
-- sources: t
-- column: t.status -> <query>.label INDIRECT CONDITIONAL
SELECT CASE WHEN status = 1 THEN 'on' ELSE 'off' END AS label FROM t;

-- case: a column that is both tested and returned has both edges
-- dialect: sqlite
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- column: t.a -> <query>.v INDIRECT CONDITIONAL
SELECT CASE WHEN a > 0 THEN a ELSE 0 END AS v FROM t;

-- case: CASE inside CASE
-- sources: t
-- column: t.x, t.y -> <query>.v DIRECT TRANSFORMATION
-- column: t.a, t.b -> <query>.v INDIRECT CONDITIONAL
SELECT CASE WHEN a = 1 THEN CASE WHEN b = 2 THEN x END ELSE y END AS v FROM t;

-- case: CASE inside a function
-- dialect: redshift
-- sources: t
-- column: t.x, t.y -> <query>.v DIRECT TRANSFORMATION
-- column: t.a -> <query>.v INDIRECT CONDITIONAL
SELECT ROUND(CASE WHEN a = 1 THEN x END) + y AS v FROM t;

-- case: CASE in WHERE is FILTER throughout
-- sources: t
-- column: t.v -> <query>.v DIRECT IDENTITY
-- influence: t.a, t.x, t.y -> <query> FILTER
SELECT v FROM t WHERE CASE WHEN a = 1 THEN x ELSE y END > 5;

-- case: IF and IFNULL of MySQL
-- dialect: mysql
-- sources: t
-- column: t.a, t.b -> <query>.v DIRECT TRANSFORMATION
-- column: t.c -> <query>.v INDIRECT CONDITIONAL
-- column: t.d, t.e -> <query>.w DIRECT TRANSFORMATION
SELECT IF(c > 0, a, b) AS v, IFNULL(d, e) AS w FROM t;

-- case: IIF and ISNULL of T-SQL
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a, dbo.t.b -> <query>.v DIRECT TRANSFORMATION
-- column: dbo.t.c -> <query>.v INDIRECT CONDITIONAL
-- column: dbo.t.d, dbo.t.e -> <query>.w DIRECT TRANSFORMATION
SELECT IIF(c > 0, a, b) AS v, ISNULL(d, e) AS w FROM dbo.t;

-- case: IFF and ZEROIFNULL of Snowflake
-- dialect: snowflake
-- sources: t
-- column: t.a, t.b -> <query>.v DIRECT TRANSFORMATION
-- column: t.c -> <query>.v INDIRECT CONDITIONAL
-- column: t.d -> <query>.w DIRECT TRANSFORMATION
SELECT IFF(c, a, b) AS v, ZEROIFNULL(d) AS w FROM t;

-- case: NVL and NVL2
-- dialect: oracle
-- sources: t
-- column: t.a, t.b -> <query>.v DIRECT TRANSFORMATION
-- column: t.y, t.z -> <query>.w DIRECT TRANSFORMATION
-- column: t.x -> <query>.w INDIRECT CONDITIONAL
SELECT NVL(a, b) AS v, NVL2(x, y, z) AS w FROM t;

-- case: DECODE
-- dialect: oracle
-- sources: t
-- column: t.r, t.d -> <query>.v DIRECT TRANSFORMATION
-- column: t.k, t.s -> <query>.v INDIRECT CONDITIONAL
SELECT DECODE(k, s, r, 2, 'two', d) AS v FROM t;

-- case: multiIf of ClickHouse
-- dialect: clickhouse
-- sources: t
-- column: t.x, t.y, t.z -> <query>.v DIRECT TRANSFORMATION
-- column: t.a, t.b -> <query>.v INDIRECT CONDITIONAL
SELECT multiIf(a = 1, x, b = 2, y, z) AS v FROM t;

-- case: if of ClickHouse and its operator form
-- dialect: clickhouse
-- sources: t
-- column: t.x, t.y -> <query>.v DIRECT TRANSFORMATION
-- column: t.a -> <query>.v INDIRECT CONDITIONAL
SELECT a > 0 ? x : y AS v FROM t;

-- case: COALESCE and GREATEST
-- dialect: databricks
-- sources: t
-- column: t.a, t.b, t.c -> <query>.v DIRECT TRANSFORMATION
-- column: t.a, t.b -> <query>.w DIRECT TRANSFORMATION
SELECT COALESCE(a, b, c) AS v, GREATEST(a, b) AS w FROM t;

-- case: NULLIF compares with its second argument
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- column: t.b -> <query>.v INDIRECT CONDITIONAL
SELECT NULLIF(a, b) AS v FROM t;

-- case: literals, parameters and the clock have no source
-- dialect: tsql
-- sources: dbo.t
-- targets: dbo.r
-- output: dbo.r(a, label, run, at)
-- column: dbo.t.a -> dbo.r.a DIRECT IDENTITY
INSERT INTO dbo.r (a, label, run, at)
SELECT a, 'x', @run_id, GETDATE() FROM dbo.t;

-- case: a view of constants has columns but no edges
-- dialect: bigquery
-- sources: none
-- targets: ds.v
-- columns: none
-- output: ds.v(one, now)
CREATE VIEW ds.v AS SELECT 1 AS one, CURRENT_TIMESTAMP() AS now;

-- case: the same column twice
-- sources: t
-- column: t.a -> <query>.x, <query>.y DIRECT IDENTITY
SELECT a AS x, a AS y FROM t;

-- case: a hash masks
-- dialect: postgres
-- sources: users
-- column: users.email -> <query>.email_hash DIRECT TRANSFORMATION masking
SELECT MD5(email) AS email_hash FROM users;

-- case: what stands beside the hash is not masked
-- dialect: redshift
-- sources: users
-- column: users.email -> <query>.v DIRECT TRANSFORMATION masking
-- column: users.country -> <query>.v DIRECT TRANSFORMATION
SELECT SHA2(email, 256) || country AS v FROM users;

-- case: a column both hashed and plain is not masked
-- dialect: spark
-- why: "an edge has masking only if all its paths mask"
-- sources: users
-- column: users.email -> <query>.v DIRECT TRANSFORMATION
SELECT CONCAT(MD5(email), email) AS v FROM users;

-- case: masking survives a CTE
-- dialect: bigquery
-- sources: ds.users
-- column: ds.users.email -> <query>.u DIRECT TRANSFORMATION masking
WITH c AS (SELECT SHA256(email) AS h FROM ds.users)
SELECT TO_HEX(h) AS u FROM c;

-- case: HASHBYTES masks
-- dialect: tsql
-- sources: dbo.users
-- column: dbo.users.email -> <query>.h DIRECT TRANSFORMATION masking
SELECT HASHBYTES('SHA2_256', email) AS h FROM dbo.users;

-- case: mask() masks
-- dialect: hive
-- sources: users
-- column: users.phone -> <query>.phone DIRECT TRANSFORMATION masking
SELECT MASK(phone) AS phone FROM users;

-- case: a hash in WHERE is only an influence
-- dialect: mysql
-- sources: users
-- column: users.id -> <query>.id DIRECT IDENTITY
-- influence: users.email -> <query> FILTER
SELECT id FROM users WHERE MD5(email) = 'x';

-- case: CASE in a CTE keeps its conditions through an aggregate
-- dialect: trino
-- sources: t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- column: t.k -> <query>.s INDIRECT CONDITIONAL
WITH c AS (SELECT CASE WHEN k = 'a' THEN x END AS v FROM t)
SELECT SUM(v) AS s FROM c;

-- case: an aggregate tested by an outer CASE is indirect
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.x -> <query>.size INDIRECT CONDITIONAL
WITH c AS (SELECT SUM(x) AS s FROM dwh.t)
SELECT CASE WHEN s > 100 THEN 'big' ELSE 'small' END AS size FROM c;

-- case: IS DISTINCT FROM, BETWEEN and LIKE in WHERE
-- dialect: duckdb
-- sources: t
-- column: t.v -> <query>.v DIRECT IDENTITY
-- influence: t.a, t.b, t.c, t.lo, t.hi, t.name -> <query> FILTER
SELECT v FROM t
WHERE a IS DISTINCT FROM b AND c BETWEEN lo AND hi AND name LIKE 'x%';

-- case: AT TIME ZONE and intervals
-- dialect: postgres
-- sources: t
-- column: t.ts, t.zone -> <query>.local DIRECT TRANSFORMATION
-- column: t.ts -> <query>.later DIRECT TRANSFORMATION
SELECT ts AT TIME ZONE zone AS local, ts + INTERVAL '1 day' AS later FROM t;

-- case: a generated column that is made of itself has no other source
-- dialect: postgres
-- column: s.l.order_id -> m.r.gross DIRECT TRANSFORMATION
CREATE TABLE s.l (net INT, gross INT GENERATED ALWAYS AS (order_id, gross) STORED);
INSERT INTO s.l (net) SELECT a FROM w.l;
INSERT INTO m.r (gross) SELECT gross FROM s.l
