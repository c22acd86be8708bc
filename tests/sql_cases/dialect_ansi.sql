-- Standard SQL: what every dialect is measured by.

-- case: quoted identifiers keep blanks and capitals
-- sources: shop.Order Lines
-- targets: mart.rev
-- column: shop.Order Lines.Net Price -> mart.rev.price DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (price) SELECT "Net Price" FROM shop."Order Lines";

-- case: unquoted names are compared without case and shown as first written
-- sources: Shop.Orders
-- targets: mart.rev
-- column: Shop.Orders.OrderId -> mart.rev.id DIRECT IDENTITY
-- influence: Shop.Orders.Status -> mart.rev FILTER
-- diagnostics: none
INSERT INTO mart.rev (id) SELECT o.OrderId FROM Shop.Orders AS o WHERE O.Status = 'open';

-- case: NATURAL JOIN merges what both sides are known to have
-- schema: shop.orders(id, customer); shop.customers(customer, name)
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.orders.customer, shop.customers.customer -> mart.rev.customer DIRECT IDENTITY
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer, shop.customers.customer -> mart.rev JOIN
-- diagnostics: none
INSERT INTO mart.rev (customer, name)
SELECT customer, name FROM shop.orders NATURAL JOIN shop.customers;

-- case: FETCH FIRST depends on the order
-- sources: shop.orders
-- targets: mart.top
-- column: shop.orders.id -> mart.top.id DIRECT IDENTITY
-- influence: shop.orders.amount -> mart.top SORT
-- diagnostics: none
INSERT INTO mart.top (id)
SELECT id FROM shop.orders ORDER BY amount DESC FETCH FIRST 10 ROWS ONLY;

-- case: LISTAGG WITHIN GROUP
-- why: SEMANTICS: the ordering of WITHIN GROUP is AGGREGATION too
-- sources: shop.lines
-- targets: mart.items
-- column: shop.lines.order_id -> mart.items.order_id DIRECT IDENTITY
-- column: shop.lines.item, shop.lines.pos -> mart.items.items DIRECT AGGREGATION
-- influence: shop.lines.order_id -> mart.items GROUP_BY
-- diagnostics: none
INSERT INTO mart.items (order_id, items)
SELECT order_id, LISTAGG(item, ',') WITHIN GROUP (ORDER BY pos) FROM shop.lines GROUP BY order_id;

-- case: FILTER of an aggregate
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- column: shop.orders.status -> mart.rev.total INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (total) SELECT SUM(amount) FILTER (WHERE status = 'paid') FROM shop.orders;

-- case: GROUPING SETS
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.region -> mart.rev.region DIRECT IDENTITY
-- column: shop.orders.day -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.region, shop.orders.day -> mart.rev GROUP_BY
-- diagnostics: none
INSERT INTO mart.rev (region, day, total)
SELECT region, day, SUM(amount) FROM shop.orders GROUP BY GROUPING SETS ((region), (day), ());

-- case: EXCEPT filters by its right side
-- why: EXCEPT without ALL also de-duplicates its left rows
-- sources: shop.blocked, shop.customers
-- targets: mart.good
-- column: shop.customers.id -> mart.good.id DIRECT IDENTITY
-- influence: shop.customers.id -> mart.good GROUP_BY
-- influence: shop.blocked.id -> mart.good FILTER
-- diagnostics: none
INSERT INTO mart.good (id) SELECT id FROM shop.customers EXCEPT SELECT id FROM shop.blocked;

-- case: a named window
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.running DIRECT AGGREGATION
-- column: shop.orders.customer_id, shop.orders.day -> mart.rev.running INDIRECT WINDOW
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (running)
SELECT SUM(amount) OVER w FROM shop.orders
WINDOW w AS (PARTITION BY customer_id ORDER BY day);
