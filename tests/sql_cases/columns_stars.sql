-- case: * of a known table is its columns in order
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.o
-- output: mart.o(id, amount)
-- column: shop.orders.id -> mart.o.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.o.amount DIRECT IDENTITY
-- diagnostics: none
CREATE TABLE mart.o AS SELECT * FROM shop.orders;

-- case: * of an unknown table is one unresolved edge and a diagnostic
-- sources: shop.orders
-- targets: mart.o
-- column: shop.orders.* -> mart.o.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-star
CREATE TABLE mart.o AS SELECT * FROM shop.orders;

-- case: what stands beside an unknown star is still exact
-- dialect: mysql
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
-- diagnostics: unexpanded-star
SELECT *, a + 1 AS b FROM t;

-- case: * over a join expands in FROM order
-- dialect: tsql
-- schema: dbo.a(x); dbo.b(y, z)
-- output: dbo.c(y, z, x)
-- column: dbo.a.x -> dbo.c.x DIRECT IDENTITY
-- column: dbo.b.y -> dbo.c.y DIRECT IDENTITY
-- column: dbo.b.z -> dbo.c.z DIRECT IDENTITY
CREATE VIEW dbo.c AS
SELECT * FROM dbo.b CROSS JOIN dbo.a;

-- case: * over a join of a known and an unknown table
-- dialect: snowflake
-- schema: a(x)
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.* -> <query>.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-star
SELECT * FROM a CROSS JOIN b;

-- case: t.* takes one side of a join
-- dialect: postgres
-- schema: a(id, x); b(id, y)
-- column: b.id -> <query>.id DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
-- influence: a.id, b.id -> <query> JOIN
SELECT b.* FROM a JOIN b ON a.id = b.id;

-- case: t.* of an unknown table beside a column of another
-- dialect: oracle
-- sources: a, b
-- column: a.* -> <query>.* DIRECT IDENTITY unresolved
-- column: b.y -> <query>.y DIRECT IDENTITY
-- diagnostics: unexpanded-star
SELECT a.*, b.y FROM a JOIN b ON a.id = b.id;

-- case: t.* under USING keeps its own column
-- dialect: duckdb
-- schema: a(k, x); b(k, y)
-- column: a.k -> <query>.k DIRECT IDENTITY
-- column: a.x -> <query>.x DIRECT IDENTITY
-- influence: a.k, b.k -> <query> JOIN
SELECT a.* FROM a JOIN b USING (k);

-- case: a schema-qualified star
-- dialect: teradata
-- schema: dwh.a(x, y)
-- column: dwh.a.x -> <query>.x DIRECT IDENTITY
-- column: dwh.a.y -> <query>.y DIRECT IDENTITY
SELECT dwh.a.* FROM dwh.a;

-- case: * over a CTE needs no schema
-- dialect: hive
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.b -> <query>.n DIRECT TRANSFORMATION
-- diagnostics: none
WITH c AS (SELECT a, -b AS n FROM t)
SELECT * FROM c;

-- case: * over * over an unknown table is still one star
-- dialect: trino
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-star
SELECT * FROM (SELECT * FROM t) AS d;

-- case: * over a derived table with column names
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
-- column: t.b -> <query>.y DIRECT IDENTITY
SELECT * FROM (SELECT a, b FROM t) AS d (x, y);

-- case: * EXCEPT
-- dialect: bigquery
-- schema: ds.t(id, secret, v)
-- column: ds.t.id -> <query>.id DIRECT IDENTITY
-- column: ds.t.v -> <query>.v DIRECT IDENTITY
-- diagnostics: none
SELECT * EXCEPT (secret) FROM ds.t;

-- case: * EXCEPT in Databricks over a join, by unqualified name
-- dialect: databricks
-- schema: a(id, x); b(k, y)
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
SELECT * EXCEPT (id, k) FROM a JOIN b ON a.id = b.k;

-- case: * EXCLUDE of an unknown table
-- dialect: snowflake
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-star
SELECT * EXCLUDE (secret) FROM t;

-- case: EXCLUDE removes the merged column of USING
-- dialect: duckdb
-- why: run on DuckDB
-- schema: a(k, x); b(k, y)
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
SELECT * EXCLUDE (k) FROM a JOIN b USING (k);

-- case: EXCLUDE of a qualified column leaves its namesake
-- dialect: duckdb
-- why: run on DuckDB: only a.v goes
-- schema: a(k, v); b(k, v)
-- column: a.k, b.k -> <query>.k DIRECT IDENTITY
-- column: b.v -> <query>.v DIRECT IDENTITY
SELECT * EXCLUDE (a.v) FROM a JOIN b USING (k);

-- case: t.* EXCLUDE
-- dialect: snowflake
-- schema: a(id, x, y); b(id, z)
-- column: a.id -> <query>.id DIRECT IDENTITY
-- column: a.y -> <query>.y DIRECT IDENTITY
-- column: b.z -> <query>.z DIRECT IDENTITY
SELECT a.* EXCLUDE (x), b.z FROM a JOIN b ON a.id = b.id;

-- case: EXCLUDE in Redshift
-- dialect: redshift
-- schema: t(a, b, c)
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: t.c -> <query>.c DIRECT IDENTITY
SELECT * EXCLUDE (b) FROM t;

-- case: EXCEPT over a CTE
-- dialect: spark
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- diagnostics: none
WITH c AS (SELECT a, b FROM t)
SELECT * EXCEPT (b) FROM c;

