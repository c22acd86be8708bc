-- UPDATE: FROM, join forms, aliases and CTEs as targets, tuples, subqueries.

-- case: an UPDATE with constants has only its WHERE
-- why: the target is not a source merely because UPDATE touches it (DESIGN)
-- sources: none
-- targets: shop.orders
-- columns: none
-- influence: shop.orders.paid_on -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders SET status = 'paid' WHERE paid_on IS NOT NULL;

-- case: the old value of a column in its own SET is a self edge
-- sources: none
-- targets: shop.orders
-- column: shop.orders.amount -> shop.orders.amount DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
UPDATE shop.orders SET amount = amount * 1.19;

-- case: other columns of the row being updated
-- sources: none
-- targets: shop.orders
-- column: shop.orders.amount, shop.orders.tax -> shop.orders.total DIRECT TRANSFORMATION
-- column: shop.orders.created_at -> shop.orders.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
UPDATE shop.orders SET total = amount + tax, day = created_at;

-- case: UPDATE FROM
-- dialect: postgres
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders SET customer_name = c.name
FROM shop.customers AS c
WHERE c.id = orders.customer_id;

-- case: UPDATE FROM with an alias on the target
-- dialect: postgres
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.orders.label, shop.customers.name -> shop.orders.label DIRECT TRANSFORMATION
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders AS o SET label = o.label || c.name
FROM shop.customers AS c
WHERE c.id = o.customer_id;

-- case: UPDATE FROM with a join among the sources
-- dialect: postgres
-- sources: shop.customers, shop.regions
-- targets: shop.orders
-- column: shop.regions.name -> shop.orders.region DIRECT IDENTITY
-- influence: shop.customers.region_id, shop.regions.id -> shop.orders JOIN
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders AS o SET region = r.name
FROM shop.customers AS c JOIN shop.regions AS r ON c.region_id = r.id
WHERE c.id = o.customer_id;

-- case: UPDATE FROM a subquery
-- dialect: snowflake
-- sources: shop.payments
-- targets: shop.orders
-- column: shop.payments.amount -> shop.orders.paid DIRECT AGGREGATION
-- influence: shop.payments.order_id -> shop.orders GROUP_BY
-- influence: shop.payments.order_id, shop.orders.id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders AS o SET paid = p.total
FROM (SELECT order_id, SUM(amount) AS total FROM shop.payments GROUP BY order_id) AS p
WHERE p.order_id = o.id;

-- case: UPDATE FROM with unqualified columns and a schema
-- dialect: postgres
-- schema: shop.orders(id, customer_id, name); shop.customers(cid, full_name)
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.full_name -> shop.orders.name DIRECT IDENTITY
-- influence: shop.customers.cid, shop.orders.customer_id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders SET name = full_name FROM shop.customers WHERE cid = customer_id;

-- case: UPDATE FROM with an unqualified column and no schema
-- dialect: postgres
-- sources: shop.customers
-- targets: shop.orders
-- column: ?.full_name -> shop.orders.name DIRECT IDENTITY unresolved
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders FILTER
-- diagnostics: ambiguous-column
UPDATE shop.orders AS o SET name = full_name FROM shop.customers AS c WHERE c.id = o.customer_id;

-- case: MySQL's UPDATE with a join
-- dialect: mysql
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> shop.orders JOIN
-- influence: shop.customers.active -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders AS o JOIN shop.customers AS c ON o.customer_id = c.id
SET o.customer_name = c.name
WHERE c.active = 1;

-- case: MySQL's UPDATE of several tables
-- dialect: mysql
-- why: both tables are changed, and a row of either is changed only where the join finds its partner
-- targets: shop.customers, shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- column: shop.orders.created_at -> shop.customers.last_order DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> shop.orders, shop.customers JOIN
-- diagnostics: none
UPDATE shop.orders AS o JOIN shop.customers AS c ON o.customer_id = c.id
SET o.customer_name = c.name, c.last_order = o.created_at;

-- case: MySQL's UPDATE with a comma join
-- dialect: mysql
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders AS o, shop.customers AS c
SET o.customer_name = c.name
WHERE o.customer_id = c.id;

-- case: T-SQL's UPDATE of an alias
-- dialect: tsql
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders JOIN
-- diagnostics: none
UPDATE o SET o.customer_name = c.name
FROM shop.orders AS o
JOIN shop.customers AS c ON c.id = o.customer_id;

-- case: T-SQL's UPDATE names its target again in FROM
-- dialect: tsql
-- why: in T-SQL the target's name in FROM is the target itself, not a second reading of it
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders JOIN
-- diagnostics: none
UPDATE shop.orders SET customer_name = c.name
FROM shop.orders
INNER JOIN shop.customers AS c ON c.id = shop.orders.customer_id;

-- case: T-SQL's UPDATE of a CTE changes the table below it
-- dialect: tsql
-- why: the CTE is an updatable view of its table, so the table is the target and touching it is not reading
-- why: it
-- sources: none
-- targets: shop.orders
-- column: shop.orders.customer_id, shop.orders.created_at -> shop.orders.rank INDIRECT WINDOW
-- influences: none
-- diagnostics: none
WITH numbered AS (
  SELECT rank, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY created_at) AS n FROM shop.orders
)
UPDATE numbered SET rank = n;

