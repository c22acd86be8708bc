-- case: names differ in case only: one table, one column, shown as first written
-- dialect: postgres
-- sources: Orders
-- column: Orders.ID -> <query>.ID DIRECT IDENTITY
-- influence: Orders.ID -> <query> FILTER
SELECT ID FROM Orders WHERE orders.id > 1;

-- case: a quoted mixed-case column is another column
-- dialect: postgres
-- sources: t
-- column: t.b -> <query>.folded DIRECT IDENTITY
-- column: t.a -> <query>.quoted DIRECT IDENTITY
WITH c AS (SELECT a AS "Id", b AS id FROM t)
SELECT ID AS folded, "Id" AS quoted FROM c;

-- case: PostgreSQL folds to lower case, so a quoted lower-case name is the plain one
-- dialect: postgres
-- sources: t
-- column: t.a -> <query>.x, <query>.y DIRECT IDENTITY
WITH c AS (SELECT a AS Id FROM t)
SELECT "id" AS x, ID AS y FROM c;

-- case: Snowflake folds to upper case, so a quoted upper-case name is the plain one
-- dialect: snowflake
-- sources: t
-- column: t.b -> <query>.x, <query>.y DIRECT IDENTITY
-- column: t.a -> <query>.z DIRECT IDENTITY
WITH c AS (SELECT a AS "id", b AS id FROM t)
SELECT "ID" AS x, Id AS y, "id" AS z FROM c;

-- case: Oracle folds to upper case
-- dialect: oracle
-- sources: t
-- column: t.b -> <query>.x DIRECT IDENTITY
-- column: t.a -> <query>.z DIRECT IDENTITY
WITH c AS (SELECT a AS "Id", b AS id FROM t)
SELECT "ID" AS x, "Id" AS z FROM c;

-- case: a quoted lower-case table of Snowflake is another table
-- dialect: snowflake
-- why: its key keeps the quotes (names folded, the two must not meet)
-- sources: "orders", orders
-- column: "orders".a -> <query>.x DIRECT IDENTITY
-- column: orders.a -> <query>.y DIRECT IDENTITY
SELECT q.a AS x, p.a AS y FROM orders AS p CROSS JOIN "orders" AS q;

-- case: DuckDB ignores case, quoted or not
-- dialect: duckdb
-- why: run on DuckDB: SELECT foo FROM (SELECT a AS "Foo") works
-- sources: t
-- column: t.a -> <query>.x, <query>.y DIRECT IDENTITY
WITH c AS (SELECT a AS "Foo" FROM t)
SELECT foo AS x, "FOO" AS y FROM c;

-- case: T-SQL ignores case by its default collation, bracketed or not
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.a -> <query>.x DIRECT IDENTITY
-- diagnostics: none
WITH c AS (SELECT a AS [OrderId] FROM dbo.t)
SELECT C.orderid AS x FROM c;

-- case: BigQuery's columns ignore case
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS OrderId FROM ds.t)
SELECT `orderid` AS x FROM c;

-- case: BigQuery's tables do not ignore case
-- dialect: bigquery
-- why: BigQuery manual, lexical structure: dataset and table names are case-sensitive
-- sources: ds.Orders, ds.orders
-- column: ds.Orders.a -> <query>.x DIRECT IDENTITY
-- column: ds.orders.a -> <query>.y DIRECT IDENTITY
SELECT p.a AS x, q.a AS y FROM ds.Orders AS p CROSS JOIN ds.orders AS q;

-- case: MySQL's columns ignore case
-- dialect: mysql
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS OrderId FROM t)
SELECT `orderid` AS x FROM c;

-- case: MySQL's tables do not ignore case
-- dialect: mysql
-- why: lower_case_table_names is 0 on Linux, its usual home
-- sources: Orders, orders
-- column: Orders.a -> <query>.x DIRECT IDENTITY
-- column: orders.a -> <query>.y DIRECT IDENTITY
SELECT p.a AS x, q.a AS y FROM Orders AS p CROSS JOIN orders AS q;

-- case: ClickHouse never ignores case
-- dialect: clickhouse
-- sources: log.Hits, log.hits
-- column: log.Hits.A -> <query>.x DIRECT IDENTITY
-- column: log.hits.a -> <query>.y DIRECT IDENTITY
SELECT p.A AS x, q.a AS y FROM log.Hits AS p CROSS JOIN log.hits AS q;

