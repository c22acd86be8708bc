-- case: a CTE is folded away
-- sources: shop.orders
-- targets: none
-- intermediates: none
-- column: shop.orders.amount -> <query>.amount DIRECT IDENTITY
-- influence: shop.orders.status -> <query> FILTER
WITH paid AS (SELECT id, amount FROM shop.orders WHERE status = 'paid')
SELECT amount FROM paid;

-- case: kinds and influences combine along a chain of CTEs
-- dialect: bigquery
-- sources: ds.orders
-- targets: mart.rev
-- column: ds.orders.region -> mart.rev.region DIRECT IDENTITY
-- column: ds.orders.amount -> mart.rev.net DIRECT AGGREGATION
-- influence: ds.orders.status -> mart.rev FILTER
-- influence: ds.orders.region -> mart.rev GROUP_BY
INSERT INTO mart.rev (region, net)
WITH paid AS (SELECT region, amount FROM ds.orders WHERE status = 'paid'),
  sums AS (SELECT region, SUM(amount) AS total FROM paid GROUP BY region)
SELECT region, total * 0.8 FROM sums;

-- case: a CTE's column list renames by position
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
-- column: t.b, t.c -> <query>.y DIRECT TRANSFORMATION
WITH s (x, y) AS (SELECT a, b + c FROM t)
SELECT x, y FROM s;

-- case: a column list over a star of a known table
-- dialect: tsql
-- schema: dbo.t(id, amount)
-- column: dbo.t.id -> <query>.k DIRECT IDENTITY
-- column: dbo.t.amount -> <query>.v DIRECT IDENTITY
-- diagnostics: none
WITH s (k, v) AS (SELECT * FROM dbo.t)
SELECT k, v FROM s;

-- case: a CTE shadows a table of the same name
-- dialect: postgres
-- schema: orders(id, total); raw_orders(id, total)
-- sources: raw_orders
-- column: raw_orders.total -> <query>.total DIRECT IDENTITY
WITH orders AS (SELECT id, total FROM raw_orders)
SELECT total FROM orders;

-- case: a qualified name is never a CTE
-- dialect: postgres
-- sources: raw.orders, shop.orders
-- column: shop.orders.total -> <query>.total DIRECT IDENTITY
-- influence: shop.orders.id, raw.orders.id -> <query> JOIN
WITH orders AS (SELECT id FROM raw.orders)
SELECT s.total
FROM shop.orders AS s JOIN orders AS o ON s.id = o.id;

-- case: a non-recursive CTE named like the table it reads, reads the table
-- dialect: duckdb
-- why: run on DuckDB: WITH t AS (SELECT a + 1 AS a FROM t) SELECT a FROM t reads the table inside
-- sources: t
-- column: t.a -> <query>.a DIRECT TRANSFORMATION
WITH t AS (SELECT a + 1 AS a FROM t)
SELECT a FROM t;

-- case: a CTE does not see those defined after it
-- dialect: postgres
-- why: without RECURSIVE the `b` inside `a` is a table
-- sources: b, c
-- column: b.x -> <query>.x DIRECT IDENTITY
-- column: c.y -> <query>.z DIRECT IDENTITY
-- influences: none
WITH a AS (SELECT x FROM b),
  b AS (SELECT y AS z FROM c)
SELECT a.x, b.z FROM a CROSS JOIN b;

-- case: a nested WITH shadows the outer one inside its own body only
-- dialect: snowflake
-- why: also run on DuckDB, which gives the inner value inside and the outer outside
-- sources: inner_t, outer_t
-- column: outer_t.v -> <query>.o DIRECT IDENTITY
-- column: inner_t.v -> <query>.i DIRECT IDENTITY
WITH x AS (SELECT v FROM outer_t),
  y AS (WITH x AS (SELECT v FROM inner_t) SELECT v FROM x)
SELECT x.v AS o, y.v AS i FROM x, y;

-- case: WITH inside a derived table
-- dialect: mysql
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
SELECT d.a
FROM (WITH c AS (SELECT a FROM t) SELECT a FROM c) AS d;

