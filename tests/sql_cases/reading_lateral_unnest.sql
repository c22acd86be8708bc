-- case: LATERAL: the correlated condition is JOIN, the order its LIMIT depends on is SORT
-- dialect: postgres
-- sources: shop.customers, shop.orders
-- column: shop.customers.name -> <query>.name DIRECT IDENTITY
-- column: shop.orders.amount -> <query>.last_amount DIRECT IDENTITY
-- influence: shop.orders.cust_id, shop.customers.id -> <query> JOIN
-- influence: shop.orders.placed_at -> <query> SORT
SELECT c.name, l.amount AS last_amount
FROM shop.customers c
LEFT JOIN LATERAL (
  SELECT o.amount FROM shop.orders o
  WHERE o.cust_id = c.id ORDER BY o.placed_at DESC LIMIT 1
) AS l ON TRUE;

-- case: a lateral's condition on its own columns alone is FILTER
-- dialect: mysql
-- why: SEMANTICS names the *correlated* condition JOIN; the other conjunct is a WHERE like any
-- sources: c, o
-- column: o.amount -> <query>.total DIRECT AGGREGATION
-- influence: o.cust_id, c.id -> <query> JOIN
-- influence: o.status -> <query> FILTER
SELECT l.total
FROM c
JOIN LATERAL (
  SELECT SUM(o.amount) AS total FROM o WHERE o.cust_id = c.id AND o.status = 'paid'
) AS l;

-- case: CROSS APPLY of a correlated subquery
-- dialect: tsql
-- sources: dbo.customers, dbo.orders
-- column: dbo.customers.id -> <query>.id DIRECT IDENTITY
-- column: dbo.orders.amount -> <query>.amount DIRECT IDENTITY
-- influence: dbo.orders.cust_id, dbo.customers.id -> <query> JOIN
-- influence: dbo.orders.placed_at -> <query> SORT
SELECT c.id, x.amount
FROM dbo.customers AS c
CROSS APPLY (
  SELECT TOP 3 o.amount FROM dbo.orders AS o
  WHERE o.cust_id = c.id ORDER BY o.placed_at DESC
) AS x;

-- case: CROSS APPLY in Oracle
-- dialect: oracle
-- sources: t, u
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: u.x -> <query>.x DIRECT IDENTITY
-- influence: u.k, t.k -> <query> JOIN
SELECT t.a, l.x
FROM t CROSS APPLY (SELECT u.x FROM u WHERE u.k = t.k) l;

-- case: a lateral expression of the left table's columns
-- dialect: duckdb
-- sources: t
-- column: t.a, t.b -> <query>.s DIRECT TRANSFORMATION
-- influences: none
SELECT x.s
FROM t, LATERAL (SELECT t.a + t.b AS s) AS x;

-- case: CROSS APPLY (VALUES …) turns columns into rows
-- dialect: tsql
-- why: every row gives the same number of rows, whatever its values
-- sources: dbo.quarters
-- column: dbo.quarters.id -> <query>.id DIRECT IDENTITY
-- column: dbo.quarters.q1, dbo.quarters.q2 -> <query>.amount DIRECT IDENTITY
-- influences: none
SELECT t.id, v.quarter, v.amount
FROM dbo.quarters AS t
CROSS APPLY (VALUES ('Q1', t.q1), ('Q2', t.q2)) AS v(quarter, amount);

-- case: OUTER APPLY of a table function reads the function and its argument
-- dialect: tsql
-- why: the argument can reach every value of the function's rows; it also decides which rows there are
-- sources: dbo.fn_items, dbo.orders
-- column: dbo.orders.id -> <query>.id DIRECT IDENTITY
-- column: dbo.fn_items.sku -> <query>.sku DIRECT IDENTITY
-- column: dbo.orders.id -> <query>.sku DIRECT TRANSFORMATION
-- influence: dbo.orders.id -> <query> JOIN
SELECT o.id, f.sku
FROM dbo.orders AS o
OUTER APPLY dbo.fn_items(o.id) AS f;

-- case: OPENJSON WITH names its columns
-- dialect: tsql
-- why: what a lateral function unfolds decides how many rows come out: JOIN ("when in doubt", SEMANTICS)
-- sources: dbo.events
-- column: dbo.events.id -> <query>.id DIRECT IDENTITY
-- column: dbo.events.doc -> <query>.sku DIRECT TRANSFORMATION
-- influence: dbo.events.doc -> <query> JOIN
SELECT e.id, j.sku
FROM dbo.events AS e
CROSS APPLY OPENJSON(e.doc) WITH (sku INT '$.sku', qty INT '$.qty') AS j;