-- case: * REPLACE keeps the place and changes the value
-- dialect: bigquery
-- schema: ds.t(id, price)
-- targets: m.t
-- output: m.t(id, price)
-- column: ds.t.id -> m.t.id DIRECT IDENTITY
-- column: ds.t.price -> m.t.price DIRECT TRANSFORMATION
CREATE VIEW m.t AS
SELECT * REPLACE (price / 100 AS price) FROM ds.t;

-- case: REPLACE may use other columns
-- dialect: clickhouse
-- schema: t(a, b)
-- column: t.b -> <query>.a DIRECT TRANSFORMATION
-- column: t.b -> <query>.b DIRECT IDENTITY
SELECT * REPLACE (b + 1 AS a) FROM t;

-- case: REPLACE over an unknown table is exact for the replaced column
-- dialect: duckdb
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- column: t.price -> <query>.price DIRECT TRANSFORMATION
-- diagnostics: unexpanded-star
SELECT * REPLACE (price / 100 AS price) FROM t;

-- case: EXCEPT and REPLACE together
-- dialect: bigquery
-- schema: ds.t(a, b, c)
-- column: ds.t.a, ds.t.b -> <query>.b DIRECT TRANSFORMATION
-- column: ds.t.c -> <query>.c DIRECT IDENTITY
SELECT * EXCEPT (a) REPLACE (a + b AS b) FROM ds.t;

-- case: * RENAME
-- dialect: snowflake
-- schema: t(a, b)
-- column: t.a -> <query>.x DIRECT IDENTITY
-- column: t.b -> <query>.b DIRECT IDENTITY
SELECT * RENAME (a AS x) FROM t;

-- case: EXCLUDE and RENAME together
-- dialect: snowflake
-- schema: t(a, b, c)
-- column: t.b -> <query>.y DIRECT IDENTITY
-- column: t.c -> <query>.c DIRECT IDENTITY
SELECT * EXCLUDE (a) RENAME (b AS y) FROM t;

-- case: RENAME over an unknown table is exact for the renamed column
-- dialect: duckdb
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- column: t.a -> <query>.x DIRECT IDENTITY
-- diagnostics: unexpanded-star
SELECT * RENAME (a AS x) FROM t;

-- case: * ILIKE
-- dialect: snowflake
-- schema: t(cust_id, order_id, amount)
-- column: t.cust_id -> <query>.cust_id DIRECT IDENTITY
-- column: t.order_id -> <query>.order_id DIRECT IDENTITY
SELECT * ILIKE '%_ID' FROM t;

-- case: * LIKE
-- dialect: duckdb
-- why: run on DuckDB
-- schema: t(a1, a2, b)
-- column: t.a1 -> <query>.a1 DIRECT IDENTITY
-- column: t.a2 -> <query>.a2 DIRECT IDENTITY
SELECT * LIKE 'a%' FROM t;

-- case: COLUMNS('regex') matches anywhere in the name
-- dialect: duckdb
-- why: run on DuckDB: COLUMNS('id') takes cust_id too
-- schema: t(cust_id, id, v)
-- column: t.cust_id -> <query>.cust_id DIRECT IDENTITY
-- column: t.id -> <query>.id DIRECT IDENTITY
-- diagnostics: none
SELECT COLUMNS('id') FROM t;

-- case: COLUMNS inside an aggregate
-- dialect: duckdb
-- why: run on DuckDB: the outputs keep the columns' names
-- schema: t(q1, q2, note)
-- column: t.q1 -> <query>.q1 DIRECT AGGREGATION
-- column: t.q2 -> <query>.q2 DIRECT AGGREGATION
SELECT MAX(COLUMNS('^q')) FROM t;

-- case: COLUMNS(* EXCLUDE …)
-- dialect: duckdb
-- why: run on DuckDB
-- schema: t(a, b, c)
-- column: t.b -> <query>.b DIRECT TRANSFORMATION
-- column: t.c -> <query>.c DIRECT TRANSFORMATION
SELECT COLUMNS(* EXCLUDE (a)) + 1 FROM t;

-- case: COLUMNS('regex') of an unknown table
-- dialect: duckdb
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- diagnostics: unexpanded-pattern
SELECT COLUMNS('^q') FROM t;

-- case: COLUMNS('regex') of ClickHouse
-- dialect: clickhouse
-- schema: t(q1, q2, note)
-- column: t.q1 -> <query>.q1 DIRECT IDENTITY
-- column: t.q2 -> <query>.q2 DIRECT IDENTITY
SELECT COLUMNS('^q') FROM t;

-- case: a star in INSERT goes by position
-- dialect: tsql
-- schema: dbo.a(x, y); dbo.b(p, q)
-- sources: dbo.a
-- targets: dbo.b
-- column: dbo.a.x -> dbo.b.p DIRECT IDENTITY
-- column: dbo.a.y -> dbo.b.q DIRECT IDENTITY
INSERT INTO dbo.b SELECT * FROM dbo.a;

-- case: * in EXISTS selects nothing
-- dialect: sqlite
-- sources: t, u
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: u.k, t.k -> <query> FILTER
-- diagnostics: none
SELECT t.a FROM t WHERE EXISTS (SELECT * FROM u WHERE u.k = t.k);

-- case: DISTINCT * of an unknown table
-- dialect: databricks
-- sources: t
-- column: t.* -> <query>.* DIRECT IDENTITY unresolved
-- influence: t.* -> <query> GROUP_BY
-- diagnostics: unexpanded-star
SELECT DISTINCT * FROM t;
