-- case: an inner join influences every row by the columns of its ON
-- sources: shop.customers, shop.orders
-- targets: none
-- column: shop.orders.amount -> <query>.amount DIRECT IDENTITY
-- column: shop.customers.name -> <query>.name DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.customers.id -> <query> JOIN
-- diagnostics: none
SELECT o.amount, c.name
FROM shop.orders AS o
JOIN shop.customers AS c ON o.cust_id = c.id;

-- case: every column of an outer join's ON is JOIN, also one compared with a literal
-- dialect: postgres
-- sources: shop.customers, shop.orders
-- targets: mart.names
-- column: shop.orders.id -> mart.names.id DIRECT IDENTITY
-- column: shop.customers.name -> mart.names.name DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.customers.id, shop.customers.active -> mart.names JOIN
INSERT INTO mart.names (id, name)
SELECT o.id, c.name
FROM shop.orders o
LEFT JOIN shop.customers c ON o.cust_id = c.id AND c.active = 1;

-- case: USING merges the column from both sides
-- dialect: postgres
-- why: SEMANTICS "the merged column of USING flows DIRECT from both sides"
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: shop.orders.cust_id, shop.customers.cust_id -> mart.rev.cust_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.customers.cust_id -> mart.rev JOIN
-- diagnostics: none
INSERT INTO mart.rev
SELECT cust_id, o.amount
FROM shop.orders o
FULL JOIN shop.customers c USING (cust_id);

-- case: a qualified USING column is that side's alone
-- dialect: postgres
-- sources: a, b
-- column: b.k -> <query>.k DIRECT IDENTITY
-- influence: a.k, b.k -> <query> JOIN
SELECT b.k
FROM a
LEFT JOIN b USING (k);

-- case: a chain of USING merges all three sides
-- dialect: mysql
-- sources: a, b, c
-- column: a.k, b.k, c.k -> <query>.k DIRECT IDENTITY
-- column: c.z -> <query>.z DIRECT IDENTITY
-- influence: a.k, b.k, c.k -> <query> JOIN
SELECT k, c.z
FROM a
JOIN b USING (k)
JOIN c USING (k);

-- case: two columns in USING
-- dialect: trino
-- sources: sales.facts, sales.rates
-- column: sales.facts.amount, sales.rates.rate -> <query>.converted DIRECT TRANSFORMATION
-- influence: sales.facts.day, sales.rates.day, sales.facts.currency, sales.rates.currency -> <query> JOIN
SELECT f.amount * r.rate AS converted
FROM sales.facts f
JOIN sales.rates r USING (day, currency);

-- case: beside USING an unqualified column of two unknown tables stays ambiguous
-- dialect: postgres
-- why: the merged column is known to be in both; nothing says whose `amount` is
-- sources: a, b
-- column: a.k, b.k -> <query>.k DIRECT IDENTITY
-- column: ?.amount -> <query>.amount DIRECT IDENTITY unresolved
-- diagnostics: ambiguous-column
SELECT k, amount
FROM a
JOIN b USING (k);

-- case: SELECT * over USING shows the merged column once and first
-- dialect: postgres
-- why: PostgreSQL manual, 7.2.1.1: "first, all listed columns, then the left's other columns, then the right's"
-- schema: a(x, k); b(y, k)
-- targets: m.t
-- output: m.t(k, x, y)
-- column: a.k, b.k -> m.t.k DIRECT IDENTITY
-- column: a.x -> m.t.x DIRECT IDENTITY
-- column: b.y -> m.t.y DIRECT IDENTITY
CREATE TABLE m.t AS
SELECT * FROM a JOIN b USING (k);

-- case: DuckDB leaves the merged column at its place in the left table
-- dialect: duckdb
-- why: run on DuckDB 1.5: SELECT * FROM a(x, k) JOIN b(k, y) USING (k) gives x, k, y
-- schema: a(x, k); b(k, y)
-- output: m.t(x, k, y)
-- column: a.x -> m.t.x DIRECT IDENTITY
-- column: a.k, b.k -> m.t.k DIRECT IDENTITY
-- column: b.y -> m.t.y DIRECT IDENTITY
CREATE TABLE m.t AS
SELECT * FROM a JOIN b USING (k);