-- case: a CTE used twice
-- dialect: redshift
-- sources: sales
-- column: sales.amount -> <query>.now_amount, <query>.then_amount DIRECT AGGREGATION
-- influence: sales.year -> <query> GROUP_BY
-- influence: sales.year -> <query> JOIN
WITH y AS (SELECT year, SUM(amount) AS total FROM sales GROUP BY year)
SELECT a.total AS now_amount, b.total AS then_amount
FROM y AS a JOIN y AS b ON a.year = b.year + 1;

-- case: a CTE is visible in all branches of a set operation
-- dialect: trino
-- sources: t
-- column: t.a, t.b -> <query>.v DIRECT IDENTITY
-- influences: none
WITH c AS (SELECT a, b FROM t)
SELECT a AS v FROM c
UNION ALL
SELECT b FROM c;

-- case: CTE names follow the dialect's case rule
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
WITH Totals AS (SELECT a FROM t)
SELECT a FROM TOTALS;

-- case: AS MATERIALIZED changes nothing
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
WITH c AS MATERIALIZED (SELECT a FROM t)
SELECT a FROM c;

-- case: a column the CTE does not have is unknown
-- dialect: postgres
-- sources: t
-- column: ?.zz -> <query>.zz DIRECT IDENTITY unresolved
-- diagnostics: unknown-column
WITH c AS (SELECT a FROM t)
SELECT c.zz FROM c;

-- case: a column through a CTE that is a star of one unknown table
-- dialect: snowflake
-- sources: raw.t
-- column: raw.t.a -> <query>.a DIRECT IDENTITY
WITH c AS (SELECT * FROM raw.t)
SELECT a FROM c;

-- case: a column through a CTE that is a star of two unknown tables is ambiguous
-- dialect: snowflake
-- sources: raw.t, raw.u
-- column: ?.a -> <query>.a DIRECT IDENTITY unresolved
WITH c AS (SELECT * FROM raw.t CROSS JOIN raw.u)
SELECT a FROM c;

-- case: a recursive CTE walks a hierarchy
-- dialect: postgres
-- sources: hr.emp
-- column: hr.emp.id -> <query>.id DIRECT IDENTITY
-- column: hr.emp.name -> <query>.name DIRECT IDENTITY
-- influence: hr.emp.boss_id -> <query> FILTER
-- influence: hr.emp.boss_id, hr.emp.id -> <query> JOIN
-- diagnostics: none
WITH RECURSIVE tree AS (
  SELECT id, name FROM hr.emp WHERE boss_id IS NULL
  UNION ALL
  SELECT e.id, e.name FROM hr.emp e JOIN tree t ON e.boss_id = t.id
)
SELECT id, name FROM tree;

-- case: a recursive CTE over literals has no source
-- dialect: duckdb
-- sources: none
-- columns: none
-- influences: none
WITH RECURSIVE n (i) AS (
  SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10
)
SELECT i FROM n;

-- case: a path built by recursion is both the seed itself and concatenations of it
-- dialect: snowflake
-- why: least fixpoint: the first round passes `name` unchanged, every later one concatenates
-- sources: nodes
-- column: nodes.name -> <query>.path DIRECT IDENTITY
-- column: nodes.name -> <query>.path DIRECT TRANSFORMATION
-- influence: nodes.parent -> <query> FILTER
-- influence: nodes.parent, nodes.id -> <query> JOIN
WITH RECURSIVE r AS (
  SELECT id, name AS path FROM nodes WHERE parent IS NULL
  UNION ALL
  SELECT n.id, r.path || '/' || n.name FROM nodes n JOIN r ON n.parent = r.id
)
SELECT path FROM r;

-- case: columns that swap places in the recursion reach both outputs
-- dialect: postgres
-- why: least fixpoint over two rounds
-- sources: t
-- column: t.a, t.b -> <query>.x, <query>.y DIRECT IDENTITY
WITH RECURSIVE r (x, y, n) AS (
  SELECT a, b, 0 FROM t
  UNION ALL
  SELECT y, x, n + 1 FROM r WHERE n < 5
)
SELECT x, y FROM r;

