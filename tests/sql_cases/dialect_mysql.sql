-- MySQL and MariaDB.

-- case: INSERT SET
-- dialect: mysql
-- sources: none
-- targets: shop.orders
-- columns: none
-- influences: none
-- diagnostics: none
INSERT INTO shop.orders SET id = 1, amount = 10;

-- case: CREATE TABLE with definitions and a SELECT
-- dialect: mysql
-- why: MySQL's manual, CREATE TABLE … SELECT: columns of the SELECT are matched by name with those defined,
-- why: others are appended
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(note, amount, id)
CREATE TABLE mart.rev (note VARCHAR(10), amount INT) SELECT amount, id FROM shop.orders;

-- case: GROUP_CONCAT with an order and a separator
-- dialect: mysql
-- sources: shop.lines
-- targets: mart.items
-- column: shop.lines.item, shop.lines.pos -> mart.items.items DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.items (items)
SELECT GROUP_CONCAT(item ORDER BY pos SEPARATOR ', ') FROM shop.lines;

-- case: IF and IFNULL
-- dialect: mysql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.paid -> mart.rev.due INDIRECT CONDITIONAL
-- column: shop.orders.amount, shop.orders.tax -> mart.rev.due DIRECT TRANSFORMATION
-- column: shop.orders.note, shop.orders.label -> mart.rev.note DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (due, note)
SELECT IF(paid = 1, amount, tax), IFNULL(note, label) FROM shop.orders;

-- case: backticks
-- dialect: mysql
-- sources: shop.order
-- targets: mart.rev
-- column: shop.order.key -> mart.rev.key DIRECT IDENTITY
-- influence: shop.order.group -> mart.rev FILTER
-- diagnostics: none
INSERT INTO mart.rev (`key`) SELECT `key` FROM shop.`order` WHERE `group` = 1;

-- case: STRAIGHT_JOIN is an inner join
-- dialect: mysql
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- diagnostics: none
INSERT INTO mart.rev (name)
SELECT c.name FROM shop.orders AS o STRAIGHT_JOIN shop.customers AS c ON o.customer_id = c.id;

-- case: INSERT TABLE
-- dialect: mysql
-- schema: shop.orders(id, amount); arch.orders(no, price)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.no DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.price DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO arch.orders TABLE shop.orders;

-- case: a double-quoted word is a string
-- dialect: mysql
-- why: MySQL without ANSI_QUOTES
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(id, origin)
CREATE TABLE mart.rev AS SELECT id, "web" AS origin FROM shop.orders;

-- case: GROUP BY WITH ROLLUP
-- dialect: mysql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.region -> mart.rev.region DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.region -> mart.rev GROUP_BY
-- diagnostics: none
INSERT INTO mart.rev (region, total)
SELECT region, SUM(amount) FROM shop.orders GROUP BY region WITH ROLLUP;

-- case: an aggregate of distinct values is named by all of its text
-- dialect: mysql
-- column: t.a -> <query>.COUNT(DISTINCT a) DIRECT AGGREGATION masking
-- column: t.a, t.b -> <query>.COUNT(DISTINCT a, b) DIRECT AGGREGATION masking
-- column: t.c, t.d -> <query>.GROUP_CONCAT(DISTINCT c ORDER BY d) DIRECT AGGREGATION
SELECT COUNT(DISTINCT a), COUNT(DISTINCT a, b), GROUP_CONCAT(DISTINCT c ORDER BY d) FROM t;

-- case: every name of a DECLARE is a variable
-- dialect: mysql
-- sources: s
-- targets: t
-- columns: none
-- influence: s.c -> t FILTER
CREATE PROCEDURE p() BEGIN DECLARE a, b INT DEFAULT 0; INSERT INTO t (x) SELECT b FROM s WHERE c = a; END

-- case: the new row of a trigger, beside a table that nothing is known of
-- dialect: mysql
-- column: t.a -> log.a DIRECT IDENTITY
-- column: s.b -> log.b DIRECT IDENTITY
CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW
BEGIN
  INSERT INTO log SELECT NEW.a, s.b FROM s WHERE s.id = NEW.id;
END
