-- Spark SQL.

-- case: LATERAL VIEW EXPLODE
-- dialect: spark
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: shop.orders
-- targets: mart.lines
-- column: shop.orders.id -> mart.lines.id DIRECT IDENTITY
-- column: shop.orders.items -> mart.lines.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO mart.lines
SELECT id, item FROM shop.orders LATERAL VIEW EXPLODE(items) e AS item;

-- case: LEFT ANTI JOIN
-- dialect: spark
-- sources: shop.blocked, shop.customers
-- targets: mart.good
-- column: shop.customers.id -> mart.good.id DIRECT IDENTITY
-- influence: shop.customers.id, shop.blocked.id -> mart.good JOIN
-- diagnostics: none
INSERT INTO mart.good
SELECT c.id FROM shop.customers c LEFT ANTI JOIN shop.blocked b ON c.id = b.id;

-- case: INSERT OVERWRITE with a static partition
-- dialect: spark
-- schema: mart.rev(id, total, day)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.no -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OVERWRITE mart.rev PARTITION (day = '2024-01-01') SELECT no, amount FROM shop.orders;

-- case: CREATE TABLE USING … PARTITIONED BY … AS
-- dialect: spark
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.day -> mart.rev.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev USING parquet PARTITIONED BY (day) AS SELECT id, day FROM shop.orders;

-- case: several INSERTs from one FROM
-- dialect: spark
-- sources: shop.orders
-- targets: mart.a, mart.b
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.b.amount DIRECT IDENTITY
-- influence: shop.orders.status -> mart.b FILTER
-- diagnostics: none
FROM shop.orders
INSERT INTO mart.a SELECT id
INSERT INTO mart.b SELECT amount WHERE status = 'open';

-- case: TRANSFORM hands rows to a script
-- dialect: spark
-- why: a script may make anything of anything
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id, shop.orders.amount -> mart.rev.x, mart.rev.y DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT TRANSFORM (id, amount) USING 'clean.py' AS (x, y) FROM shop.orders;

-- case: INSERT OVERWRITE DIRECTORY USING
-- dialect: spark
-- sources: shop.orders
-- targets: /data/out
-- column: shop.orders.id -> /data/out.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OVERWRITE DIRECTORY '/data/out' USING parquet SELECT id FROM shop.orders;

-- case: INSERT TABLE
-- dialect: spark
-- schema: shop.orders(id, amount); arch.orders(no, price)
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.no DIRECT IDENTITY
-- column: shop.orders.amount -> arch.orders.price DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO arch.orders TABLE shop.orders;

-- case: higher-order functions
-- dialect: spark
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.prices -> mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT TRANSFORM(prices, p -> p * 1.19) AS gross FROM shop.orders;

-- case: COLLECT_LIST and STRUCT
-- dialect: spark
-- sources: shop.lines
-- targets: mart.orders
-- column: shop.lines.order_id -> mart.orders.order_id DIRECT IDENTITY
-- column: shop.lines.item, shop.lines.amount -> mart.orders.lines DIRECT AGGREGATION
-- influence: shop.lines.order_id -> mart.orders GROUP_BY
-- diagnostics: none
CREATE TABLE mart.orders AS
SELECT order_id, COLLECT_LIST(STRUCT(item, amount)) AS lines FROM shop.lines GROUP BY order_id;