-- case: recursion in T-SQL needs no keyword
-- dialect: tsql
-- sources: dbo.parts
-- column: dbo.parts.qty -> <query>.total DIRECT AGGREGATION
-- influence: dbo.parts.parent -> <query> FILTER
-- influence: dbo.parts.parent, dbo.parts.part -> <query> JOIN
WITH bom AS (
  SELECT part, qty FROM dbo.parts WHERE parent IS NULL
  UNION ALL
  SELECT p.part, p.qty FROM dbo.parts AS p JOIN bom AS b ON p.parent = b.part
)
SELECT SUM(qty) AS total FROM bom;

-- case: recursion in Oracle with a column list and a level
-- dialect: oracle
-- sources: emp
-- column: emp.id -> <query>.id DIRECT IDENTITY
-- influence: emp.boss -> <query> FILTER
-- influence: emp.boss, emp.id -> <query> JOIN
WITH t (id, lvl) AS (
  SELECT id, 1 FROM emp WHERE boss IS NULL
  UNION ALL
  SELECT e.id, t.lvl + 1 FROM emp e JOIN t ON e.boss = t.id
)
SELECT id, lvl FROM t;

-- case: recursion with UNION removes duplicates by its outputs
-- dialect: sqlite
-- sources: edges
-- column: edges.src, edges.dst -> <query>.node DIRECT IDENTITY
-- influence: edges.src, edges.dst -> <query> GROUP_BY
-- influence: edges.src, edges.dst -> <query> JOIN
WITH RECURSIVE reach (node) AS (
  SELECT src FROM edges
  UNION
  SELECT e.dst FROM edges e JOIN reach r ON e.src = r.node
)
SELECT node FROM reach;

-- case: recursion in BigQuery, read by a join
-- dialect: bigquery
-- sources: ds.cat, ds.items
-- column: ds.cat.id -> <query>.cat DIRECT IDENTITY
-- column: ds.items.price -> <query>.price DIRECT IDENTITY
-- influence: ds.cat.parent, ds.cat.id, ds.items.cat_id -> <query> JOIN
WITH RECURSIVE c AS (
  SELECT id FROM ds.cat
  UNION ALL
  SELECT k.id FROM ds.cat AS k JOIN c ON k.parent = c.id
)
SELECT c.id AS cat, i.price
FROM c JOIN ds.items AS i ON i.cat_id = c.id;

-- case: recursion in Teradata
-- dialect: teradata
-- sources: dwh.parts
-- column: dwh.parts.part_id -> <query>.part_id DIRECT IDENTITY
-- influence: dwh.parts.parent_id, dwh.parts.part_id -> <query> JOIN
WITH RECURSIVE r (part_id) AS (
  SELECT p.part_id FROM dwh.parts p
  UNION ALL
  SELECT p.part_id FROM dwh.parts p INNER JOIN r ON p.parent_id = r.part_id
)
SELECT part_id FROM r;

-- case: WITH before INSERT
-- dialect: postgres
-- sources: raw.t
-- targets: mart.t
-- column: raw.t.a -> mart.t.x DIRECT IDENTITY
-- column: raw.t.b -> mart.t.y DIRECT TRANSFORMATION
WITH c AS (SELECT a, b::int AS b FROM raw.t)
INSERT INTO mart.t (x, y)
SELECT a, b FROM c;

-- case: WITH before INSERT in T-SQL
-- dialect: tsql
-- sources: dbo.raw
-- targets: dbo.clean
-- column: dbo.raw.a -> dbo.clean.a DIRECT IDENTITY
-- influence: dbo.raw.k, dbo.raw.d -> dbo.clean FILTER
WITH c AS (
  SELECT a, ROW_NUMBER() OVER (PARTITION BY k ORDER BY d DESC) AS rn FROM dbo.raw
)
INSERT INTO dbo.clean (a)
SELECT a FROM c WHERE rn = 1;

