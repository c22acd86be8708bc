-- INSERT: positional, with a column list, BY NAME, OVERWRITE, into several tables, into a directory.

-- case: the column list decides
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (day, total) SELECT sold_on, amount FROM shop.orders;

-- case: the column list may come in any order
-- schema: mart.rev(day, total)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (total, day) SELECT amount, sold_on FROM shop.orders;

-- case: without a list the known order of the target decides
-- schema: mart.rev(day, total)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.sold_on -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT amount, sold_on FROM shop.orders;

-- case: without a list and without knowledge the names of the query decide
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT sold_on AS day, amount FROM shop.orders;

-- case: fewer columns than the list names
-- sources: shop.orders
-- targets: mart.rev
-- influences: none
-- diagnostics: column-count
INSERT INTO mart.rev (day, region, total) SELECT sold_on, amount FROM shop.orders;

-- case: more columns than the list names
-- sources: shop.orders
-- targets: mart.rev
-- influences: none
-- diagnostics: column-count
INSERT INTO mart.rev (day) SELECT sold_on, amount FROM shop.orders;

-- case: more columns than the known target has
-- schema: mart.rev(day, total)
-- sources: shop.orders
-- targets: mart.rev
-- influences: none
-- diagnostics: column-count
INSERT INTO mart.rev SELECT sold_on, region, amount FROM shop.orders;

-- case: a star of known columns into a known table goes by position
-- schema: shop.orders(id, amount); mart.rev(order_id, total)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT * FROM shop.orders;

-- case: a star of known columns into an unknown table goes by name
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev SELECT * FROM shop.orders;

-- case: a star of unknown columns stays a star
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
INSERT INTO mart.rev SELECT * FROM shop.orders;

-- case: a star of unknown columns under a column list
-- why: the list names the target columns; which source column lands in which cannot be known
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.* -> mart.rev.day, mart.rev.total DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
INSERT INTO mart.rev (day, total) SELECT * FROM shop.orders;

-- case: a star of known columns that does not fit the list
-- schema: shop.orders(id, amount, tax)
-- sources: shop.orders
-- targets: mart.rev
-- influences: none
-- diagnostics: column-count
INSERT INTO mart.rev (order_id, total) SELECT * FROM shop.orders;

-- case: VALUES write without a source
-- sources: none
-- targets: dim.status
-- columns: none
-- influences: none
-- diagnostics: none
INSERT INTO dim.status (code, label) VALUES (1, 'open'), (2, 'shipped');

-- case: VALUES may hold a scalar subquery
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- column: shop.orders.status -> mart.rev.total INDIRECT CONDITIONAL
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (day, total)
VALUES ('2024-01-01', (SELECT SUM(amount) FROM shop.orders WHERE status = 'shipped'));

-- case: rows that do not fit the list
-- why: the row is one value short
-- sources: none
-- targets: dim.status
-- columns: none
-- influences: none
-- diagnostics: column-count
INSERT INTO dim.status (code, label) VALUES (1);

-- case: DEFAULT VALUES writes without a source
-- dialect: postgres
-- sources: none
-- targets: shop.runs
-- columns: none
-- influences: none
-- diagnostics: none
INSERT INTO shop.runs DEFAULT VALUES;

-- case: a CTE before the INSERT
-- dialect: postgres
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.status -> mart.rev FILTER
-- diagnostics: none
WITH shipped AS (SELECT amount FROM shop.orders WHERE status = 'shipped')
INSERT INTO mart.rev (total) SELECT SUM(amount) FROM shipped;

-- case: a CTE inside the INSERT
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (total)
WITH o AS (SELECT amount AS a FROM shop.orders)
SELECT SUM(a) FROM o;

-- case: BY NAME ignores the order of the columns
-- dialect: duckdb
-- schema: mart.rev(day, total)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev BY NAME SELECT amount AS total, sold_on AS day FROM shop.orders;

-- case: BY NAME with a star
-- dialect: databricks
-- schema: shop.orders(total, day); mart.rev(day, total)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.total -> mart.rev.total DIRECT IDENTITY
-- column: shop.orders.day -> mart.rev.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev BY NAME SELECT * FROM shop.orders;

-- case: BY NAME of a star over an unknown table
-- dialect: databricks
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.* -> mart.rev.* DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unexpanded-star
INSERT INTO mart.rev BY NAME SELECT * FROM shop.orders;