-- case: STRING_SPLIT
-- dialect: tsql
-- sources: dbo.posts
-- column: dbo.posts.id -> <query>.id DIRECT IDENTITY
-- column: dbo.posts.tags -> <query>.tag DIRECT TRANSFORMATION
-- influence: dbo.posts.tags -> <query> JOIN
SELECT p.id, s.value AS tag
FROM dbo.posts AS p
CROSS APPLY STRING_SPLIT(p.tags, ',') AS s;

-- case: BigQuery UNNEST of an array of structs
-- dialect: bigquery
-- sources: ds.orders
-- column: ds.orders.id -> <query>.id DIRECT IDENTITY
-- column: ds.orders.items -> <query>.sku DIRECT TRANSFORMATION
-- influence: ds.orders.items -> <query> JOIN
-- diagnostics: none
SELECT o.id, item.sku
FROM ds.orders AS o, UNNEST(o.items) AS item;

-- case: the alias of UNNEST alone is the element
-- dialect: bigquery
-- why: the offset too comes out of the array: what the function returns flows from its argument
-- sources: ds.posts
-- column: ds.posts.tags -> <query>.tag, <query>.place DIRECT TRANSFORMATION
-- influence: ds.posts.tags -> <query> JOIN
SELECT tag, pos AS place
FROM ds.posts AS p
CROSS JOIN UNNEST(p.tags) AS tag WITH OFFSET AS pos;

-- case: BigQuery unnests a path in FROM without the word
-- dialect: bigquery
-- why: `o.items` begins with an alias of the same FROM, so it is an array path and no dataset
-- sources: ds.orders
-- column: ds.orders.id -> <query>.id DIRECT IDENTITY
-- column: ds.orders.items -> <query>.sku DIRECT TRANSFORMATION
-- influence: ds.orders.items -> <query> JOIN
SELECT o.id, i.sku
FROM ds.orders AS o, o.items AS i;

-- case: an unqualified name beside UNNEST is the struct's, when the table is known not to have it
-- dialect: bigquery
-- schema: ds.orders(id, items)
-- sources: ds.orders
-- column: ds.orders.id -> <query>.id DIRECT IDENTITY
-- column: ds.orders.items -> <query>.sku DIRECT TRANSFORMATION
-- influence: ds.orders.items -> <query> JOIN
SELECT id, sku
FROM ds.orders, UNNEST(items);

-- case: an ARRAY subquery over UNNEST selects and filters inside the array
-- dialect: bigquery
-- sources: ds.orders
-- column: ds.orders.id -> <query>.id DIRECT IDENTITY
-- column: ds.orders.items -> <query>.big DIRECT TRANSFORMATION
-- column: ds.orders.items -> <query>.big INDIRECT CONDITIONAL
-- influences: none
SELECT o.id, ARRAY(SELECT i.sku FROM UNNEST(o.items) AS i WHERE i.qty > 10) AS big
FROM ds.orders AS o;

-- case: UNNEST of literals has no source
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.a -> <query>.a DIRECT IDENTITY
-- influences: none
SELECT t.a, n
FROM ds.t AS t, UNNEST([1, 2, 3]) AS n;

-- case: LATERAL FLATTEN and a path into its value
-- dialect: snowflake
-- sources: raw.events
-- column: raw.events.id -> <query>.id DIRECT IDENTITY
-- column: raw.events.payload -> <query>.sku DIRECT TRANSFORMATION
-- influence: raw.events.payload -> <query> JOIN
SELECT e.id, f.value:sku::string AS sku
FROM raw.events e, LATERAL FLATTEN(input => e.payload:items) f;

-- case: FLATTEN of FLATTEN walks back to the table
-- dialect: snowflake
-- sources: raw.events
-- column: raw.events.payload -> <query>.tag DIRECT TRANSFORMATION
-- influence: raw.events.payload -> <query> JOIN
SELECT f2.value::string AS tag
FROM raw.events e,
  LATERAL FLATTEN(input => e.payload:items) f1,
  LATERAL FLATTEN(input => f1.value:tags) f2;

-- case: FLATTEN's own columns beside a known table
-- dialect: snowflake
-- schema: raw.events(id, payload)
-- sources: raw.events
-- column: raw.events.id -> <query>.id DIRECT IDENTITY
-- column: raw.events.payload -> <query>.k, <query>.v DIRECT TRANSFORMATION
SELECT id, key AS k, value AS v
FROM raw.events, TABLE(FLATTEN(payload, outer => TRUE));

