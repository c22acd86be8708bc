-- DELETE: influences and a change, never a flow of columns.

-- case: a DELETE is a change and no target
-- why: DESIGN: a DELETE alone moves no data; its WHERE decides which rows stay
-- sources: none
-- targets: none
-- columns: none
-- influence: shop.orders.created_at -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders WHERE created_at < '2020-01-01';

-- case: a DELETE of every row
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders;

-- case: DELETE USING
-- dialect: postgres
-- sources: shop.blocked
-- targets: none
-- columns: none
-- influence: shop.blocked.id, shop.orders.customer_id -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders USING shop.blocked AS b WHERE b.id = orders.customer_id;

-- case: DELETE USING a subquery
-- dialect: snowflake
-- sources: shop.blocked
-- targets: none
-- columns: none
-- influence: shop.blocked.id, shop.orders.customer_id -> shop.orders FILTER
-- influence: shop.blocked.reason -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders AS o
USING (SELECT id FROM shop.blocked WHERE reason = 'fraud') AS b
WHERE b.id = o.customer_id;

-- case: T-SQL's DELETE with a join
-- dialect: tsql
-- sources: shop.blocked
-- targets: none
-- columns: none
-- influence: shop.blocked.id, shop.orders.customer_id -> shop.orders JOIN
-- change: DELETE shop.orders
-- diagnostics: none
DELETE o FROM shop.orders AS o JOIN shop.blocked AS b ON b.id = o.customer_id;

-- case: MySQL's DELETE from several tables
-- dialect: mysql
-- why: both tables lose rows, and the join decides which in both
-- targets: none
-- columns: none
-- influence: shop.orders.id, shop.lines.order_id -> shop.orders, shop.lines JOIN
-- influence: shop.orders.status -> shop.orders, shop.lines FILTER
-- change: DELETE shop.orders
-- change: DELETE shop.lines
-- diagnostics: none
DELETE o, l FROM shop.orders AS o JOIN shop.lines AS l ON o.id = l.order_id
WHERE o.status = 'cancelled';

-- case: MySQL's DELETE with ORDER BY and LIMIT
-- dialect: mysql
-- sources: none
-- targets: none
-- columns: none
-- influence: shop.orders.created_at -> shop.orders SORT
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders ORDER BY created_at LIMIT 100;

-- case: IN with a subquery
-- sources: shop.blocked
-- targets: none
-- columns: none
-- influence: shop.orders.customer_id, shop.blocked.id, shop.blocked.reason -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders WHERE customer_id IN (SELECT id FROM shop.blocked WHERE reason = 'fraud');

-- case: EXISTS with a correlated subquery
-- sources: shop.blocked
-- targets: none
-- columns: none
-- influence: shop.orders.customer_id, shop.blocked.id -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders
WHERE EXISTS (SELECT 1 FROM shop.blocked AS b WHERE b.id = orders.customer_id);

-- case: T-SQL's DELETE of duplicates through a CTE
-- dialect: tsql
-- why: the window decides which rows go, and in a row-level clause every way of deciding is a FILTER
-- sources: none
-- targets: none
-- columns: none
-- influence: shop.orders.customer_id, shop.orders.created_at -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
WITH numbered AS (
  SELECT ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY created_at) AS n FROM shop.orders
)
DELETE FROM numbered WHERE n > 1;

-- case: a CTE as the source of a DELETE
-- dialect: postgres
-- sources: shop.blocked
-- targets: none
-- columns: none
-- influence: shop.orders.customer_id, shop.blocked.id, shop.blocked.reason -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
WITH bad AS (SELECT id FROM shop.blocked WHERE reason = 'fraud')
DELETE FROM shop.orders USING bad WHERE bad.id = orders.customer_id;

-- case: a subquery over the target itself
-- why: DESIGN: the old rows of the target are read by the subquery, so it is a source
-- sources: shop.orders
-- targets: none
-- columns: none
-- influence: shop.orders.id, shop.orders.customer_id -> shop.orders FILTER
-- change: DELETE shop.orders
-- diagnostics: none
DELETE FROM shop.orders
WHERE customer_id IN (SELECT o.customer_id FROM shop.orders AS o WHERE o.id = 7);