-- case: INSERT OVERWRITE
-- dialect: snowflake
-- schema: mart.rev(day, total)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT AGGREGATION
-- influence: shop.orders.sold_on -> mart.rev GROUP_BY
-- diagnostics: none
INSERT OVERWRITE INTO mart.rev SELECT sold_on, SUM(amount) FROM shop.orders GROUP BY sold_on;

-- case: INSERT OVERWRITE of a table from itself
-- dialect: spark
-- sources: mart.rev
-- targets: mart.rev
-- column: mart.rev.day -> mart.rev.day DIRECT IDENTITY
-- column: mart.rev.total -> mart.rev.total DIRECT AGGREGATION
-- influence: mart.rev.day -> mart.rev GROUP_BY
-- diagnostics: none
INSERT OVERWRITE TABLE mart.rev SELECT day, SUM(total) AS total FROM mart.rev GROUP BY day;

-- case: a static partition takes no column of the query
-- dialect: hive
-- schema: mart.rev(region, total, day)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.area -> mart.rev.region DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OVERWRITE TABLE mart.rev PARTITION (day = '2024-01-01')
SELECT area, amount FROM shop.orders;

-- case: a dynamic partition takes the last column of the query
-- dialect: hive
-- why: Hive's manual: dynamic partition columns are the last ones of the SELECT, in the order of the
-- why: PARTITION clause
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO TABLE mart.rev PARTITION (day) SELECT amount, sold_on FROM shop.orders;

-- case: static and dynamic partitions together
-- dialect: hive
-- schema: mart.rev(total, country, day)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.total DIRECT IDENTITY
-- column: shop.orders.sold_on -> mart.rev.day DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OVERWRITE TABLE mart.rev PARTITION (country = 'DE', day)
SELECT amount, sold_on FROM shop.orders;

-- case: INSERT ALL writes each row into every table
-- dialect: oracle
-- schema: mart.a(x, y)
-- sources: shop.orders
-- targets: mart.a, mart.b
-- column: shop.orders.id -> mart.a.x DIRECT IDENTITY
-- column: shop.orders.amount -> mart.a.y DIRECT IDENTITY
-- column: shop.orders.amount -> mart.b.total DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT ALL
  INTO mart.a
  INTO mart.b (total) VALUES (amount)
SELECT id, amount FROM shop.orders;

-- case: INSERT ALL with expressions in VALUES
-- dialect: snowflake
-- sources: shop.orders
-- targets: mart.a, mart.b
-- column: shop.orders.id -> mart.a.id DIRECT IDENTITY
-- column: shop.orders.amount, shop.orders.tax -> mart.b.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT ALL
  INTO mart.a (id) VALUES (id)
  INTO mart.b (gross) VALUES (amount + tax)
SELECT id, amount, tax FROM shop.orders;

-- case: the conditions of INSERT ALL filter their own tables
-- dialect: oracle
-- why: each WHEN decides alone which rows its tables get; ELSE gets what no WHEN took, so every condition
-- why: filters it
-- sources: shop.orders
-- targets: mart.big, mart.paid, mart.rest
-- column: shop.orders.id -> mart.big.id, mart.paid.id, mart.rest.id DIRECT IDENTITY
-- influence: shop.orders.amount -> mart.big FILTER
-- influence: shop.orders.paid -> mart.paid FILTER
-- influence: shop.orders.amount, shop.orders.paid -> mart.rest FILTER
-- diagnostics: none
INSERT ALL
  WHEN amount > 100 THEN INTO mart.big (id) VALUES (id)
  WHEN paid = 1 THEN INTO mart.paid (id) VALUES (id)
  ELSE INTO mart.rest (id) VALUES (id)
SELECT id, amount, paid FROM shop.orders;

-- case: INSERT FIRST stops at the first condition that holds
-- dialect: snowflake
-- why: a row reaches the second table only if the first condition failed, so that condition filters it too
-- sources: shop.orders
-- targets: mart.big, mart.paid
-- column: shop.orders.id -> mart.big.id, mart.paid.id DIRECT IDENTITY
-- influence: shop.orders.amount -> mart.big, mart.paid FILTER
-- influence: shop.orders.paid -> mart.paid FILTER
-- diagnostics: none
INSERT FIRST
  WHEN amount > 100 THEN INTO mart.big (id) VALUES (id)
  WHEN paid = 1 THEN INTO mart.paid (id) VALUES (id)