-- case: NATURAL JOIN joins on the common columns, where both tables are known
-- dialect: oracle
-- schema: hr.emp(emp_id, dept_id, name); hr.dept(dept_id, title)
-- sources: hr.dept, hr.emp
-- column: hr.emp.dept_id, hr.dept.dept_id -> <query>.dept_id DIRECT IDENTITY
-- column: hr.emp.name -> <query>.name DIRECT IDENTITY
-- column: hr.dept.title -> <query>.title DIRECT IDENTITY
-- influence: hr.emp.dept_id, hr.dept.dept_id -> <query> JOIN
-- diagnostics: none
SELECT dept_id, name, title
FROM hr.emp
NATURAL JOIN hr.dept;

-- case: NATURAL JOIN of known tables expands * without the duplicate
-- dialect: sqlite
-- schema: a(k, x); b(k, y)
-- column: a.k, b.k -> <query>.k DIRECT IDENTITY
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
-- influence: a.k, b.k -> <query> JOIN
SELECT * FROM a NATURAL JOIN b;

-- case: NATURAL JOIN of unknown tables leaves its columns unresolved
-- dialect: mysql
-- sources: a, b
-- column: ?.x -> <query>.x DIRECT IDENTITY unresolved
SELECT x FROM a NATURAL JOIN b;

-- case: a comma join is cut down by WHERE, which is FILTER
-- dialect: mysql
-- sources: shop.customers, shop.orders
-- column: shop.orders.amount -> <query>.amount DIRECT IDENTITY
-- column: shop.customers.name -> <query>.name DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.customers.id, shop.orders.status -> <query> FILTER
SELECT o.amount, c.name
FROM shop.orders o, shop.customers c
WHERE o.cust_id = c.id AND o.status = 'paid';

-- case: Oracle's (+) stands in WHERE and counts as FILTER
-- dialect: oracle
-- why: SEMANTICS goes by clause: WHERE is FILTER
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
-- influence: a.k, b.k -> <query> FILTER
SELECT a.x, b.y
FROM a, b
WHERE a.k = b.k(+);

-- case: CROSS JOIN reads both tables and has no influence
-- dialect: trino
-- sources: hive.shop.days, hive.shop.stores
-- column: hive.shop.days.day -> <query>.day DIRECT IDENTITY
-- column: hive.shop.stores.store -> <query>.store DIRECT IDENTITY
-- influences: none
SELECT d.day, s.store
FROM hive.shop.days d
CROSS JOIN hive.shop.stores s;

-- case: a table only joined, never selected from, is still a source
-- dialect: redshift
-- sources: shop.orders, shop.vip
-- column: shop.orders.amount -> <query>.amount DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.vip.cust_id -> <query> JOIN
SELECT o.amount
FROM shop.orders o
JOIN shop.vip v ON v.cust_id = o.cust_id;

-- case: a self join under two aliases is one source
-- dialect: tsql
-- sources: hr.emp
-- column: hr.emp.name -> <query>.employee, <query>.manager DIRECT IDENTITY
-- influence: hr.emp.manager_id, hr.emp.id -> <query> JOIN
SELECT e.name AS employee, m.name AS manager
FROM hr.emp AS e
LEFT JOIN hr.emp AS m ON e.manager_id = m.id;

-- case: swapped aliases mean what FROM says, not what the tables are called
-- dialect: postgres
-- sources: customers, orders
-- column: customers.a -> <query>.a DIRECT IDENTITY
-- column: orders.b -> <query>.b DIRECT IDENTITY
-- influence: customers.id, orders.id -> <query> JOIN
SELECT orders.a, customers.b
FROM customers AS orders
JOIN orders AS customers ON orders.id = customers.id;

-- case: tables of the same name in two schemas are told apart by their qualifier
-- dialect: postgres
-- sources: crm.t, erp.t
-- column: crm.t.x -> <query>.x DIRECT IDENTITY
-- column: erp.t.y -> <query>.y DIRECT IDENTITY
-- influence: crm.t.id, erp.t.id -> <query> JOIN
SELECT crm.t.x, erp.t.y
FROM crm.t
JOIN erp.t ON crm.t.id = erp.t.id;

