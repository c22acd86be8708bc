-- Renaming and swapping tables, exchanging partitions.

-- case: a rename alone
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: RENAME shop.orders -> shop.orders_old
-- diagnostics: none
ALTER TABLE shop.orders RENAME TO shop.orders_old;

-- case: PostgreSQL's new name stays in the schema of the old one
-- dialect: postgres
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: RENAME shop.orders -> shop.orders_old
-- diagnostics: none
ALTER TABLE shop.orders RENAME TO orders_old;

-- case: a rename carries the lineage
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- change: RENAME mart.rev_new -> mart.rev
-- diagnostics: none
-- output: mart.rev(total)
CREATE TABLE mart.rev_new AS SELECT SUM(amount) AS total FROM shop.orders;
ALTER TABLE mart.rev_new RENAME TO mart.rev;

-- case: build, drop, rename
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: DROP mart.rev
-- change: RENAME mart.rev_new -> mart.rev
-- diagnostics: none
CREATE TABLE mart.rev_new AS SELECT id FROM shop.orders;
DROP TABLE IF EXISTS mart.rev;
ALTER TABLE mart.rev_new RENAME TO rev;

-- case: a renamed table is read under its new name
-- sources: shop.orders
-- targets: mart.b
-- intermediates: mart.a2
-- column: shop.orders.id -> mart.b.id DIRECT IDENTITY
-- influences: none
-- hop: shop.orders.id -> mart.a2.id DIRECT IDENTITY
-- hop: mart.a2.id -> mart.b.id DIRECT IDENTITY
-- change: RENAME mart.a -> mart.a2
-- diagnostics: none
CREATE TABLE mart.a AS SELECT id FROM shop.orders;
ALTER TABLE mart.a RENAME TO mart.a2;
CREATE TABLE mart.b AS SELECT * FROM mart.a2;

-- case: keep the old rows, then build anew from them
-- sources: mart.rev_old
-- targets: mart.rev
-- column: mart.rev_old.id -> mart.rev.id DIRECT IDENTITY
-- column: mart.rev_old.total -> mart.rev.total DIRECT TRANSFORMATION
-- influences: none
-- change: RENAME mart.rev -> mart.rev_old
-- diagnostics: none
ALTER TABLE mart.rev RENAME TO mart.rev_old;
CREATE TABLE mart.rev AS SELECT id, ROUND(total, 2) AS total FROM mart.rev_old;

-- case: a rename carries the known columns
-- sources: mart.rev_old
-- targets: mart.copy
-- column: mart.rev_old.day -> mart.copy.day DIRECT IDENTITY
-- column: mart.rev_old.total -> mart.copy.total DIRECT IDENTITY
-- influences: none
-- change: RENAME mart.rev -> mart.rev_old
-- diagnostics: none
CREATE TABLE mart.rev (day DATE, total INT);
ALTER TABLE mart.rev RENAME TO mart.rev_old;
CREATE TABLE mart.copy AS SELECT * FROM mart.rev_old;

-- case: MySQL renames several tables at once
-- dialect: mysql
-- why: RENAME TABLE works from left to right; mart.rev is the new table afterwards
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: RENAME mart.rev -> mart.rev_old
-- change: RENAME mart.rev_new -> mart.rev
-- diagnostics: none
CREATE TABLE mart.rev_new AS SELECT id FROM shop.orders;
RENAME TABLE mart.rev TO mart.rev_old, mart.rev_new TO mart.rev;

-- case: T-SQL renames a table by a procedure
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: RENAME mart.rev_new -> mart.rev
-- diagnostics: none
SELECT id INTO mart.rev_new FROM shop.orders;
EXEC sp_rename 'mart.rev_new', 'rev';

-- case: a table moves to another schema
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: RENAME stage.rev -> mart.rev
-- diagnostics: none
CREATE TABLE stage.rev AS SELECT id FROM shop.orders;
ALTER TABLE stage.rev SET SCHEMA mart;

-- case: T-SQL moves a table to another schema
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: RENAME stage.rev -> mart.rev
-- diagnostics: none
SELECT id INTO stage.rev FROM shop.orders;
ALTER SCHEMA mart TRANSFER stage.rev;

-- case: a rename of a view
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.w
-- column: shop.orders.id -> mart.w.id DIRECT IDENTITY
-- influences: none
-- change: RENAME mart.v -> mart.w
-- diagnostics: none
CREATE VIEW mart.v AS SELECT id FROM shop.orders;
ALTER VIEW mart.v RENAME TO w;

-- case: SWAP moves the data of both tables
-- dialect: snowflake
-- schema: mart.rev(id, total); mart.rev_new(id, total)
-- why: DESIGN: data flows into the targets of a swap; the old rows of both tables move
-- sources: mart.rev, mart.rev_new
-- targets: mart.rev, mart.rev_new
-- column: mart.rev_new.id -> mart.rev.id DIRECT IDENTITY
-- column: mart.rev_new.total -> mart.rev.total DIRECT IDENTITY
-- column: mart.rev.id -> mart.rev_new.id DIRECT IDENTITY
-- column: mart.rev.total -> mart.rev_new.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE mart.rev_new SWAP WITH mart.rev;