-- case: LATERAL VIEW EXPLODE
-- dialect: spark
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- column: shop.orders.items -> <query>.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> <query> JOIN
SELECT o.id, item
FROM shop.orders o
LATERAL VIEW EXPLODE(o.items) x AS item;

-- case: LATERAL VIEW names beat the open table
-- dialect: hive
-- why: `item` is known to be the view's column; the table's columns are not known at all
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- column: shop.orders.items -> <query>.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> <query> JOIN
-- diagnostics: none
SELECT id, item
FROM shop.orders
LATERAL VIEW EXPLODE(items) x AS item;

-- case: EXPLODE of a map gives key and value
-- dialect: hive
-- sources: shop.props
-- column: shop.props.m -> <query>.k, <query>.v DIRECT TRANSFORMATION
-- influence: shop.props.m -> <query> JOIN
SELECT x.k, x.v
FROM shop.props p
LATERAL VIEW EXPLODE(p.m) x AS k, v;

-- case: chained lateral views
-- dialect: hive
-- sources: shop.orders
-- column: shop.orders.items -> <query>.tag DIRECT TRANSFORMATION
-- influence: shop.orders.items -> <query> JOIN
SELECT t.tag
FROM shop.orders o
LATERAL VIEW EXPLODE(o.items) i AS item
LATERAL VIEW EXPLODE(i.item.tags) t AS tag;

-- case: JSON_TUPLE in a lateral view
-- dialect: hive
-- sources: raw.logs
-- column: raw.logs.doc -> <query>.usr DIRECT TRANSFORMATION
SELECT j.usr
FROM raw.logs l
LATERAL VIEW JSON_TUPLE(l.doc, 'user', 'page') j AS usr, page;

-- case: LATERAL VIEW OUTER POSEXPLODE gives the position too
-- dialect: databricks
-- sources: shop.orders
-- column: shop.orders.items -> <query>.pos, <query>.item DIRECT TRANSFORMATION
SELECT x.pos, x.item
FROM shop.orders o
LATERAL VIEW OUTER POSEXPLODE(o.items) x AS pos, item;

-- case: EXPLODE in the select list
-- dialect: spark
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- column: shop.orders.items -> <query>.item DIRECT TRANSFORMATION
SELECT id, EXPLODE(items) AS item FROM shop.orders;

-- case: a LATERAL table function of Databricks
-- dialect: databricks
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- column: shop.orders.items -> <query>.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> <query> JOIN
SELECT o.id, e.item
FROM shop.orders AS o, LATERAL EXPLODE(o.items) AS e(item);

-- case: CROSS JOIN UNNEST with a column alias
-- dialect: trino
-- sources: shop.orders
-- column: shop.orders.id -> <query>.id DIRECT IDENTITY
-- column: shop.orders.items -> <query>.item DIRECT TRANSFORMATION
-- influence: shop.orders.items -> <query> JOIN
SELECT o.id, e.item
FROM shop.orders o
CROSS JOIN UNNEST(o.items) AS e(item);

-- case: UNNEST WITH ORDINALITY
-- dialect: trino
-- sources: shop.orders
-- column: shop.orders.items -> <query>.item, <query>.n DIRECT TRANSFORMATION
-- influence: shop.orders.items -> <query> JOIN
SELECT item, n
FROM shop.orders
CROSS JOIN UNNEST(items) WITH ORDINALITY AS e(item, n);

-- case: UNNEST of a map
-- dialect: trino
-- sources: shop.props
-- column: shop.props.m -> <query>.k, <query>.v DIRECT TRANSFORMATION
SELECT e.k, e.v
FROM shop.props p
CROSS JOIN UNNEST(p.m) AS e(k, v);

-- case: UNNEST of two arrays keeps their columns apart
-- dialect: postgres
-- why: the arrays are zipped; a value of `y` never comes from `xs`
-- sources: t
-- column: t.xs -> <query>.x DIRECT TRANSFORMATION
-- column: t.ys -> <query>.y DIRECT TRANSFORMATION
-- influence: t.xs, t.ys -> <query> JOIN
SELECT e.x, e.y
FROM t CROSS JOIN LATERAL UNNEST(t.xs, t.ys) AS e(x, y);

-- case: generate_series over columns
-- dialect: postgres
-- sources: plan.stays
-- column: plan.stays.id -> <query>.id DIRECT IDENTITY
-- column: plan.stays.first_day, plan.stays.last_day -> <query>.day DIRECT TRANSFORMATION
-- influence: plan.stays.first_day, plan.stays.last_day -> <query> JOIN
SELECT s.id, g.day
FROM plan.stays s
CROSS JOIN LATERAL generate_series(s.first_day, s.last_day, 1) AS g(day);

