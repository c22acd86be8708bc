-- case: a struct field is a path below its column
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.address -> <query>.town DIRECT TRANSFORMATION
-- diagnostics: none
SELECT address.city AS town FROM ds.t;

-- case: an unnamed field takes the field's name
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.address -> <query>.city DIRECT TRANSFORMATION
SELECT t.address.city FROM ds.t AS t;

-- case: an alias comes before a column of the same name
-- dialect: bigquery
-- schema: ds.t(event, id)
-- column: ds.t.id -> <query>.id DIRECT IDENTITY
-- column: ds.t.event -> <query>.kind DIRECT TRANSFORMATION
SELECT event.id, event.event.kind AS kind FROM ds.t AS event;

-- case: an array element and a field of it
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.items -> <query>.first_sku DIRECT TRANSFORMATION
SELECT items[OFFSET(0)].sku AS first_sku FROM ds.t;

-- case: an index that is a column is a value too
-- dialect: trino
-- sources: t
-- column: t.items, t.i -> <query>.item DIRECT TRANSFORMATION
SELECT items[i] AS item FROM t;

-- case: a row field and a map key
-- dialect: trino
-- sources: t
-- column: t.addr -> <query>.city DIRECT TRANSFORMATION
-- column: t.props -> <query>.colour DIRECT TRANSFORMATION
SELECT t.addr.city AS city, props['colour'] AS colour FROM t;

-- case: a deep field of a struct
-- dialect: spark
-- sources: lake.t
-- column: lake.t.s -> <query>.v DIRECT TRANSFORMATION
SELECT s.a.b AS v FROM lake.t;

-- case: fields, maps and arrays of Hive
-- dialect: hive
-- sources: t
-- column: t.s -> <query>.x DIRECT TRANSFORMATION
-- column: t.m -> <query>.y DIRECT TRANSFORMATION
-- column: t.a -> <query>.z DIRECT TRANSFORMATION
SELECT s.f.g AS x, m['k'] AS y, a[0] AS z FROM t;

-- case: a field in WHERE influences by its column
-- dialect: spark
-- sources: t
-- column: t.id -> <query>.id DIRECT IDENTITY
-- influence: t.s -> <query> FILTER
SELECT id FROM t WHERE s.active = TRUE;

-- case: a VARIANT path with a cast
-- dialect: snowflake
-- sources: raw.t
-- column: raw.t.v -> <query>.n DIRECT TRANSFORMATION
-- column: raw.t.v -> <query>.m DIRECT TRANSFORMATION
SELECT v:items[0].qty::int AS n, t.v['meta']['src'] AS m FROM raw.t AS t;

-- case: a VARIANT path through a CTE
-- dialect: snowflake
-- sources: raw.t
-- column: raw.t.payload -> <query>.id DIRECT TRANSFORMATION
WITH c AS (SELECT payload AS p FROM raw.t)
SELECT c.p:id::int AS id FROM c;

-- case: a path into a JSON string
-- dialect: databricks
-- sources: raw.t
-- column: raw.t.doc -> <query>.x DIRECT TRANSFORMATION
SELECT doc:owner.name::string AS x FROM raw.t;

-- case: a SUPER path
-- dialect: redshift
-- sources: raw.t
-- column: raw.t.s -> <query>.x DIRECT TRANSFORMATION
-- column: raw.t.s -> <query>.y DIRECT TRANSFORMATION
SELECT t.s.owner.name AS x, t.s.tags[0] AS y FROM raw.t AS t;

-- case: JSON operators
-- dialect: postgres
-- sources: t
-- column: t.doc -> <query>.a, <query>.b DIRECT TRANSFORMATION
SELECT doc->'x'->>'y' AS a, doc #>> '{x,y}' AS b FROM t;

-- case: a JSON key that is a column is a value too
-- dialect: postgres
-- sources: t
-- column: t.doc, t.k -> <query>.a DIRECT TRANSFORMATION
SELECT doc->>k AS a FROM t;

-- case: a field of a composite column
-- dialect: postgres
-- sources: t
-- column: t.addr -> <query>.city DIRECT TRANSFORMATION
SELECT (addr).city AS city FROM t;

-- case: JSON operators of MySQL
-- dialect: mysql
-- sources: t
-- column: t.doc -> <query>.a, <query>.b DIRECT TRANSFORMATION
SELECT doc->>'$.a' AS a, JSON_EXTRACT(doc, '$.b') AS b FROM t;