-- case: WITH before INSERT OVERWRITE in Spark
-- dialect: spark
-- sources: raw.t
-- targets: mart.t
-- column: raw.t.a -> mart.t.a DIRECT IDENTITY
WITH c AS (SELECT a FROM raw.t)
INSERT OVERWRITE TABLE mart.t
SELECT a FROM c;

-- case: WITH before Hive's FROM … INSERT
-- dialect: hive
-- sources: raw.t
-- targets: mart.t
-- column: raw.t.a -> mart.t.a DIRECT IDENTITY
WITH c AS (SELECT a FROM raw.t)
FROM c
INSERT OVERWRITE TABLE mart.t
SELECT a;

-- case: WITH before UPDATE … FROM
-- dialect: postgres
-- sources: raw.prices
-- targets: shop.items
-- column: raw.prices.price -> shop.items.price DIRECT AGGREGATION
-- influence: raw.prices.sku -> shop.items GROUP_BY
-- influence: raw.prices.sku, shop.items.sku -> shop.items FILTER
WITH p AS (SELECT sku, MAX(price) AS price FROM raw.prices GROUP BY sku)
UPDATE shop.items
SET price = p.price
FROM p
WHERE shop.items.sku = p.sku;

-- case: WITH before a joined UPDATE of MySQL
-- dialect: mysql
-- sources: raw.prices
-- targets: shop.items
-- column: raw.prices.price -> shop.items.price DIRECT AGGREGATION
-- influence: raw.prices.sku -> shop.items GROUP_BY
-- influence: raw.prices.sku, shop.items.sku -> shop.items JOIN
WITH p AS (SELECT sku, MAX(price) AS price FROM raw.prices GROUP BY sku)
UPDATE shop.items i
JOIN p ON i.sku = p.sku
SET i.price = p.price;

-- case: WITH before DELETE
-- dialect: tsql
-- sources: dbo.old
-- targets: none
-- columns: none
-- influence: dbo.t.id, dbo.old.id, dbo.old.age -> dbo.t FILTER
-- change: DELETE dbo.t
WITH o AS (SELECT id FROM dbo.old WHERE age > 7)
DELETE FROM dbo.t WHERE id IN (SELECT id FROM o);

-- case: WITH before MERGE
-- dialect: tsql
-- sources: dbo.stage
-- targets: dbo.dim
-- column: dbo.stage.name -> dbo.dim.name DIRECT TRANSFORMATION
-- column: dbo.stage.id -> dbo.dim.id DIRECT IDENTITY
-- influence: dbo.stage.id, dbo.dim.id -> dbo.dim JOIN
WITH s AS (SELECT id, UPPER(name) AS name FROM dbo.stage)
MERGE INTO dbo.dim AS d
USING s ON d.id = s.id
WHEN MATCHED THEN UPDATE SET d.name = s.name
WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name);

-- case: a data-modifying CTE hands its rows on
-- dialect: postgres
-- sources: shop.orders
-- targets: shop.archive
-- column: shop.orders.id -> shop.archive.id DIRECT IDENTITY
-- column: shop.orders.amount -> shop.archive.amount DIRECT IDENTITY
-- change: DELETE shop.orders
WITH gone AS (DELETE FROM shop.orders WHERE placed < '2020-01-01' RETURNING id, amount)
INSERT INTO shop.archive (id, amount)
SELECT id, amount FROM gone;

-- case: WITH in a view
-- dialect: oracle
-- sources: t
-- targets: v
-- column: t.a -> v.total DIRECT AGGREGATION
-- column: t.k -> v.k DIRECT IDENTITY
-- influence: t.k -> v GROUP_BY
-- output: v(k, total)
CREATE VIEW v AS
WITH c AS (SELECT k, SUM(a) AS total FROM t GROUP BY k)
SELECT k, total FROM c;

-- case: ClickHouse gives an expression a name with WITH
-- dialect: clickhouse
-- sources: log.hits
-- column: log.hits.ms -> <query>.seconds DIRECT TRANSFORMATION
-- influence: log.hits.ms -> <query> FILTER
WITH ms / 1000 AS s
SELECT s AS seconds FROM log.hits WHERE s > 1;