-- case: generate_series over literals is no dataset and no source
-- dialect: postgres
-- sources: none
-- columns: none
-- influences: none
SELECT n FROM generate_series(1, 10) AS n;

-- case: jsonb_array_elements, and a path into the element
-- dialect: postgres
-- sources: raw.events
-- column: raw.events.id -> <query>.id DIRECT IDENTITY
-- column: raw.events.doc -> <query>.sku DIRECT TRANSFORMATION
-- influence: raw.events.doc -> <query> JOIN
SELECT e.id, item->>'sku' AS sku
FROM raw.events e, jsonb_array_elements(e.doc->'items') AS item;

-- case: Redshift navigates a SUPER array in FROM
-- dialect: redshift
-- sources: shop.customers
-- column: shop.customers.id -> <query>.id DIRECT IDENTITY
-- column: shop.customers.orders -> <query>.total DIRECT TRANSFORMATION
-- influence: shop.customers.orders -> <query> JOIN
SELECT c.id, o.total
FROM shop.customers AS c, c.orders AS o;

-- case: DuckDB UNNEST in FROM
-- dialect: duckdb
-- sources: t
-- column: t.id -> <query>.id DIRECT IDENTITY
-- column: t.xs -> <query>.x DIRECT TRANSFORMATION
-- influence: t.xs -> <query> JOIN
SELECT t.id, q.x
FROM t CROSS JOIN UNNEST(t.xs) AS q(x);

-- case: ARRAY JOIN
-- dialect: clickhouse
-- sources: log.hits
-- column: log.hits.id -> <query>.id DIRECT IDENTITY
-- column: log.hits.tags -> <query>.tag DIRECT TRANSFORMATION
-- influence: log.hits.tags -> <query> JOIN
SELECT id, tag
FROM log.hits
ARRAY JOIN tags AS tag;

-- case: LEFT ARRAY JOIN of two arrays keeps them apart
-- dialect: clickhouse
-- sources: log.hits
-- column: log.hits.keys -> <query>.k DIRECT TRANSFORMATION
-- column: log.hits.vals -> <query>.v DIRECT TRANSFORMATION
SELECT k, v
FROM log.hits
LEFT ARRAY JOIN keys AS k, vals AS v;

-- case: ARRAY JOIN without an alias replaces the array by its element
-- dialect: clickhouse
-- why: ClickHouse manual, ARRAY JOIN: without an alias the column's own name means the element
-- sources: log.hits
-- column: log.hits.tags -> <query>.tags DIRECT TRANSFORMATION
SELECT tags
FROM log.hits
ARRAY JOIN tags;

-- case: JSON_TABLE of MySQL
-- dialect: mysql
-- sources: raw.events
-- column: raw.events.id -> <query>.id DIRECT IDENTITY
-- column: raw.events.doc -> <query>.sku DIRECT TRANSFORMATION
-- influence: raw.events.doc -> <query> JOIN
SELECT e.id, jt.sku
FROM raw.events e,
  JSON_TABLE(e.doc, '$.items[*]' COLUMNS (sku INT PATH '$.sku')) AS jt;

-- case: JSON_TABLE of Oracle
-- dialect: oracle
-- sources: events
-- column: events.doc -> <query>.sku DIRECT TRANSFORMATION
SELECT jt.sku
FROM events e, JSON_TABLE(e.doc, '$[*]' COLUMNS (sku VARCHAR2(10) PATH '$.sku')) jt;

-- case: XMLTABLE
-- dialect: oracle
-- sources: events
-- column: events.doc -> <query>.n DIRECT TRANSFORMATION
SELECT x.n
FROM events e, XMLTABLE('/rows/row' PASSING e.doc COLUMNS n NUMBER PATH 'n') x;

-- case: a collection column as a table
-- dialect: oracle
-- sources: posts
-- column: posts.id -> <query>.id DIRECT IDENTITY
-- column: posts.tags -> <query>.tag DIRECT TRANSFORMATION
SELECT p.id, x.COLUMN_VALUE AS tag
FROM posts p, TABLE(p.tags) x;

-- case: json_each
-- dialect: sqlite
-- sources: events
-- column: events.id -> <query>.id DIRECT IDENTITY
-- column: events.doc -> <query>.item DIRECT TRANSFORMATION
-- influence: events.doc -> <query> JOIN
SELECT e.id, j.value AS item
FROM events e, json_each(e.doc, '$.items') AS j;
