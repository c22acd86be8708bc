-- Temporary tables, temporary views and table variables: folded end to end.

-- case: a temp table is folded
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- hop: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- diagnostics: none
CREATE TEMP TABLE t AS SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM t;

-- case: kinds combine across a temp table
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- column: shop.orders.region -> mart.rev.region DIRECT TRANSFORMATION
-- influence: shop.orders.region -> mart.rev GROUP_BY
-- diagnostics: none
CREATE TEMPORARY TABLE t AS
SELECT region, SUM(amount) AS total FROM shop.orders GROUP BY region;
INSERT INTO mart.rev (total, region) SELECT ROUND(total), UPPER(region) FROM t;

-- case: influences of a temp table reach the target
-- dialect: postgres
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE TEMP TABLE t AS
SELECT c.name FROM shop.orders AS o JOIN shop.customers AS c ON o.customer_id = c.id
WHERE o.status = 'open';
CREATE TABLE mart.rev AS SELECT name FROM t;

-- case: a filter on a computed column of a temp table
-- dialect: postgres
-- why: the filter sees what the column was made of, by value or by choice
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.amount, shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE TEMP TABLE t AS
SELECT id, CASE WHEN status = 'open' THEN amount ELSE 0 END AS due FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM t WHERE due > 10;

-- case: an indirect hop makes the path indirect
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- column: shop.orders.status -> mart.rev.total INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
CREATE TEMP TABLE t AS
SELECT CASE WHEN status = 'open' THEN amount END AS due FROM shop.orders;
INSERT INTO mart.rev (total) SELECT SUM(due) FROM t;

-- case: a temp table filled twice has both origins
-- dialect: tsql
-- sources: shop.orders, web.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id, web.orders.no -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE #t (id INT);
INSERT INTO #t (id) SELECT id FROM shop.orders;
INSERT INTO #t (id) SELECT no FROM web.orders;
INSERT INTO mart.rev (id) SELECT id FROM #t;

-- case: T-SQL's SELECT INTO a temp table
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
SELECT amount AS a INTO #t FROM shop.orders;
INSERT INTO mart.rev (total) SELECT SUM(a) FROM #t;
DROP TABLE #t;

-- case: a temp table that is updated on the way
-- dialect: tsql
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- diagnostics: none
SELECT id, customer_id, CAST(NULL AS VARCHAR(50)) AS name INTO #t FROM shop.orders;
UPDATE t SET name = c.name FROM #t AS t JOIN shop.customers AS c ON c.id = t.customer_id;
INSERT INTO mart.rev (id, name) SELECT id, name FROM #t;

-- case: rows deleted from a temp table on the way
-- dialect: tsql
-- why: which rows are left depends on the filter of the DELETE
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
SELECT id, status INTO #t FROM shop.orders;
DELETE FROM #t WHERE status = 'cancelled';
INSERT INTO mart.rev (id) SELECT id FROM #t;

-- case: a table variable
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
DECLARE @t TABLE (id INT, amount DECIMAL(10, 2));
INSERT INTO @t SELECT id, amount FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM @t;

-- case: the columns of a table variable order its INSERT
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.no DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
DECLARE @t TABLE (no INT, total DECIMAL(10, 2));
INSERT INTO @t SELECT id, amount * 2 FROM shop.orders;
INSERT INTO mart.rev SELECT * FROM @t;

-- case: a chain of temp tables
-- dialect: snowflake
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE TEMPORARY TABLE a AS SELECT amount FROM shop.orders WHERE status = 'open';
CREATE TEMPORARY TABLE b AS SELECT amount * 2 AS double FROM a;
INSERT INTO mart.rev (total) SELECT SUM(double) FROM b;

-- case: a transient table is permanent
-- dialect: snowflake
-- why: TRANSIENT changes the fail-safe, not the life of the table
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.t
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TRANSIENT TABLE stage.t AS SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM stage.t;

-- case: a temp view
-- dialect: spark
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
CREATE OR REPLACE TEMP VIEW v AS SELECT amount FROM shop.orders WHERE status = 'open';
INSERT INTO mart.rev SELECT SUM(amount) AS total FROM v;

-- case: a temp view made anew means what it was last
-- dialect: spark
-- sources: shop.orders, web.orders
-- targets: mart.a, mart.b
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: web.orders.id -> mart.b.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE OR REPLACE TEMP VIEW v AS SELECT id FROM shop.orders;
CREATE TABLE mart.a AS SELECT id FROM v;
CREATE OR REPLACE TEMP VIEW v AS SELECT id FROM web.orders;
CREATE TABLE mart.b AS SELECT id FROM v;

-- case: a cached query is a temp view
-- dialect: spark
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CACHE TABLE t AS SELECT id FROM shop.orders;
INSERT INTO mart.rev SELECT id FROM t;

-- case: BigQuery's temp table
-- dialect: bigquery
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TEMP TABLE t AS SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM t;

-- case: Oracle's global temporary table
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE GLOBAL TEMPORARY TABLE t (id NUMBER) ON COMMIT PRESERVE ROWS;
INSERT INTO t (id) SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM t;

-- case: Teradata's volatile table
-- dialect: teradata
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE VOLATILE TABLE t AS (SELECT id FROM shop.orders) WITH DATA ON COMMIT PRESERVE ROWS;
INSERT INTO mart.rev (id) SELECT id FROM t;

-- case: Redshift's hash sign
-- dialect: redshift
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE #t AS SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM #t;

-- case: Hive's temporary table
-- dialect: hive
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TEMPORARY TABLE t AS SELECT id FROM shop.orders;
INSERT INTO TABLE mart.rev SELECT id FROM t;

-- case: MySQL's temporary table hides the table of the same name
-- dialect: mysql
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TEMPORARY TABLE orders AS SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM orders;

-- case: a script that only fills a temp table
-- dialect: postgres
-- why: nothing permanent remains to show, so the temp table is the target
-- sources: shop.orders
-- targets: t
-- column: shop.orders.id -> t.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TEMP TABLE t AS SELECT id FROM shop.orders;

-- case: a temp table of unknown columns
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE TEMP TABLE t AS SELECT * FROM shop.orders;
CREATE TABLE mart.rev AS SELECT * FROM t;

-- case: a named column of a temp table made by a star
-- dialect: postgres
-- why: the temp table has every column of the one table it was made from, so the name is that table's
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
CREATE TEMP TABLE t AS SELECT * FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM t;