-- case: JSON_VALUE
-- dialect: tsql
-- sources: dbo.t
-- column: dbo.t.doc -> <query>.city DIRECT TRANSFORMATION
SELECT JSON_VALUE(doc, '$.address.city') AS city FROM dbo.t;

-- case: JSON_VALUE of Oracle, and an object attribute by alias
-- dialect: oracle
-- sources: t
-- column: t.doc -> <query>.n DIRECT TRANSFORMATION
-- column: t.addr -> <query>.city DIRECT TRANSFORMATION
SELECT JSON_VALUE(x.doc, '$.n') AS n, x.addr.city AS city FROM t x;

-- case: json_extract
-- dialect: sqlite
-- sources: t
-- column: t.doc -> <query>.a, <query>.b DIRECT TRANSFORMATION
SELECT json_extract(doc, '$.a') AS a, doc ->> 'b' AS b FROM t;

-- case: a struct by dots and by brackets
-- dialect: duckdb
-- sources: t
-- column: t.s -> <query>.x, <query>.y DIRECT TRANSFORMATION
SELECT t.s.a.b AS x, s['k'] AS y FROM t;

-- case: a tuple's element and a nested column
-- dialect: clickhouse
-- sources: t
-- column: t.tup -> <query>.f DIRECT TRANSFORMATION
-- column: t.arr -> <query>.g DIRECT TRANSFORMATION
SELECT tup.1 AS f, arr[1] AS g FROM t;

-- case: a struct is made of its fields
-- dialect: bigquery
-- sources: ds.t
-- column: ds.t.a, ds.t.b -> <query>.s DIRECT TRANSFORMATION
SELECT STRUCT(a, b AS c) AS s FROM ds.t;

-- case: a field of a struct made in a CTE is traced to the whole struct
-- dialect: bigquery
-- why: "struct fields: source is the top column"; a finer answer would be a later decision
-- sources: ds.t
-- column: ds.t.a, ds.t.b -> <query>.v DIRECT TRANSFORMATION
WITH c AS (SELECT STRUCT(a AS x, b AS y) AS s FROM ds.t)
SELECT c.s.x AS v FROM c;

-- case: a JSON object is made of its values
-- dialect: postgres
-- sources: t
-- column: t.a, t.b -> <query>.o DIRECT TRANSFORMATION
SELECT json_build_object('a', a, 'b', b) AS o FROM t;

-- case: all fields of a struct
-- dialect: bigquery
-- why: the fields are not known, the column they come out of is
-- sources: ds.t
-- column: ds.t.id -> <query>.id DIRECT IDENTITY
-- column: ds.t.address -> <query>.* DIRECT TRANSFORMATION unresolved
-- diagnostics: unexpanded-star
SELECT t.id, t.address.* FROM ds.t AS t;

-- case: a whole row as a value
-- dialect: postgres
-- schema: t(a, b)
-- column: t.a, t.b -> <query>.j DIRECT TRANSFORMATION
SELECT row_to_json(t) AS j FROM t;

-- case: a lambda's parameter is no column
-- dialect: spark
-- sources: t
-- column: t.xs, t.y -> <query>.z DIRECT TRANSFORMATION
-- diagnostics: none
SELECT TRANSFORM(xs, x -> x + y) AS z FROM t;

-- case: a lambda of Trino, in a join
-- dialect: trino
-- sources: t, u
-- column: t.xs -> <query>.z DIRECT TRANSFORMATION
-- diagnostics: none
SELECT filter(t.xs, x -> x > 0) AS z FROM t CROSS JOIN u;

-- case: a lambda of ClickHouse
-- dialect: clickhouse
-- sources: t
-- column: t.xs, t.k -> <query>.z DIRECT TRANSFORMATION
SELECT arrayMap(x -> x * k, xs) AS z FROM t;

-- case: a list comprehension's variable is no column
-- dialect: duckdb
-- schema: t(xs, k)
-- column: t.xs, t.k -> <query>.y DIRECT TRANSFORMATION
-- diagnostics: none
SELECT [z + k FOR z IN xs] AS y FROM t;

-- case: an array of a subquery
-- dialect: postgres
-- sources: t, u
-- column: u.x -> <query>.xs DIRECT TRANSFORMATION
-- column: u.k, t.k -> <query>.xs INDIRECT CONDITIONAL
SELECT ARRAY(SELECT u.x FROM u WHERE u.k = t.k) AS xs FROM t;
