-- Creating views: column lists, materialized, secure, temporary and dynamic tables.

-- case: a view is a target
-- sources: shop.orders
-- targets: mart.open_orders
-- column: shop.orders.id -> mart.open_orders.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.open_orders.amount DIRECT IDENTITY
-- influence: shop.orders.status -> mart.open_orders FILTER
-- changes: none
-- diagnostics: none
CREATE VIEW mart.open_orders AS SELECT id, amount FROM shop.orders WHERE status = 'open';

-- case: the column list of a view renames by position
-- sources: shop.orders
-- targets: mart.v
-- column: shop.orders.id -> mart.v.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.v.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
-- output: mart.v(order_id, gross)
CREATE VIEW mart.v (order_id, gross) AS SELECT id, amount * 1.19 FROM shop.orders;

-- case: a column list that is too long
-- sources: shop.orders
-- targets: mart.v
-- influences: none
-- diagnostics: column-count
CREATE VIEW mart.v (order_id, gross) AS SELECT id FROM shop.orders;

-- case: a column list over a star of unknown columns
-- why: the list names the columns, the star hides which is which; each may come from any column
-- sources: shop.orders
-- targets: mart.v
-- column: shop.orders.* -> mart.v.order_id, mart.v.gross DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
CREATE VIEW mart.v (order_id, gross) AS SELECT * FROM shop.orders;

-- case: a column list over a star of known columns
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.v
-- column: shop.orders.id -> mart.v.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.v.gross DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE VIEW mart.v (order_id, gross) AS SELECT * FROM shop.orders;

-- case: CREATE OR REPLACE VIEW with a join
-- dialect: postgres
-- sources: shop.customers, shop.orders
-- targets: mart.v
-- column: shop.orders.id -> mart.v.id DIRECT IDENTITY
-- column: shop.customers.name -> mart.v.name DIRECT IDENTITY
-- influence: shop.orders.customer_id, shop.customers.id -> mart.v JOIN
-- diagnostics: none
CREATE OR REPLACE VIEW mart.v AS
SELECT o.id, c.name FROM shop.orders AS o JOIN shop.customers AS c ON o.customer_id = c.id;

-- case: a materialized view
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.daily
-- column: shop.orders.sold_on -> mart.daily.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.daily.total DIRECT AGGREGATION
-- influence: shop.orders.sold_on -> mart.daily GROUP_BY
-- diagnostics: none
CREATE MATERIALIZED VIEW mart.daily AS
SELECT sold_on AS day, SUM(amount) AS total FROM shop.orders GROUP BY sold_on;

-- case: a materialized view made WITH NO DATA is filled by its REFRESH
-- dialect: postgres
-- why: unlike a table, the view keeps its query, so its lineage stands whenever it is filled
-- sources: shop.orders
-- targets: mart.daily
-- column: shop.orders.amount -> mart.daily.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
CREATE MATERIALIZED VIEW mart.daily AS SELECT SUM(amount) AS total FROM shop.orders WITH NO DATA;
REFRESH MATERIALIZED VIEW mart.daily;

-- case: a materialized view with a column list
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.daily
-- column: shop.orders.amount -> mart.daily.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
-- output: mart.daily(total)
CREATE MATERIALIZED VIEW mart.daily (total) AS SELECT SUM(amount) FROM shop.orders;

-- case: a secure view with a column list
-- dialect: snowflake
-- sources: shop.customers
-- targets: mart.v
-- column: shop.customers.id -> mart.v.customer DIRECT IDENTITY
-- column: shop.customers.email -> mart.v.email_hash DIRECT TRANSFORMATION masking
-- influences: none
-- diagnostics: none
CREATE OR REPLACE SECURE VIEW mart.v (customer, email_hash) AS
SELECT id, SHA2(email) FROM shop.customers;

-- case: a dynamic table
-- dialect: snowflake
-- sources: shop.orders
-- targets: mart.daily
-- column: shop.orders.sold_on -> mart.daily.day DIRECT IDENTITY
-- column: shop.orders.* -> mart.daily.n DIRECT AGGREGATION masking
-- influence: shop.orders.sold_on -> mart.daily GROUP_BY
-- diagnostics: none
CREATE OR REPLACE DYNAMIC TABLE mart.daily
  TARGET_LAG = '1 hour' WAREHOUSE = wh
AS SELECT sold_on AS day, COUNT(*) AS n FROM shop.orders GROUP BY sold_on;

-- case: a view of a view stops at the view
-- why: SEMANTICS: hops through views are not combined; DESIGN: what is written and then read inside the
-- why: script is an intermediate
-- sources: shop.orders
-- targets: mart.b
-- intermediates: mart.a
-- column: shop.orders.amount -> mart.b.total DIRECT AGGREGATION
-- influences: none
-- hop: shop.orders.amount -> mart.a.amount DIRECT IDENTITY
-- hop: mart.a.amount -> mart.b.total DIRECT AGGREGATION
-- diagnostics: none
CREATE VIEW mart.a AS SELECT amount FROM shop.orders;
CREATE VIEW mart.b AS SELECT SUM(amount) AS total FROM mart.a;

-- case: a view's columns are known to a later star
-- sources: shop.orders
-- targets: mart.t
-- intermediates: mart.v
-- column: shop.orders.id -> mart.t.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.t.total DIRECT TRANSFORMATION
-- influences: none
-- hop: shop.orders.id -> mart.v.order_id DIRECT IDENTITY
-- hop: shop.orders.amount -> mart.v.total DIRECT TRANSFORMATION
-- hop: mart.v.order_id -> mart.t.order_id DIRECT IDENTITY
-- hop: mart.v.total -> mart.t.total DIRECT IDENTITY
-- diagnostics: none
CREATE VIEW mart.v (order_id, total) AS SELECT id, amount * 2 FROM shop.orders;
CREATE TABLE mart.t AS SELECT * FROM mart.v;

-- case: a view of constants
-- sources: none
-- targets: mart.v
-- columns: none
-- influences: none
-- diagnostics: none
-- output: mart.v(today)
CREATE VIEW mart.v AS SELECT CURRENT_DATE AS today;

-- case: a view over a union of two tables
-- sources: shop.orders, web.orders
-- targets: mart.v
-- column: shop.orders.id, web.orders.no -> mart.v.id DIRECT IDENTITY
-- influence: shop.orders.id, web.orders.no -> mart.v GROUP_BY
-- diagnostics: none
CREATE VIEW mart.v AS SELECT id FROM shop.orders UNION SELECT no FROM web.orders;
