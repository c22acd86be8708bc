-- case: a user's function transforms its arguments
-- dialect: tsql
-- why: a scalar function is called, it is no dataset that is read
-- sources: dbo.orders
-- column: dbo.orders.amount, dbo.orders.rate -> <query>.net DIRECT TRANSFORMATION
SELECT dbo.fn_net(amount, rate) AS net FROM dbo.orders;

-- case: a function that is qualified three times
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.x DIRECT TRANSFORMATION
SELECT util.public.clean(a) AS x FROM t;

-- case: a temporary function of the script
-- dialect: bigquery
-- sources: ds.t
-- targets: none
-- column: ds.t.a -> <query>.b DIRECT TRANSFORMATION
CREATE TEMP FUNCTION half(x FLOAT64) AS (x / 2);
SELECT half(a) AS b FROM ds.t;

-- case: a scalar macro
-- dialect: duckdb
-- sources: t
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
CREATE MACRO add_two(x) AS x + 2;
SELECT add_two(a) AS b FROM t;

-- case: argument names are no columns
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- diagnostics: none
SELECT clean(val => a, mode => 'x') AS v FROM t CROSS JOIN (SELECT 1 AS one) AS o;

-- case: a package function without arguments has no source
-- dialect: oracle
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
SELECT a, pkg_env.current_run() AS run FROM t;

-- case: a sequence's next value has no source
-- dialect: oracle
-- sources: raw
-- targets: dim
-- column: raw.name -> dim.name DIRECT IDENTITY
-- diagnostics: none
INSERT INTO dim (id, name)
SELECT dim_seq.NEXTVAL, r.name FROM raw r;

-- case: date parts are no columns
-- dialect: tsql
-- sources: dbo.a, dbo.b
-- column: dbo.a.t1, dbo.b.t2 -> <query>.d DIRECT TRANSFORMATION
-- column: dbo.a.t1 -> <query>.m DIRECT TRANSFORMATION
-- diagnostics: none
SELECT DATEDIFF(day, a.t1, b.t2) AS d, DATEADD(month, 1, a.t1) AS m
FROM dbo.a AS a CROSS JOIN dbo.b AS b;

-- case: date parts of Snowflake
-- dialect: snowflake
-- sources: a, b
-- column: a.t1, b.t2 -> <query>.d DIRECT TRANSFORMATION
-- diagnostics: none
SELECT DATEDIFF(hour, a.t1, b.t2) AS d FROM a CROSS JOIN b;

-- case: date parts of Redshift
-- dialect: redshift
-- sources: a, b
-- column: a.t1 -> <query>.p DIRECT TRANSFORMATION
-- diagnostics: none
SELECT DATE_PART(week, a.t1) AS p FROM a CROSS JOIN b;

-- case: date parts of BigQuery
-- dialect: bigquery
-- sources: ds.a, ds.b
-- column: ds.a.t1, ds.b.t2 -> <query>.d DIRECT TRANSFORMATION
-- column: ds.a.t1 -> <query>.m, <query>.y DIRECT TRANSFORMATION
-- diagnostics: none
SELECT DATE_DIFF(a.t1, b.t2, DAY) AS d, DATE_TRUNC(a.t1, MONTH) AS m, EXTRACT(YEAR FROM a.t1) AS y
FROM ds.a AS a CROSS JOIN ds.b AS b;

-- case: units of MySQL
-- dialect: mysql
-- sources: a, b
-- column: a.t1, b.t2 -> <query>.d DIRECT TRANSFORMATION
-- diagnostics: none
SELECT TIMESTAMPDIFF(SECOND, a.t1, b.t2) AS d FROM a CROSS JOIN b;

-- case: keywords inside functions
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x, <query>.y, <query>.z DIRECT TRANSFORMATION
SELECT TRIM(LEADING '0' FROM a) AS x, POSITION('x' IN a) AS y, SUBSTRING(a FROM 2 FOR 3) AS z
FROM t;

-- case: functions without parentheses have no source
-- dialect: oracle
-- sources: t, u
-- column: t.a -> <query>.a DIRECT IDENTITY
-- diagnostics: none
SELECT t.a, SYSDATE AS d, USER AS who FROM t CROSS JOIN u;

-- case: parameters have no source
-- dialect: databricks
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
-- influences: none
SELECT a * :factor AS v FROM t WHERE :flag = 1;

-- case: session variables have no source
-- dialect: snowflake
-- sources: t
-- column: t.a -> <query>.v DIRECT TRANSFORMATION
SELECT a * $factor AS v FROM t;

-- case: a dictionary lookup transforms its key
-- dialect: clickhouse
-- why: dictGet's dictionary is named by a string; the key is what the query reads
-- sources: log.hits
-- column: log.hits.country_id -> <query>.country DIRECT TRANSFORMATION
SELECT dictGet('countries', 'name', country_id) AS country FROM log.hits;
