-- Snowflake.

-- case: FLATTEN of an array
-- dialect: snowflake
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: raw.orders
-- targets: mart.lines
-- column: raw.orders.id -> mart.lines.order_id DIRECT IDENTITY
-- column: raw.orders.items -> mart.lines.item DIRECT TRANSFORMATION
-- influence: raw.orders.items -> mart.lines JOIN
-- diagnostics: none
INSERT INTO mart.lines (order_id, item)
SELECT o.id, f.value:sku::STRING FROM raw.orders AS o, LATERAL FLATTEN(INPUT => o.items) AS f;

-- case: a path into a VARIANT
-- dialect: snowflake
-- sources: raw.events
-- targets: mart.clicks
-- column: raw.events.payload -> mart.clicks.url DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.clicks (url) SELECT payload:page.url::STRING FROM raw.events;

-- case: QUALIFY
-- dialect: snowflake
-- why: QUALIFY is a FILTER; so is what its window looks at
-- sources: raw.orders
-- targets: shop.orders
-- column: raw.orders.id -> shop.orders.id DIRECT IDENTITY
-- influence: raw.orders.id, raw.orders.loaded_at -> shop.orders FILTER
-- diagnostics: none
INSERT INTO shop.orders (id)
SELECT id FROM raw.orders
QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY loaded_at DESC) = 1;

-- case: star with EXCLUDE and RENAME
-- dialect: snowflake
-- schema: shop.orders(id, amount, note)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.id -> mart.rev.order_id DIRECT IDENTITY
-- column: shop.orders.amount -> mart.rev.amount DIRECT IDENTITY
-- influences: none
-- diagnostics: none
-- output: mart.rev(order_id, amount)
CREATE TABLE mart.rev AS SELECT * EXCLUDE (note) RENAME (id AS order_id) FROM shop.orders;

-- case: IFF and ZEROIFNULL
-- dialect: snowflake
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.paid -> mart.rev.due INDIRECT CONDITIONAL
-- column: shop.orders.amount -> mart.rev.due DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (due) SELECT IFF(paid, 0, ZEROIFNULL(amount)) FROM shop.orders;

-- case: time travel
-- dialect: snowflake
-- sources: shop.orders
-- targets: arch.orders
-- column: shop.orders.id -> arch.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO arch.orders (id) SELECT id FROM shop.orders AT (OFFSET => -3600);

-- case: positional columns of a stage
-- dialect: snowflake
-- sources: @landing/x.csv
-- targets: raw.orders
-- column: @landing/x.csv.$1 -> raw.orders.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO raw.orders (id) SELECT $1 FROM @landing/x.csv;

-- case: capitals and quotes
-- dialect: snowflake
-- why: unquoted names fold to one case, so ORDERS and "ORDERS" are one table; "orders" is another and keeps
-- why: its quotes
-- sources: shop."orders", shop.ORDERS
-- targets: mart.rev
-- column: shop.ORDERS.id, shop."orders".id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT id FROM shop.ORDERS
UNION ALL SELECT id FROM shop."ORDERS"
UNION ALL SELECT id FROM shop."orders";

-- case: a lateral alias
-- dialect: snowflake
-- schema: shop.orders(amount)
-- sources: shop.orders
-- targets: mart.rev
-- column: shop.orders.amount -> mart.rev.net, mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (net, gross) SELECT amount * 2 AS net, net * 1.19 FROM shop.orders;

-- case: MERGE from a stage
-- dialect: snowflake
-- sources: @landing/x.csv
-- targets: shop.orders
-- column: @landing/x.csv.$1 -> shop.orders.id DIRECT IDENTITY
-- influence: shop.orders.id, @landing/x.csv.$1 -> shop.orders JOIN
-- diagnostics: none
MERGE INTO shop.orders AS t
USING (SELECT $1 AS id FROM @landing/x.csv) AS s ON t.id = s.id
WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);

-- case: an external table has its rows from its stage
-- dialect: snowflake
-- sources: @stg/x/
-- targets: d.e
CREATE OR REPLACE EXTERNAL TABLE d.e (id INT) LOCATION=@stg/x/ AUTO_REFRESH=TRUE FILE_FORMAT=(TYPE=PARQUET);

-- case: db..table is in the schema PUBLIC
-- dialect: snowflake
-- why: https://docs.snowflake.com/en/sql-reference/name-resolution
-- sources: db.PUBLIC.orders
-- targets: x
-- column: db.PUBLIC.orders.a -> x.a DIRECT IDENTITY
CREATE TABLE x AS SELECT a FROM db..orders;

-- case: names in strings are names
-- dialect: snowflake
-- sources: db.s.t, s.u
-- targets: x.y
-- column: db.s.t.a -> x.y.a DIRECT IDENTITY
-- column: s.u.b -> x.y.b DIRECT IDENTITY
INSERT INTO IDENTIFIER('x.y') (a, b) SELECT t.a, u.b FROM IDENTIFIER('db.s.t') AS t, TABLE('s.u') AS u;

-- case: created, changed and dropped by a name in a string
-- dialect: snowflake
-- sources: s
-- targets: x
-- column: s.a -> x.a DIRECT IDENTITY
-- change: DROP y
CREATE TABLE IDENTIFIER('x') AS SELECT a FROM s;
DROP TABLE IDENTIFIER('y');

-- case: $n is the n-th column of rows that are not those of a file
-- dialect: snowflake
-- column: u.x -> t.a DIRECT IDENTITY
-- column: u.y -> t.b DIRECT IDENTITY
-- diagnostics: none
INSERT INTO t (a, b) SELECT $1, v.$2 FROM (SELECT x, y FROM u) AS v
