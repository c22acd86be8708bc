-- USE, SET search_path and their relatives: what unqualified names mean from there on.

-- case: USE gives a default to the names after it
-- dialect: mysql
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: names before USE keep their spelling
-- dialect: mysql
-- sources: orders, shop.orders
-- targets: rev, shop.rev
-- column: orders.id -> rev.id DIRECT IDENTITY
-- column: shop.orders.no -> shop.rev.no DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO rev (id) SELECT id FROM orders;
USE shop;
INSERT INTO rev (no) SELECT no FROM orders;

-- case: a second USE replaces the first
-- dialect: hive
-- sources: shop.orders, web.orders
-- targets: mart.rev
-- column: shop.orders.id, web.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE shop;
INSERT INTO mart.rev (id) SELECT id FROM orders;
USE web;
INSERT INTO mart.rev (id) SELECT id FROM orders;

-- case: qualified names do not care
-- dialect: mysql
-- sources: web.orders
-- targets: mart.rev
-- column: web.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE shop;
INSERT INTO mart.rev (id) SELECT id FROM web.orders;

-- case: USE finds the columns of the schema
-- dialect: mysql
-- schema: shop.orders(id, amount); web.orders(no)
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> shop.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE shop;
CREATE TABLE rev AS SELECT * FROM orders;

-- case: USE reaches changes too
-- dialect: mysql
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DROP shop.old
-- change: TRUNCATE shop.stage
-- diagnostics: none
USE shop;
DROP TABLE old;
TRUNCATE TABLE stage;

-- case: a CTE is no table of the default schema
-- dialect: mysql
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE shop;
INSERT INTO rev (id)
WITH o AS (SELECT id FROM orders)
SELECT id FROM o;

-- case: SET search_path
-- dialect: postgres
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SET search_path TO shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: the first schema of the search path that has the table
-- dialect: postgres
-- schema: public.orders(id, amount)
-- why: the path is searched for a known table; what is created goes to its first schema
-- sources: public.orders
-- targets: shop.rev
-- column: public.orders.id -> shop.rev.id DIRECT IDENTITY
-- column: public.orders.amount -> shop.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SET search_path = shop, public;
CREATE TABLE rev AS SELECT * FROM orders;

-- case: a table that no schema of the search path is known to have
-- dialect: postgres
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SET search_path TO shop, public;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: the search path finds what the script created
-- dialect: postgres
-- sources: web.orders
-- targets: mart.rev
-- intermediates: public.orders
-- column: web.orders.no -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE public.orders AS SELECT no AS id FROM web.orders;
SET search_path TO shop, public;
INSERT INTO mart.rev (id) SELECT id FROM orders;

-- case: SET SCHEMA
-- dialect: postgres
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SET SCHEMA 'shop';
INSERT INTO rev (id) SELECT id FROM orders;

-- case: USE of a database and schema
-- dialect: snowflake
-- sources: prod.shop.orders
-- targets: prod.shop.rev
-- column: prod.shop.orders.id -> prod.shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE SCHEMA prod.shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: names with a schema get the database
-- dialect: snowflake
-- sources: prod.web.orders
-- targets: prod.mart.rev
-- column: prod.web.orders.id -> prod.mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE DATABASE prod;
INSERT INTO mart.rev (id) SELECT id FROM web.orders;

-- case: USE DATABASE, then USE SCHEMA
-- dialect: snowflake
-- sources: prod.shop.orders, prod.web.orders
-- targets: prod.shop.rev
-- column: prod.shop.orders.id, prod.web.orders.id -> prod.shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE DATABASE prod;
USE SCHEMA shop;
INSERT INTO rev (id) SELECT id FROM orders UNION ALL SELECT id FROM web.orders;

-- case: roles and warehouses name nothing
-- dialect: snowflake
-- sources: orders
-- targets: rev
-- column: orders.id -> rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE ROLE loader;
USE WAREHOUSE big;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: T-SQL's USE gives the database
-- dialect: tsql
-- sources: sales.dbo.orders
-- targets: sales.dbo.rev
-- column: sales.dbo.orders.id -> sales.dbo.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE sales;
INSERT INTO dbo.rev (id) SELECT id FROM dbo.orders;

-- case: a temp table is of no schema
-- dialect: tsql
-- sources: sales.dbo.orders
-- targets: sales.dbo.rev
-- intermediates: none
-- column: sales.dbo.orders.id -> sales.dbo.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE sales;
SELECT id INTO #o FROM dbo.orders;
INSERT INTO dbo.rev (id) SELECT id FROM #o;

-- case: catalog and schema
-- dialect: databricks
-- sources: prod.shop.orders
-- targets: prod.shop.rev
-- column: prod.shop.orders.id -> prod.shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE CATALOG prod;
USE SCHEMA shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: Trino's USE of catalog and schema
-- dialect: trino
-- sources: hive.shop.orders
-- targets: hive.shop.rev
-- column: hive.shop.orders.id -> hive.shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
USE hive.shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: Oracle's current schema
-- dialect: oracle
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER SESSION SET CURRENT_SCHEMA = shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: Teradata's DATABASE
-- dialect: teradata
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
DATABASE shop;
INSERT INTO rev (id) SELECT id FROM orders;

-- case: BigQuery's default dataset
-- dialect: bigquery
-- sources: shop.orders
-- targets: shop.rev
-- column: shop.orders.id -> shop.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SET @@dataset_id = 'shop';
INSERT INTO rev (id) SELECT id FROM orders;