-- case: a filter inside the CTE target
-- dialect: tsql
-- sources: none
-- targets: shop.orders
-- columns: none
-- influence: shop.orders.status -> shop.orders FILTER
-- diagnostics: none
WITH open_orders AS (SELECT status FROM shop.orders WHERE status = 'open')
UPDATE open_orders SET status = 'late';

-- case: a CTE as a source of an UPDATE
-- dialect: postgres
-- sources: shop.payments
-- targets: shop.orders
-- column: shop.payments.amount -> shop.orders.paid DIRECT AGGREGATION
-- influence: shop.payments.order_id -> shop.orders GROUP_BY
-- influence: shop.payments.order_id, shop.orders.id -> shop.orders FILTER
-- diagnostics: none
WITH p AS (SELECT order_id, SUM(amount) AS total FROM shop.payments GROUP BY order_id)
UPDATE shop.orders SET paid = p.total FROM p WHERE p.order_id = orders.id;

-- case: tuple SET from a row of expressions
-- dialect: postgres
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- column: shop.customers.city -> shop.orders.customer_city DIRECT TRANSFORMATION
-- influence: shop.customers.id, shop.orders.customer_id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders AS o SET (customer_name, customer_city) = (c.name, UPPER(c.city))
FROM shop.customers AS c WHERE c.id = o.customer_id;

-- case: tuple SET from a correlated subquery
-- dialect: oracle
-- why: the values pass unchanged, so they are IDENTITY; what picks the row is CONDITIONAL on each column
-- why: set
-- sources: shop.customers
-- targets: shop.orders
-- column: shop.customers.name -> shop.orders.customer_name DIRECT IDENTITY
-- column: shop.customers.city -> shop.orders.customer_city DIRECT IDENTITY
-- column: shop.customers.id, shop.orders.customer_id -> shop.orders.customer_name, shop.orders.customer_city INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
UPDATE shop.orders o SET (customer_name, customer_city) =
  (SELECT c.name, c.city FROM shop.customers c WHERE c.id = o.customer_id);

-- case: tuple SET that is one column short
-- dialect: oracle
-- sources: shop.customers
-- targets: shop.orders
-- diagnostics: column-count
UPDATE shop.orders SET (customer_name, customer_city) = (SELECT name FROM shop.customers);

-- case: SET from a correlated scalar subquery
-- sources: shop.payments
-- targets: shop.orders
-- column: shop.payments.amount -> shop.orders.paid DIRECT AGGREGATION
-- column: shop.payments.order_id, shop.orders.id -> shop.orders.paid INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
UPDATE shop.orders SET paid =
  (SELECT SUM(p.amount) FROM shop.payments AS p WHERE p.order_id = orders.id);

-- case: a bare scalar subquery hands its value on unchanged
-- sources: shop.rates
-- targets: shop.orders
-- column: shop.rates.rate -> shop.orders.rate DIRECT IDENTITY
-- column: shop.rates.currency, shop.orders.currency -> shop.orders.rate INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
UPDATE shop.orders SET rate =
  (SELECT r.rate FROM shop.rates AS r WHERE r.currency = orders.currency);

-- case: a subquery in the WHERE of an UPDATE
-- sources: shop.blocked
-- targets: shop.orders
-- columns: none
-- influence: shop.orders.customer_id, shop.blocked.id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders SET status = 'held'
WHERE customer_id IN (SELECT id FROM shop.blocked);

-- case: a self-join reads the old rows of the target
-- dialect: postgres
-- why: DESIGN: the target is a source where its old rows are read, as in a self-join
-- sources: shop.parts
-- targets: shop.parts
-- column: shop.parts.price -> shop.parts.price DIRECT IDENTITY
-- influence: shop.parts.id, shop.parts.parent_id -> shop.parts FILTER
-- diagnostics: none
UPDATE shop.parts AS child SET price = parent.price
FROM shop.parts AS parent
WHERE parent.id = child.parent_id;

-- case: a correlated subquery over the target itself
-- sources: shop.parts
-- targets: shop.parts
-- column: shop.parts.price -> shop.parts.list_price DIRECT AGGREGATION
-- column: shop.parts.kind -> shop.parts.list_price INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
UPDATE shop.parts SET list_price =
  (SELECT MAX(p.price) FROM shop.parts AS p WHERE p.kind = parts.kind);

-- case: CASE in SET
-- sources: none
-- targets: shop.orders
-- column: shop.orders.amount -> shop.orders.tax DIRECT TRANSFORMATION
-- column: shop.orders.country -> shop.orders.tax INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
UPDATE shop.orders SET tax = CASE WHEN country = 'DE' THEN amount * 0.19 ELSE 0 END;

-- case: SET to DEFAULT
-- dialect: postgres
-- sources: none
-- targets: shop.orders
-- columns: none
-- influence: shop.orders.id -> shop.orders FILTER
-- diagnostics: none
UPDATE shop.orders SET status = DEFAULT WHERE id = 7;
