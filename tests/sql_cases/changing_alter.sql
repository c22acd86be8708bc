-- ALTER TABLE: columns that come, go and change their names, and what later statements make of it.

-- case: ALTER TABLE is a change and no target
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
ALTER TABLE shop.orders ADD COLUMN note VARCHAR(100);

-- case: an added column takes part in a positional INSERT
-- sources: web.orders
-- targets: shop.orders
-- column: web.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: web.orders.remark -> shop.orders.note DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
-- output: shop.orders(id, note)
CREATE TABLE shop.orders (id INT);
ALTER TABLE shop.orders ADD COLUMN note VARCHAR(100);
INSERT INTO shop.orders SELECT no, remark FROM web.orders;

-- case: a column added to an imported table
-- schema: shop.orders(id)
-- sources: web.orders
-- targets: shop.orders
-- column: web.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: web.orders.remark -> shop.orders.note DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
ALTER TABLE shop.orders ADD COLUMN note VARCHAR(100);
INSERT INTO shop.orders SELECT no, remark FROM web.orders;

-- case: several columns in one ALTER
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.a -> mart.rev.a DIRECT IDENTITY
-- column: shop.orders.b -> mart.rev.b DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT);
ALTER TABLE shop.orders ADD COLUMN a INT, ADD COLUMN b INT;
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;

-- case: a dropped column is gone for a later star
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
-- output: mart.rev(id)
CREATE TABLE shop.orders (id INT, note VARCHAR(100));
ALTER TABLE shop.orders DROP COLUMN note;
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;

-- case: a dropped column is gone for a later positional INSERT
-- sources: web.orders
-- targets: shop.orders
-- column: web.orders.no -> shop.orders.id DIRECT IDENTITY
-- column: web.orders.price -> shop.orders.amount DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT, note VARCHAR(100), amount INT);
ALTER TABLE shop.orders DROP COLUMN note;
INSERT INTO shop.orders SELECT no, price FROM web.orders;

-- case: a column that is read after it was dropped
-- sources: shop.orders
-- targets: mart.rev
-- column: ?.note -> mart.rev.note DIRECT IDENTITY unresolved
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: unknown-column
CREATE TABLE shop.orders (id INT, note VARCHAR(100));
ALTER TABLE shop.orders DROP COLUMN note;
CREATE TABLE mart.rev AS SELECT note FROM shop.orders;

-- case: a renamed column has its new name for a later star
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.order_id -> mart.rev.order_id DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT);
ALTER TABLE shop.orders RENAME COLUMN id TO order_id;
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;

-- case: a renamed column carries its lineage
-- why: DESIGN says so of a renamed table; a column's rename inside the script is the same net effect
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.order_id DIRECT IDENTITY
-- influences: none
-- change: ALTER mart.rev
-- diagnostics: none
-- output: mart.rev(order_id)
CREATE TABLE mart.rev AS SELECT id FROM shop.orders;
ALTER TABLE mart.rev RENAME COLUMN id TO order_id;

-- case: a dropped column takes its lineage with it
-- why: the net effect of the script: nothing of amount is left in the table
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- change: ALTER mart.rev
-- diagnostics: none
-- output: mart.rev(id)
CREATE TABLE mart.rev AS SELECT id, amount FROM shop.orders;
ALTER TABLE mart.rev DROP COLUMN amount;

-- case: MySQL's CHANGE renames
-- dialect: mysql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.order_id -> mart.rev.order_id DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT);
ALTER TABLE shop.orders CHANGE id order_id BIGINT;
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;

-- case: T-SQL renames a column by a procedure
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.order_id -> mart.rev.order_id DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT);
EXEC sp_rename 'shop.orders.id', 'order_id', 'COLUMN';
SELECT * INTO mart.rev FROM shop.orders;

-- case: a changed type changes no lineage
-- dialect: postgres
-- sources: web.orders
-- targets: shop.orders
-- column: web.orders.no -> shop.orders.id DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT);
ALTER TABLE shop.orders ALTER COLUMN id TYPE BIGINT;
INSERT INTO shop.orders SELECT no FROM web.orders;

-- case: an added generated column
-- column: shop.lines.price -> shop.lines.gross DIRECT TRANSFORMATION
-- influences: none
-- change: ALTER shop.lines
-- diagnostics: none
ALTER TABLE shop.lines ADD COLUMN gross DECIMAL(10, 2) GENERATED ALWAYS AS (price * 1.19);

-- case: Hive replaces all columns
-- dialect: hive
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.a -> mart.rev.a DIRECT IDENTITY
-- column: shop.orders.b -> mart.rev.b DIRECT IDENTITY
-- influences: none
-- change: ALTER shop.orders
-- diagnostics: none
CREATE TABLE shop.orders (id INT);
ALTER TABLE shop.orders REPLACE COLUMNS (a INT, b INT);
CREATE TABLE mart.rev AS SELECT * FROM shop.orders;