-- case: joins nested in parentheses
-- dialect: tsql
-- sources: a, b, c
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: c.z -> <query>.z DIRECT IDENTITY
-- influence: a.k, b.k, b.j, c.j -> <query> JOIN
SELECT a.x, c.z
FROM a
LEFT JOIN (b INNER JOIN c ON b.j = c.j) ON a.k = b.k;

-- case: LEFT SEMI JOIN hides the right table and joins by its columns
-- dialect: spark
-- schema: shop.orders(id, cust_id); shop.vip(cust_id, level)
-- sources: shop.orders, shop.vip
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- column: shop.orders.cust_id -> <query>.cust_id DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.vip.cust_id -> <query> JOIN
SELECT *
FROM shop.orders o
LEFT SEMI JOIN shop.vip v ON o.cust_id = v.cust_id;

-- case: LEFT ANTI JOIN is an influence too
-- dialect: databricks
-- sources: shop.blocked, shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.blocked.cust_id -> <query> JOIN
SELECT o.id
FROM shop.orders o
LEFT ANTI JOIN shop.blocked b ON o.cust_id = b.cust_id;

-- case: beside a SEMI join an unqualified column can only be the left table's
-- dialect: hive
-- why: the right side of a SEMI join is visible in ON only (Hive manual, LanguageManual Joins)
-- sources: shop.orders, shop.vip
-- column: shop.orders.amount -> <query>.amount DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.vip.id -> <query> JOIN
-- diagnostics: none
SELECT amount
FROM shop.orders o
LEFT SEMI JOIN shop.vip v ON o.cust_id = v.id;

-- case: ANY LEFT JOIN of ClickHouse
-- dialect: clickhouse
-- sources: log.hits, log.users
-- column: log.hits.url -> <query>.url DIRECT IDENTITY
-- column: log.users.country -> <query>.country DIRECT IDENTITY
-- influence: log.hits.user_id, log.users.user_id -> <query> JOIN
SELECT h.url, u.country
FROM log.hits AS h
ANY LEFT JOIN log.users AS u USING (user_id);

-- case: POSITIONAL JOIN compares nothing
-- dialect: duckdb
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- column: b.y -> <query>.y DIRECT IDENTITY
-- influences: none
SELECT a.x, b.y
FROM a POSITIONAL JOIN b;

-- case: an ON over functions takes the columns inside
-- dialect: teradata
-- sources: dwh.accounts, dwh.crm
-- column: dwh.crm.segment -> <query>.segment DIRECT IDENTITY
-- influence: dwh.accounts.email, dwh.crm.mail, dwh.accounts.opened, dwh.crm.valid_from -> <query> JOIN
SELECT c.segment
FROM dwh.accounts a
INNER JOIN dwh.crm c
  ON TRIM(a.email) = LOWER(c.mail) AND a.opened >= c.valid_from;

-- case: ON TRUE has no columns
-- dialect: duckdb
-- sources: a, b
-- column: a.x -> <query>.x DIRECT IDENTITY
-- influences: none
SELECT a.x FROM a LEFT JOIN b ON TRUE;

-- case: table hints change nothing
-- dialect: tsql
-- sources: dbo.customers, dbo.orders
-- column: dbo.orders.amount -> <query>.amount DIRECT IDENTITY
-- influence: dbo.orders.cust_id, dbo.customers.id -> <query> JOIN
-- diagnostics: none
SELECT o.amount
FROM dbo.orders AS o WITH (NOLOCK)
INNER HASH JOIN dbo.customers AS c WITH (NOLOCK) ON c.id = o.cust_id;

-- case: a join on an aggregated derived table influences by the columns behind it
-- dialect: snowflake
-- sources: shop.orders, shop.targets
-- column: shop.targets.region -> <query>.region DIRECT IDENTITY
-- influence: shop.orders.amount, shop.targets.goal -> <query> JOIN
-- influence: shop.orders.region -> <query> GROUP_BY
SELECT t.region
FROM shop.targets t
JOIN (SELECT region, SUM(amount) AS total FROM shop.orders GROUP BY region) s
  ON s.total >= t.goal;
