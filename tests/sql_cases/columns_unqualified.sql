-- case: one table in scope owns every unqualified name
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.b -> <query> FILTER
-- diagnostics: none
SELECT a FROM t WHERE b > 0;

-- case: two unknown tables: nobody can say
-- dialect: postgres
-- sources: a, b
-- column: ?.x -> <query>.x DIRECT IDENTITY unresolved
-- influence: a.id, b.id -> <query> JOIN
-- diagnostics: ambiguous-column
SELECT x FROM a JOIN b ON a.id = b.id;

-- case: two known tables: the one that has it
-- dialect: postgres
-- schema: a(id, x); b(k, y)
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
-- influence: a.id, b.k -> <query> JOIN
-- diagnostics: none
SELECT x, y FROM a JOIN b ON id = k;

-- case: two known tables both have it
-- dialect: oracle
-- schema: a(id, x); b(id, x)
-- sources: a, b
-- column: ?.x -> <query>.x DIRECT IDENTITY unresolved
-- diagnostics: ambiguous-column
SELECT x FROM a JOIN b ON a.id = b.id;

-- case: two known tables, neither has it
-- dialect: mysql
-- schema: a(id); b(id)
-- sources: a, b
-- column: ?.x -> <query>.x DIRECT IDENTITY unresolved
-- diagnostics: unknown-column
SELECT x FROM a JOIN b ON a.id = b.id;

-- case: a known table that has it beats an unknown one
-- dialect: snowflake
-- why: complete knowledge gives the name to exactly one relation
-- schema: a(id, x)
-- column: a.x -> <query>.x DIRECT IDENTITY
-- diagnostics: none
SELECT x FROM a JOIN b ON a.id = b.id;

-- case: a known table without it leaves the unknown one
-- dialect: snowflake
-- schema: a(id, x)
-- column: b.y -> <query>.y DIRECT IDENTITY
-- diagnostics: none
SELECT y FROM a JOIN b ON a.id = b.id;

-- case: a known table without it leaves two unknown ones
-- dialect: snowflake
-- schema: a(id, x)
-- column: ?.y -> <query>.y DIRECT IDENTITY unresolved
-- diagnostics: ambiguous-column
SELECT y FROM a JOIN b ON a.id = b.id JOIN c ON a.id = c.id;

-- case: one known table without it
-- dialect: tsql
-- schema: dbo.t(a)
-- sources: dbo.t
-- column: ?.b -> <query>.b DIRECT IDENTITY unresolved
-- diagnostics: unknown-column
SELECT b FROM dbo.t;

-- case: a qualified column its known table does not have
-- dialect: tsql
-- why: the table is certain, the column is not: the imported schema may be older than the script
-- schema: dbo.t(a)
-- sources: dbo.t
-- column: dbo.t.b -> <query>.b DIRECT IDENTITY unresolved
-- diagnostics: unknown-column
SELECT x.b FROM dbo.t AS x;

-- case: a CTE is complete knowledge: it has the name
-- dialect: bigquery
-- column: ds.raw.amount -> <query>.total DIRECT AGGREGATION
-- influence: ds.raw.id -> <query> GROUP_BY
-- influence: ds.raw.id, ds.t.id -> <query> JOIN
-- diagnostics: none
WITH c AS (SELECT id, SUM(amount) AS total FROM ds.raw GROUP BY id)
SELECT total FROM c JOIN ds.t AS t ON c.id = t.id;

-- case: a CTE is complete knowledge: it does not have the name
-- dialect: bigquery
-- column: ds.t.name -> <query>.name DIRECT IDENTITY
-- diagnostics: none
WITH c AS (SELECT id FROM ds.raw)
SELECT name FROM c JOIN ds.t AS t ON c.id = t.id;

-- case: a derived table is complete knowledge
-- dialect: hive
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: u.z -> <query>.z DIRECT IDENTITY
-- diagnostics: none
SELECT a, z FROM (SELECT a, k FROM t) d JOIN u ON d.k = u.k;

-- case: an ambiguous name in WHERE is an ambiguous influence
-- dialect: trino
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- influence: ?.flag -> <query> FILTER
-- diagnostics: ambiguous-column
SELECT a.x FROM a CROSS JOIN b WHERE flag = 1;

-- case: a self join makes every unqualified name ambiguous
-- dialect: postgres
-- schema: t(id, v)
-- sources: t
-- column: ?.v -> <query>.v DIRECT IDENTITY unresolved
-- diagnostics: ambiguous-column
SELECT v FROM t AS a JOIN t AS b ON a.id = b.id;

-- case: an unqualified name in a correlated subquery looks outwards when the inner table is known
-- dialect: redshift
-- schema: t(id, lim); u(k, v)
-- column: t.id -> <query>.id DIRECT IDENTITY
-- column: u.v -> <query>.s DIRECT AGGREGATION
-- column: u.k, u.v, t.id, t.lim -> <query>.s INDIRECT CONDITIONAL
-- diagnostics: none
SELECT id, (SELECT SUM(v) FROM u WHERE k = id AND v < lim) AS s FROM t;

-- case: DDL in the same script is complete knowledge
-- dialect: postgres
-- column: shop.orders.amount -> mart.r.amount DIRECT IDENTITY
-- column: shop.customers.name -> mart.r.name DIRECT IDENTITY
-- influence: shop.orders.cust, shop.customers.id -> mart.r JOIN
-- diagnostics: none
CREATE TABLE shop.orders (cust INT, amount INT);
CREATE TABLE shop.customers (id INT, name TEXT);
INSERT INTO mart.r (amount, name)
SELECT amount, name FROM shop.orders JOIN shop.customers ON cust = id;

-- case: a query earlier in the script is complete knowledge
-- dialect: spark
-- sources: raw.a, raw.c
-- targets: mart.b
-- intermediates: stg.a
-- column: raw.a.x -> mart.b.x DIRECT IDENTITY
-- column: raw.c.y -> mart.b.y DIRECT IDENTITY
-- hop: raw.a.id -> stg.a.id DIRECT IDENTITY
-- hop: raw.a.x -> stg.a.x DIRECT IDENTITY
-- hop: stg.a.x -> mart.b.x DIRECT IDENTITY
-- hop: raw.c.y -> mart.b.y DIRECT IDENTITY
-- diagnostics: none
CREATE TABLE stg.a AS SELECT id, x FROM raw.a;
CREATE TABLE mart.b AS
SELECT x, y FROM stg.a AS a JOIN raw.c AS c ON a.id = c.id;

-- case: a column list seen elsewhere decides, marked as inferred
-- dialect: postgres
-- why: issue: "partial knowledge can decide an unqualified name only where a single candidate is known to have it"
-- hop: shop.a.x -> mart.r.x DIRECT IDENTITY inferred
INSERT INTO shop.a (id, x) VALUES (1, 2);
INSERT INTO mart.r (x)
SELECT x FROM shop.a JOIN shop.b ON shop.a.id = shop.b.id;

-- case: columns of a subquery's select list do not leak out
-- dialect: sqlite
-- sources: t, u
-- column: t.y -> <query>.y DIRECT IDENTITY
-- influence: t.k, u.y -> <query> FILTER
SELECT y FROM t WHERE k IN (SELECT u.y FROM u);

-- case: an unqualified name in ON between two unknown tables
-- dialect: clickhouse
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- influence: ?.k, b.k2 -> <query> JOIN
-- diagnostics: ambiguous-column
SELECT a.x FROM a JOIN b ON k = b.k2;
