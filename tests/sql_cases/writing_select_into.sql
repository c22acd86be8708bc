-- SELECT … INTO: a new table from a query.

-- case: SELECT INTO creates a table
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(id, total)
SELECT id, amount AS total INTO mart.rev FROM shop.orders;

-- case: SELECT INTO with a join and a filter
-- dialect: postgres
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.customers.name -> mart.rev.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
SELECT c.name INTO mart.rev
FROM shop.orders AS o JOIN shop.customers AS c ON o.customer_id = c.id
WHERE o.status = 'open';

-- case: SELECT TOP INTO depends on its order
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.top
-- column: shop.orders.id -> mart.top.id DIRECT IDENTITY
-- influence: shop.orders.amount -> mart.top SORT
-- diagnostics: none
SELECT TOP 10 id INTO mart.top FROM shop.orders ORDER BY amount DESC;

-- case: SELECT star INTO of an unknown table
-- dialect: redshift
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.* -> arch.orders.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
SELECT * INTO arch.orders FROM shop.orders;

-- case: SELECT INTO of a union: INTO stands in the first branch
-- dialect: tsql
-- sources: shop.orders, web.orders
-- targets: mart.all_orders
-- column: shop.orders.id, web.orders.no -> mart.all_orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SELECT id INTO mart.all_orders FROM shop.orders
UNION ALL
SELECT no FROM web.orders;

-- case: SELECT INTO with a CTE
-- dialect: tsql
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
WITH o AS (SELECT amount AS a FROM shop.orders)
SELECT SUM(a) AS total INTO mart.rev FROM o;

-- case: SELECT INTO a temporary table is folded
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- intermediates: none
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
SELECT amount INTO TEMP stage FROM shop.orders;
CREATE TABLE mart.rev AS SELECT SUM(amount) AS total FROM stage;

-- case: SELECT INTO OUTFILE writes a file
-- dialect: mysql
-- sources: shop.orders
-- targets: /tmp/orders.csv
-- column: shop.orders.id -> /tmp/orders.csv.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
SELECT id INTO OUTFILE '/tmp/orders.csv' FROM shop.orders;