-- case: Spark ignores case, in backticks too
-- dialect: spark
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS `OrderId` FROM t)
SELECT ORDERID AS x FROM C;

-- case: Hive ignores case
-- dialect: hive
-- sources: Db.T
-- column: Db.T.a -> <query>.x, <query>.y DIRECT IDENTITY
-- influence: Db.T.k -> <query> JOIN
SELECT p.a AS x, q.a AS y FROM Db.T p JOIN db.t q ON p.k = q.K;

-- case: Databricks ignores case
-- dialect: databricks
-- sources: Main.Shop.T
-- column: Main.Shop.T.a -> <query>.x DIRECT IDENTITY
-- influence: Main.Shop.T.a -> <query> SORT
SELECT a AS x FROM Main.Shop.T ORDER BY A;

-- case: Redshift ignores case, quoted or not
-- dialect: redshift
-- why: enable_case_sensitive_identifier is off by default
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS "OrderId" FROM t)
SELECT orderid AS x FROM c;

-- case: Trino ignores case, quoted or not
-- dialect: trino
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS "OrderId" FROM t)
SELECT orderid AS x FROM c;

-- case: SQLite ignores case, quoted or not
-- dialect: sqlite
-- sources: t
-- column: t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS "OrderId" FROM t)
SELECT ORDERID AS x FROM c;

-- case: Teradata ignores case, quoted or not
-- dialect: teradata
-- sources: dwh.t
-- column: dwh.t.a -> <query>.x DIRECT IDENTITY
WITH c AS (SELECT a AS "OrderId" FROM dwh.t)
SELECT orderid AS x FROM c;

-- case: names with blanks
-- dialect: tsql
-- sources: dbo.Order Details
-- column: dbo.Order Details.Net Amount -> <query>.Net Amount DIRECT IDENTITY
SELECT [Net Amount] FROM dbo.[Order Details];

-- case: keywords as names
-- dialect: mysql
-- sources: order
-- column: order.group -> <query>.select DIRECT IDENTITY
SELECT `group` AS `select` FROM `order`;

-- case: a dot inside a quoted name does not split it
-- dialect: postgres
-- sources: shop."orders.2024"
-- column: shop."orders.2024".a -> <query>.a DIRECT IDENTITY
SELECT a FROM shop."orders.2024";

-- case: a dot inside backticks does split it in BigQuery
-- dialect: bigquery
-- why: BigQuery manual: a path may be quoted as a whole or part by part
-- sources: my-proj.ds.t
-- column: my-proj.ds.t.a -> <query>.x, <query>.y DIRECT IDENTITY
-- influence: my-proj.ds.t.k -> <query> JOIN
SELECT p.a AS x, q.a AS y
FROM `my-proj.ds.t` AS p JOIN `my-proj`.ds.t AS q ON p.k = q.k;

-- case: a project's dashes need no quotes
-- dialect: bigquery
-- sources: my-proj.ds.t
-- column: my-proj.ds.t.a -> <query>.a DIRECT IDENTITY
SELECT a FROM my-proj.ds.t;

-- case: a server before the database
-- dialect: tsql
-- sources: srv.sales.dbo.orders
-- column: srv.sales.dbo.orders.id -> <query>.id DIRECT IDENTITY
SELECT o.id FROM srv.sales.dbo.orders AS o;

-- case: a column qualified by schema and table
-- dialect: tsql
-- sources: dbo.orders
-- column: dbo.orders.id -> <query>.id DIRECT IDENTITY
-- influence: dbo.orders.status -> <query> FILTER
SELECT dbo.orders.id FROM dbo.orders WHERE orders.status = 1;

-- case: names in other alphabets
-- dialect: oracle
-- sources: größen
-- column: größen.länge -> <query>.länge DIRECT IDENTITY
SELECT länge FROM größen;

-- case: comments and line breaks inside a name's path
-- dialect: postgres
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
SELECT o . id FROM shop /* the shop */ . orders o;

-- case: an alias equal to the column it renames from another table
-- dialect: sqlite
-- sources: a, b
-- column: a.x -> <query>.y DIRECT IDENTITY
-- column: b.y -> <query>.x DIRECT IDENTITY
SELECT a.x AS y, b.y AS x FROM a CROSS JOIN b;
