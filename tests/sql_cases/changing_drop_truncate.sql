-- DROP and TRUNCATE: changes, and what they leave of the rest of the script.

-- case: DROP is a change
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DROP shop.old
-- diagnostics: none
DROP TABLE shop.old;

-- case: DROP of several tables
-- dialect: postgres
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DROP shop.a
-- change: DROP shop.b
-- diagnostics: none
DROP TABLE IF EXISTS shop.a, shop.b CASCADE;

-- case: DROP of a view
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DROP mart.v
-- diagnostics: none
DROP VIEW mart.v;

-- case: DROP of a materialized view
-- dialect: postgres
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DROP mart.daily
-- diagnostics: none
DROP MATERIALIZED VIEW mart.daily;

-- case: TRUNCATE is a change
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: TRUNCATE shop.orders
-- diagnostics: none
TRUNCATE TABLE shop.orders;

-- case: TRUNCATE of several tables
-- dialect: postgres
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: TRUNCATE shop.a
-- change: TRUNCATE shop.b
-- diagnostics: none
TRUNCATE shop.a, shop.b RESTART IDENTITY;

-- case: drop and build anew
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: DROP mart.rev
-- diagnostics: none
DROP TABLE IF EXISTS mart.rev;
CREATE TABLE mart.rev AS SELECT id FROM shop.orders;

-- case: truncate and fill anew
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: TRUNCATE mart.rev
-- diagnostics: none
TRUNCATE TABLE mart.rev;
INSERT INTO mart.rev (id) SELECT id FROM shop.orders;

-- case: truncate keeps the columns
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.no DIRECT IDENTITY
-- influences: none
-- change: TRUNCATE mart.rev
-- diagnostics: none
CREATE TABLE mart.rev (no INT);
TRUNCATE TABLE mart.rev;
INSERT INTO mart.rev SELECT id FROM shop.orders;

-- case: created and dropped
-- why: DESIGN: a dataset created and dropped within the script leaves neither target nor source
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE TABLE work.t AS SELECT id FROM shop.orders;
DROP TABLE work.t;

-- case: created, read and dropped
-- why: it was written and then read, so it is an intermediate, and the flow through it stands
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: work.t
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE work.t AS SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM work.t;
DROP TABLE work.t;

-- case: a later statement sees the table gone
-- why: after the DROP the name means nothing this script made: its columns are unknown and nothing of
-- why: shop.orders is behind it
-- targets: mart.rev
-- column: work.t.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE TABLE work.t AS SELECT id FROM shop.orders;
DROP TABLE work.t;
INSERT INTO mart.rev SELECT * FROM work.t;

-- case: dropped and created again from elsewhere
-- why: the first table is gone, and its lineage with it
-- targets: mart.rev
-- column: web.orders.no -> mart.rev.no DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(no)
CREATE TABLE mart.rev AS SELECT id FROM shop.orders;
DROP TABLE mart.rev;
CREATE TABLE mart.rev AS SELECT no FROM web.orders;

-- case: a view dropped after it was used
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: work.v
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
CREATE VIEW work.v AS SELECT amount AS a FROM shop.orders;
CREATE TABLE mart.rev AS SELECT SUM(a) AS total FROM work.v;
DROP VIEW work.v;

-- case: TRUNCATE of a staging table after its use
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: stage.orders
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: TRUNCATE stage.orders
-- diagnostics: none
INSERT INTO stage.orders (id) SELECT id FROM shop.orders;
INSERT INTO mart.rev (id) SELECT id FROM stage.orders;
TRUNCATE TABLE stage.orders;

-- case: TRUNCATE of one partition
-- dialect: hive
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: TRUNCATE shop.orders
-- diagnostics: none
TRUNCATE TABLE shop.orders PARTITION (day = '2024-01-01');
