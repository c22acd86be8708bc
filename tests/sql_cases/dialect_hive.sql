-- Hive.

-- case: POSEXPLODE gives two columns
-- dialect: hive
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: shop.orders
-- targets: mart.lines
-- column: shop.orders.id -> mart.lines.id DIRECT IDENTITY
-- column: shop.orders.items -> mart.lines.pos, mart.lines.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO TABLE mart.lines
SELECT id, pos, item FROM shop.orders LATERAL VIEW POSEXPLODE(items) e AS pos, item;

-- case: LATERAL VIEW OUTER
-- dialect: hive
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: shop.orders
-- targets: mart.lines
-- column: shop.orders.id -> mart.lines.id DIRECT IDENTITY
-- column: shop.orders.items -> mart.lines.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO TABLE mart.lines
SELECT id, item FROM shop.orders LATERAL VIEW OUTER EXPLODE(items) e AS item;

-- case: DISTRIBUTE BY moves rows between workers, SORT BY orders them
-- dialect: hive
-- why: only an order is promised to the reader
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.amount -> mart.rev SORT
-- diagnostics: none
INSERT OVERWRITE TABLE mart.rev
SELECT id FROM shop.orders SORT BY amount;

-- case: CREATE TABLE STORED AS … AS
-- dialect: hive
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev STORED AS ORC AS SELECT id FROM shop.orders;

-- case: LEFT SEMI JOIN
-- dialect: hive
-- sources: shop.customers, shop.orders
-- targets: mart.active
-- column: shop.customers.id -> mart.active.id DIRECT IDENTITY
-- influence: shop.customers.id, shop.orders.customer_id -> mart.active JOIN
-- diagnostics: none
INSERT OVERWRITE TABLE mart.active
SELECT c.id FROM shop.customers c LEFT SEMI JOIN shop.orders o ON (c.id = o.customer_id);

-- case: a dynamic partition by expression
-- dialect: hive
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- column: shop.orders.ts -> mart.rev.day DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT OVERWRITE TABLE mart.rev PARTITION (day) SELECT amount, TO_DATE(ts) FROM shop.orders;

-- case: map and array elements
-- dialect: hive
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.props -> mart.rev.color DIRECT TRANSFORMATION
-- column: shop.orders.items -> mart.rev.first DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO TABLE mart.rev SELECT props['color'] AS color, items[0] AS first FROM shop.orders;

-- case: MERGE
-- dialect: hive
-- sources: stage.orders
-- targets: shop.orders
-- column: stage.orders.amount -> shop.orders.amount DIRECT IDENTITY
-- column: stage.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, stage.orders.id -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t USING stage.orders AS s ON t.id = s.id
WHEN MATCHED THEN UPDATE SET amount = s.amount
WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.amount);

-- case: Impala's join hints, and the number of a grouping
-- dialect: hive
-- sources: a, b
-- targets: x
-- column: a.x -> x.x DIRECT IDENTITY
-- influence: a.id, b.id -> x JOIN
-- influence: a.x -> x GROUP_BY
-- output: x(x, g)
INSERT INTO x SELECT STRAIGHT_JOIN a.x, GROUPING__ID AS g FROM a JOIN [SHUFFLE] b ON a.id = b.id GROUP BY a.x;
