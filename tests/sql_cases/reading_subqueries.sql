-- case: a correlated scalar subquery: output DIRECT, filters CONDITIONAL on that column only
-- dialect: postgres
-- sources: shop.customers, shop.orders
-- column: shop.customers.name -> <query>.name DIRECT IDENTITY
-- column: shop.orders.amount -> <query>.biggest DIRECT AGGREGATION
-- column: shop.orders.cust_id, shop.customers.id -> <query>.biggest INDIRECT CONDITIONAL
-- influences: none
SELECT c.name,
  (SELECT MAX(o.amount) FROM shop.orders o WHERE o.cust_id = c.id) AS biggest
FROM shop.customers c;

-- case: a scalar subquery that is the whole projection passes its column on unchanged
-- dialect: tsql
-- why: "hops through subqueries: kinds combine"; nothing is done to the value on the way
-- sources: dbo.countries, dbo.customers
-- column: dbo.countries.title -> <query>.country DIRECT IDENTITY
-- column: dbo.countries.code, dbo.customers.country_code -> <query>.country INDIRECT CONDITIONAL
SELECT (SELECT k.title FROM dbo.countries AS k WHERE k.code = c.country_code) AS country
FROM dbo.customers AS c;

-- case: a scalar subquery inside an expression
-- dialect: snowflake
-- sources: shop.orders
-- column: shop.orders.amount -> <query>.share DIRECT TRANSFORMATION
-- column: shop.orders.amount -> <query>.share DIRECT AGGREGATION
-- influences: none
SELECT o.amount / (SELECT SUM(amount) FROM shop.orders) AS share
FROM shop.orders o;

-- case: joins, groups and order inside a scalar subquery are CONDITIONAL on its column
-- dialect: redshift
-- sources: a, b, t
-- column: t.x -> <query>.x DIRECT IDENTITY
-- column: a.v -> <query>.best DIRECT AGGREGATION
-- column: a.k, b.k, b.grp, a.w -> <query>.best INDIRECT CONDITIONAL
-- influences: none
SELECT t.x,
  (SELECT SUM(a.v) FROM a JOIN b ON a.k = b.k
   GROUP BY b.grp ORDER BY MAX(a.w) DESC LIMIT 1) AS best
FROM t;

-- case: a scalar subquery under COALESCE
-- dialect: sqlite
-- sources: overrides, prices
-- column: overrides.price, prices.price -> <query>.price DIRECT TRANSFORMATION
-- column: overrides.id, prices.id -> <query>.price INDIRECT CONDITIONAL
SELECT COALESCE((SELECT o.price FROM overrides o WHERE o.id = p.id), p.price) AS price
FROM prices p;

-- case: a scalar subquery over a filtered CTE
-- dialect: postgres
-- sources: t, u
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: u.x -> <query>.m DIRECT AGGREGATION
-- column: u.kind -> <query>.m INDIRECT CONDITIONAL
-- influences: none
WITH c AS (SELECT MAX(x) AS m FROM u WHERE kind = 'z')
SELECT a, (SELECT m FROM c) AS m FROM t;

-- case: a scalar subquery in WHERE is all FILTER
-- dialect: mysql
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- influence: shop.orders.amount, shop.orders.cust_id -> <query> FILTER
SELECT o.id
FROM shop.orders o
WHERE o.amount > (SELECT AVG(i.amount) FROM shop.orders i WHERE i.cust_id = o.cust_id);

-- case: IN (subquery): tested column, output and filters are FILTER
-- dialect: hive
-- sources: shop.orders, shop.vip
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.vip.cust_id, shop.vip.level -> <query> FILTER
SELECT o.id
FROM shop.orders o
WHERE o.cust_id IN (SELECT v.cust_id FROM shop.vip v WHERE v.level > 2);

-- case: a join inside IN (subquery) is FILTER too
-- dialect: bigquery
-- sources: ds.a, ds.b, ds.t
-- column: ds.t.x -> <query>.x DIRECT IDENTITY
-- influence: ds.t.id, ds.a.id, ds.a.k, ds.b.k -> <query> FILTER
SELECT t.x
FROM ds.t AS t
WHERE t.id NOT IN (SELECT a.id FROM ds.a AS a JOIN ds.b AS b ON a.k = b.k);

-- case: IN over a row of columns
-- dialect: teradata
-- sources: dwh.blocked, dwh.sales
-- column: dwh.sales.amount -> <query>.amount DIRECT IDENTITY
-- influence: dwh.sales.store, dwh.sales.day, dwh.blocked.store, dwh.blocked.day -> <query> FILTER
SELECT s.amount
FROM dwh.sales s
WHERE (s.store, s.day) IN (SELECT b.store, b.day FROM dwh.blocked b);