SELECT id, amount, paid FROM shop.orders;

-- case: the WHERE of INSERT ALL filters every table
-- dialect: oracle
-- sources: shop.orders
-- targets: mart.a, mart.b
-- column: shop.orders.id -> mart.a.id, mart.b.id DIRECT IDENTITY
-- influence: shop.orders.status -> mart.a, mart.b FILTER
-- diagnostics: none
INSERT ALL INTO mart.a (id) VALUES (id) INTO mart.b (id) VALUES (id)
SELECT id FROM shop.orders WHERE status = 'open';

-- case: Hive's FROM before several INSERTs
-- dialect: hive
-- sources: shop.orders
-- targets: mart.big, mart.daily
-- column: shop.orders.id -> mart.big.id DIRECT IDENTITY
-- column: shop.orders.sold_on -> mart.daily.day DIRECT IDENTITY
-- column: shop.orders.amount -> mart.daily.total DIRECT AGGREGATION
-- influence: shop.orders.amount -> mart.big FILTER
-- influence: shop.orders.sold_on -> mart.daily GROUP_BY
-- diagnostics: none
FROM shop.orders
INSERT OVERWRITE TABLE mart.big SELECT id WHERE amount > 100
INSERT INTO TABLE mart.daily SELECT sold_on AS day, SUM(amount) AS total GROUP BY sold_on;

-- case: Hive's FROM with a subquery
-- dialect: hive
-- sources: shop.orders
-- targets: mart.a
-- column: shop.orders.amount -> mart.a.total DIRECT TRANSFORMATION
-- influence: shop.orders.status -> mart.a FILTER
-- diagnostics: none
FROM (SELECT amount * 2 AS x FROM shop.orders WHERE status = 'open') AS o
INSERT OVERWRITE TABLE mart.a SELECT o.x AS total;

-- case: INSERT OVERWRITE DIRECTORY writes a file
-- dialect: hive
-- sources: shop.orders
-- targets: /data/out/orders
-- column: shop.orders.id -> /data/out/orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT OVERWRITE DIRECTORY '/data/out/orders' SELECT id FROM shop.orders;

-- case: INSERT OVERWRITE LOCAL DIRECTORY with a row format
-- dialect: hive
-- sources: shop.orders
-- targets: /tmp/orders
-- column: shop.orders.amount -> /tmp/orders.total DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT OVERWRITE LOCAL DIRECTORY '/tmp/orders'
ROW FORMAT DELIMITED FIELDS TERMINATED BY ','
SELECT SUM(amount) AS total FROM shop.orders;

-- case: an INSERT that reads its own target
-- why: DESIGN: the anti-join reads old rows of the target, so the target is a source as well
-- sources: mart.rev, shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.id, mart.rev.id -> mart.rev JOIN
-- influence: mart.rev.id -> mart.rev FILTER
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT o.id FROM shop.orders AS o LEFT JOIN mart.rev AS r ON r.id = o.id WHERE r.id IS NULL;

-- case: INSERT of rows that are not there yet
-- sources: mart.rev, shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.id DIRECT IDENTITY
-- influence: shop.orders.id, mart.rev.order_id -> mart.rev FILTER
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT o.id FROM shop.orders AS o
WHERE NOT EXISTS (SELECT 1 FROM mart.rev AS r WHERE r.order_id = o.id);

-- case: an unqualified column of an unknown join cannot be placed
-- sources: shop.customers, shop.orders
-- targets: mart.rev
-- column: ?.amount -> mart.rev.total DIRECT IDENTITY unresolved
-- influence: shop.orders.customer_id, shop.customers.id -> mart.rev JOIN
-- diagnostics: ambiguous-column
INSERT INTO mart.rev (total)
SELECT amount FROM shop.orders AS o JOIN shop.customers AS c ON o.customer_id = c.id;

-- case: a column that the known table does not have
-- schema: shop.orders(id, amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: ?.total -> mart.rev.total DIRECT IDENTITY unresolved
-- influences: none
-- diagnostics: unknown-column
INSERT INTO mart.rev (total) SELECT total FROM shop.orders;