-- case: SWAP of unknown tables is a pair of stars
-- dialect: snowflake
-- sources: mart.rev, mart.rev_new
-- targets: mart.rev, mart.rev_new
-- column: mart.rev_new.* -> mart.rev.* DIRECT IDENTITY unresolved
-- column: mart.rev.* -> mart.rev_new.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
ALTER TABLE mart.rev_new SWAP WITH mart.rev;

-- case: build, swap, drop
-- dialect: snowflake
-- why: after the swap the old name holds the new rows; what was swapped out is dropped and leaves nothing
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
CREATE TABLE mart.rev_new AS SELECT id FROM shop.orders;
ALTER TABLE mart.rev_new SWAP WITH mart.rev;
DROP TABLE mart.rev_new;

-- case: EXCHANGE TABLES swaps
-- dialect: clickhouse
-- schema: mart.rev(id); mart.rev_new(id)
-- sources: mart.rev, mart.rev_new
-- targets: mart.rev, mart.rev_new
-- column: mart.rev_new.id -> mart.rev.id DIRECT IDENTITY
-- column: mart.rev.id -> mart.rev_new.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
EXCHANGE TABLES mart.rev_new AND mart.rev;

-- case: Oracle exchanges a partition with a table
-- dialect: oracle
-- schema: mart.rev(id, total); stage.rev(id, total)
-- sources: mart.rev, stage.rev
-- targets: mart.rev, stage.rev
-- column: stage.rev.id -> mart.rev.id DIRECT IDENTITY
-- column: stage.rev.total -> mart.rev.total DIRECT IDENTITY
-- column: mart.rev.id -> stage.rev.id DIRECT IDENTITY
-- column: mart.rev.total -> stage.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE mart.rev EXCHANGE PARTITION p2024 WITH TABLE stage.rev;

-- case: MySQL exchanges a partition with an unknown table
-- dialect: mysql
-- sources: mart.rev, stage.rev
-- targets: mart.rev, stage.rev
-- column: stage.rev.* -> mart.rev.* DIRECT IDENTITY unresolved
-- column: mart.rev.* -> stage.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
ALTER TABLE mart.rev EXCHANGE PARTITION p2024 WITH TABLE stage.rev;

-- case: load a staging table, then exchange it
-- dialect: oracle
-- schema: mart.rev(id, total); stage.rev(id, total)
-- why: nothing says what the old partition held, so only the flow into the partitioned table is stated
-- hop: shop.orders.id -> stage.rev.id DIRECT IDENTITY
-- hop: shop.orders.amount -> stage.rev.total DIRECT IDENTITY
-- hop: stage.rev.id -> mart.rev.id DIRECT IDENTITY
-- hop: stage.rev.total -> mart.rev.total DIRECT IDENTITY
-- hop: mart.rev.id -> stage.rev.id DIRECT IDENTITY
-- hop: mart.rev.total -> stage.rev.total DIRECT IDENTITY
-- diagnostics: none
INSERT INTO stage.rev (id, total) SELECT id, amount FROM shop.orders;
ALTER TABLE mart.rev EXCHANGE PARTITION p2024 WITH TABLE stage.rev;

-- case: Hive's EXCHANGE PARTITION moves one way
-- dialect: hive
-- schema: mart.rev(id); stage.rev(id)
-- why: Hive's manual: the partition's data moves from the table after WITH into the table that is altered,
-- why: which must not have it yet
-- sources: stage.rev
-- targets: mart.rev
-- column: stage.rev.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE mart.rev EXCHANGE PARTITION (day = '2024-01-01') WITH TABLE stage.rev;

-- case: T-SQL switches a partition
-- dialect: tsql
-- schema: mart.rev(id, total); stage.rev(id, total)
-- why: SWITCH moves the rows of the first table into the second, which must be empty there
-- sources: stage.rev
-- targets: mart.rev
-- column: stage.rev.id -> mart.rev.id DIRECT IDENTITY
-- column: stage.rev.total -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE stage.rev SWITCH PARTITION 1 TO mart.rev PARTITION 1;

-- case: ClickHouse replaces a partition from another table
-- dialect: clickhouse
-- schema: mart.rev(id); stage.rev(id)
-- sources: stage.rev
-- targets: mart.rev
-- column: stage.rev.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE mart.rev REPLACE PARTITION '2024' FROM stage.rev;

-- case: ClickHouse moves a partition to another table
-- dialect: clickhouse
-- schema: mart.rev(id); arch.rev(id)
-- sources: mart.rev
-- targets: arch.rev
-- column: mart.rev.id -> arch.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE mart.rev MOVE PARTITION '2024' TO TABLE arch.rev;

-- case: Redshift appends one table to another
-- dialect: redshift
-- schema: mart.rev(id); stage.rev(id)
-- sources: stage.rev
-- targets: mart.rev
-- column: stage.rev.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
ALTER TABLE mart.rev APPEND FROM stage.rev;