-- case: EXISTS in WHERE: what it compares is FILTER, what it selects is nothing
-- dialect: oracle
-- sources: customers, orders
-- column: customers.name -> <query>.name DIRECT IDENTITY
-- influence: orders.cust_id, customers.id, orders.status -> <query> FILTER
SELECT c.name
FROM customers c
WHERE EXISTS (SELECT o.amount FROM orders o WHERE o.cust_id = c.id AND o.status = 'open');

-- case: NOT EXISTS two levels deep reaches back to the outermost table
-- dialect: postgres
-- sources: courses, students, taken
-- column: students.name -> <query>.name DIRECT IDENTITY
-- influence: taken.student_id, students.id, taken.course_id, courses.id -> <query> FILTER
SELECT s.name
FROM students s
WHERE NOT EXISTS (
  SELECT 1 FROM courses c WHERE NOT EXISTS (
    SELECT 1 FROM taken t WHERE t.student_id = s.id AND t.course_id = c.id));

-- case: an uncorrelated EXISTS without conditions still reads its table
-- dialect: duckdb
-- sources: flags, t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT a FROM t WHERE EXISTS (SELECT 1 FROM flags);

-- case: ANY (subquery)
-- dialect: postgres
-- sources: t, u
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.b, u.y, u.z -> <query> FILTER
SELECT t.a FROM t
WHERE t.b = ANY (SELECT u.y FROM u WHERE u.z > 0);

-- case: ALL (subquery)
-- dialect: tsql
-- sources: t, u
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.b, u.y -> <query> FILTER
SELECT t.a FROM t
WHERE t.b > ALL (SELECT u.y FROM u);

-- case: a subquery in HAVING
-- dialect: trino
-- sources: goals, sales
-- column: sales.region -> <query>.region DIRECT IDENTITY
-- influence: sales.region -> <query> GROUP_BY
-- influence: sales.amount, goals.goal, goals.region, sales.region -> <query> FILTER
SELECT s.region
FROM sales s
GROUP BY s.region
HAVING SUM(s.amount) > (SELECT MAX(g.goal) FROM goals g WHERE g.region = s.region);

-- case: a subquery in ORDER BY
-- dialect: postgres
-- sources: ranks, t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: ranks.place, ranks.id, t.id -> <query> SORT
SELECT t.a FROM t
ORDER BY (SELECT r.place FROM ranks r WHERE r.id = t.id);

-- case: a subquery in GROUP BY
-- dialect: postgres
-- sources: groups, t
-- column: t.x -> <query>.s DIRECT AGGREGATION
-- influence: groups.title, groups.id, t.group_id -> <query> GROUP_BY
SELECT SUM(t.x) AS s FROM t
GROUP BY (SELECT g.title FROM groups g WHERE g.id = t.group_id);

-- case: a subquery in ON
-- dialect: postgres
-- sources: a, b, c
-- column: b.y -> <query>.y DIRECT IDENTITY
-- influence: a.k, b.k, c.b_id, b.id -> <query> JOIN
SELECT b.y
FROM a
LEFT JOIN b ON a.k = b.k AND EXISTS (SELECT 1 FROM c WHERE c.b_id = b.id);

-- case: a subquery in QUALIFY
-- dialect: snowflake
-- sources: config, t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- influence: t.k, t.d, config.keep -> <query> FILTER
SELECT t.a FROM t
QUALIFY ROW_NUMBER() OVER (PARTITION BY t.k ORDER BY t.d) <= (SELECT c.keep FROM config c);

-- case: a subquery in a window's ORDER BY
-- dialect: postgres
-- sources: ranks, t
-- column: ranks.place, ranks.id, t.id -> <query>.rn INDIRECT WINDOW
-- influences: none
SELECT ROW_NUMBER() OVER (ORDER BY (SELECT r.place FROM ranks r WHERE r.id = t.id)) AS rn
FROM t;

-- case: EXISTS in a CASE condition
-- dialect: mysql
-- sources: orders, users
-- column: users.name -> <query>.buyer DIRECT TRANSFORMATION
-- column: orders.user_id, users.id -> <query>.buyer INDIRECT CONDITIONAL
-- influences: none
SELECT CASE WHEN EXISTS (SELECT 1 FROM orders o WHERE o.user_id = u.id) THEN u.name END AS buyer
FROM users u;

-- case: IN (subquery) in a CASE condition
-- dialect: databricks
-- sources: t, u
-- column: t.x -> <query>.v DIRECT TRANSFORMATION
-- column: t.k, u.k, u.f -> <query>.v INDIRECT CONDITIONAL
SELECT CASE WHEN t.k IN (SELECT u.k FROM u WHERE u.f = 1) THEN t.x ELSE 0 END AS v
FROM t;

-- case: EXISTS as a value is CONDITIONAL only
-- dialect: clickhouse
-- sources: t, u
-- column: u.k, t.k -> <query>.has_u INDIRECT CONDITIONAL
SELECT EXISTS (SELECT u.x FROM u WHERE u.k = t.k) AS has_u FROM t;

