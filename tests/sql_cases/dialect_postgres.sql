-- PostgreSQL.

-- case: casts with two colons
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (amount) SELECT amount::numeric(10, 2) FROM shop.orders;

-- case: DISTINCT ON keeps the first row of each group
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.last
-- column: shop.orders.customer_id -> mart.last.customer_id DIRECT IDENTITY
-- column: shop.orders.id -> mart.last.order_id DIRECT IDENTITY
-- influence: shop.orders.customer_id -> mart.last GROUP_BY
-- influence: shop.orders.customer_id, shop.orders.created_at -> mart.last SORT
-- diagnostics: none
INSERT INTO mart.last (customer_id, order_id)
SELECT DISTINCT ON (customer_id) customer_id, id
FROM shop.orders ORDER BY customer_id, created_at DESC;

-- case: JSON operators
-- dialect: postgres
-- sources: shop.events
-- targets: mart.clicks
-- column: shop.events.payload -> mart.clicks.page DIRECT TRANSFORMATION
-- influence: shop.events.payload -> mart.clicks FILTER
-- diagnostics: none
INSERT INTO mart.clicks (page)
SELECT payload -> 'page' ->> 'url' FROM shop.events WHERE payload ->> 'type' = 'click';

-- case: a lateral subquery
-- dialect: postgres
-- why: SEMANTICS: the correlated condition of a lateral is JOIN
-- sources: shop.customers, shop.orders
-- targets: mart.last
-- column: shop.customers.id -> mart.last.customer_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.last.amount DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.last JOIN
-- influence: shop.orders.created_at -> mart.last SORT
-- diagnostics: none
INSERT INTO mart.last (customer_id, amount)
SELECT c.id, o.amount
FROM shop.customers AS c
CROSS JOIN LATERAL (
  SELECT amount FROM shop.orders WHERE orders.customer_id = c.id ORDER BY created_at DESC LIMIT 1
) AS o;

-- case: STRING_AGG with an order inside
-- dialect: postgres
-- why: ordering inside an aggregate decides its value as WITHIN GROUP does
-- sources: shop.lines
-- targets: mart.items
-- column: shop.lines.item -> mart.items.items DIRECT AGGREGATION
-- column: shop.lines.pos -> mart.items.items DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.items (items) SELECT STRING_AGG(item, ',' ORDER BY pos) FROM shop.lines;

-- case: generate_series is no dataset
-- dialect: postgres
-- sources: none
-- targets: dim.days
-- columns: none
-- influences: none
-- diagnostics: none
INSERT INTO dim.days (day)
SELECT d FROM GENERATE_SERIES(DATE '2024-01-01', DATE '2024-12-31', INTERVAL '1 day') AS g (d);

-- case: quoted capitals are another table
-- dialect: postgres
-- why: unquoted names fold to lower case, so shop."Orders" and shop.orders differ, and "orders" is orders
-- sources: shop.Orders, shop.orders
-- targets: mart.rev
-- column: shop.Orders.id, shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT id FROM shop."Orders" UNION ALL SELECT id FROM shop."orders";

-- case: fewer columns than the table has fill the first ones
-- dialect: postgres
-- schema: mart.rev(day, total, note)
-- why: PostgreSQL's manual, INSERT: without a list, the first N columns if only N are supplied
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT sold_on, amount FROM shop.orders;

-- case: unnest in the select list
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.tags
-- column: shop.orders.tags -> mart.tags.tag DIRECT TRANSFORMATION
-- influence: shop.orders.tags -> mart.tags JOIN
-- why: what is unfolded decides how many rows come out, in the select list as in FROM (run on DuckDB)
-- diagnostics: none
INSERT INTO mart.tags (tag) SELECT UNNEST(tags) FROM shop.orders;

-- case: EXTRACT and intervals
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.created_at -> mart.rev.year, mart.rev.due DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (year, due)
SELECT EXTRACT(YEAR FROM created_at), created_at + INTERVAL '30 days' FROM shop.orders;

-- case: variables of a DO block are no columns
-- dialect: postgres
-- sources: s, t
-- targets: u, w
-- column: t.a -> <query>.max(a) DIRECT AGGREGATION
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: s.b -> u.p DIRECT IDENTITY
-- influence: s.c -> u FILTER
-- diagnostics: none
DO $$ DECLARE x int; r record; BEGIN
  SELECT max(a) INTO x FROM t;
  INSERT INTO u (p, q) SELECT b, x FROM s WHERE c = x;
  FOR r IN SELECT a FROM t LOOP INSERT INTO w (a) SELECT r.a; END LOOP;
END $$;

-- case: the subquery of a LIMIT behind a UNION is read
-- dialect: postgres
-- sources: l, t, u
-- column: t.a, u.b -> <query>.a DIRECT IDENTITY
-- influence: l.n -> <query> FILTER
SELECT a FROM t UNION ALL SELECT b FROM u LIMIT (SELECT n FROM l);

-- case: INSERT DEFAULT VALUES of a MERGE takes nothing from the source
-- dialect: postgres
-- sources: s
-- targets: t
-- columns: none
-- influence: s.id, t.id -> t JOIN
MERGE INTO t USING s ON t.id = s.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES;

-- case: Greenplum distributes the rows of a query
-- dialect: postgres
-- sources: t
-- targets: x, y
-- column: t.a -> x.a DIRECT IDENTITY
-- column: t.b -> y.b DIRECT IDENTITY
-- diagnostics: none
CREATE TABLE x AS SELECT a FROM t DISTRIBUTED BY (a);
CREATE TABLE y AS SELECT b FROM t DISTRIBUTED RANDOMLY;

-- case: Greenplum's writable external table hands its rows on to the files
-- dialect: postgres
-- sources: w
-- targets: gpfdist://h/o
-- column: w.a -> gpfdist://h/o.a DIRECT IDENTITY
CREATE WRITABLE EXTERNAL TABLE w (a int) LOCATION ('gpfdist://h/o') FORMAT 'CSV';

-- case: a join's merged columns may have an alias
-- dialect: postgres
-- sources: t, u
-- targets: x
-- column: t.a -> x.a DIRECT IDENTITY
-- influence: t.id, u.id -> x JOIN
INSERT INTO x (a) SELECT t.a FROM t JOIN u USING (id) AS j;