-- case: IN (subquery) as a value compares both sides
-- dialect: spark
-- sources: t, u
-- column: t.k, u.k -> <query>.known DIRECT TRANSFORMATION
-- column: u.f -> <query>.known INDIRECT CONDITIONAL
SELECT t.k IN (SELECT u.k FROM u WHERE u.f = 1) AS known FROM t;

-- case: a derived table with column names
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
-- column: t.b -> <query>.y DIRECT AGGREGATION
-- influence: t.a -> <query> GROUP_BY
SELECT d.x, d.y
FROM (SELECT a, SUM(b) FROM t GROUP BY a) AS d (x, y);

-- case: kinds combine through nested derived tables
-- sources: t
-- column: t.a, t.b -> <query>.r DIRECT AGGREGATION
-- column: t.c -> <query>.c DIRECT TRANSFORMATION
-- influence: t.c -> <query> GROUP_BY
-- influence: t.d -> <query> FILTER
SELECT ROUND(s, 2) AS r, c
FROM (
  SELECT SUM(x) AS s, c
  FROM (SELECT a * b AS x, UPPER(c) AS c FROM t WHERE d > 0) AS i
  GROUP BY c
) AS o;

-- case: a derived table without an alias
-- dialect: oracle
-- sources: t
-- column: t.a -> <query>.b DIRECT TRANSFORMATION
SELECT b FROM (SELECT a + 1 AS b FROM t);

-- case: an unqualified name in a subquery is the inner table's first
-- dialect: postgres
-- schema: outer_t(id, v); inner_t(id, v)
-- sources: inner_t, outer_t
-- column: outer_t.id -> <query>.id DIRECT IDENTITY
-- influence: inner_t.v -> <query> FILTER
SELECT id FROM outer_t
WHERE EXISTS (SELECT 1 FROM inner_t WHERE v > 0);

-- case: an unqualified name the inner table is known not to have is the outer's
-- dialect: tsql
-- schema: dbo.orders(id, cust_id); dbo.bad(code)
-- why: the classic mistake: the inner table has no cust_id, so the test is always true, and that is its lineage
-- sources: dbo.bad, dbo.orders
-- column: dbo.orders.id -> <query>.id DIRECT IDENTITY
-- influence: dbo.orders.cust_id -> <query> FILTER
-- diagnostics: none
SELECT id FROM dbo.orders
WHERE cust_id IN (SELECT cust_id FROM dbo.bad);

-- case: a correlated subquery in UPDATE SET
-- dialect: postgres
-- why: the target is not a source: its rows are only matched, not read into another row
-- sources: shop.orders
-- targets: shop.customers
-- column: shop.orders.amount -> shop.customers.total DIRECT AGGREGATION
-- column: shop.orders.cust_id, shop.customers.id -> shop.customers.total INDIRECT CONDITIONAL
-- influences: none
UPDATE shop.customers
SET total = (SELECT SUM(o.amount) FROM shop.orders o WHERE o.cust_id = shop.customers.id);

-- case: a correlated subquery in UPDATE's WHERE
-- dialect: oracle
-- sources: closed
-- targets: accounts
-- columns: none
-- influence: closed.acc_id, accounts.id -> accounts FILTER
UPDATE accounts a
SET a.status = 'closed'
WHERE EXISTS (SELECT 1 FROM closed c WHERE c.acc_id = a.id);

-- case: a correlated subquery in DELETE moves no data, it influences
-- dialect: mysql
-- sources: blocked
-- targets: none
-- columns: none
-- influence: users.id, blocked.user_id -> users FILTER
-- change: DELETE users
DELETE FROM users
WHERE EXISTS (SELECT 1 FROM blocked b WHERE b.user_id = users.id);

-- case: a subquery in INSERT VALUES
-- dialect: sqlite
-- sources: t
-- targets: marks
-- column: t.x -> marks.hi DIRECT AGGREGATION
-- column: t.f -> marks.hi INDIRECT CONDITIONAL
-- output: marks(label, hi)
INSERT INTO marks (label, hi)
VALUES ('max', (SELECT MAX(x) FROM t WHERE f = 1));

-- case: a subquery in MERGE's source and in its arm
-- dialect: snowflake
-- sources: limits, stage
-- targets: acc
-- column: stage.amount -> acc.amount DIRECT IDENTITY
-- column: limits.hi -> acc.cap DIRECT AGGREGATION
-- column: limits.grp, stage.grp -> acc.cap INDIRECT CONDITIONAL
-- influence: stage.id, acc.id -> acc JOIN
-- influence: stage.ok -> acc FILTER
MERGE INTO acc
USING (SELECT id, amount, grp FROM stage WHERE ok = 1) s
ON acc.id = s.id
WHEN MATCHED THEN UPDATE SET
  amount = s.amount,
  cap = (SELECT MAX(l.hi) FROM limits l WHERE l.grp = s.grp);
