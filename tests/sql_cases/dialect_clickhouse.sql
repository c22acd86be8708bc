-- ClickHouse.

-- case: a materialized view TO a table
-- dialect: clickhouse
-- why: the rows go to the table that TO names; the view keeps none
-- sources: raw.events
-- targets: mart.clicks
-- column: raw.events.id -> mart.clicks.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE MATERIALIZED VIEW mart.clicks_mv TO mart.clicks AS SELECT id FROM raw.events;

-- case: a materialized view with its own storage
-- dialect: clickhouse
-- sources: raw.events
-- targets: mart.clicks
-- column: raw.events.id -> mart.clicks.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
CREATE MATERIALIZED VIEW mart.clicks ENGINE = MergeTree ORDER BY id AS SELECT id FROM raw.events;

-- case: combinators: the condition of sumIf
-- dialect: clickhouse
-- why: sumIf(x, c) is SUM(x) FILTER (WHERE c)
-- sources: raw.events
-- targets: mart.rev
-- column: raw.events.day -> mart.rev.day DIRECT IDENTITY
-- column: raw.events.amount -> mart.rev.total DIRECT AGGREGATION
-- column: raw.events.paid -> mart.rev.total INDIRECT CONDITIONAL
-- influence: raw.events.day -> mart.rev GROUP_BY
-- diagnostics: none
INSERT INTO mart.rev
SELECT day, sumIf(amount, paid = 1) AS total FROM raw.events GROUP BY day;

-- case: argMax takes both
-- dialect: clickhouse
-- sources: raw.events
-- targets: mart.last
-- column: raw.events.status, raw.events.ts -> mart.last.status DIRECT AGGREGATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.last SELECT argMax(status, ts) AS status FROM raw.events;

-- case: PREWHERE and FINAL
-- dialect: clickhouse
-- sources: raw.events
-- targets: mart.clicks
-- column: raw.events.id -> mart.clicks.id DIRECT IDENTITY
-- influence: raw.events.kind, raw.events.ts -> mart.clicks FILTER
-- diagnostics: none
INSERT INTO mart.clicks
SELECT id FROM raw.events FINAL PREWHERE kind = 'click' WHERE ts > '2024-01-01';

-- case: ARRAY JOIN
-- dialect: clickhouse
-- why: what is unfolded decides how many rows come out: JOIN
-- sources: raw.events
-- targets: mart.tags
-- column: raw.events.id -> mart.tags.id DIRECT IDENTITY
-- column: raw.events.tags -> mart.tags.tag DIRECT TRANSFORMATION
-- influence: raw.events.tags -> mart.tags JOIN
-- diagnostics: none
INSERT INTO mart.tags SELECT id, tag FROM raw.events ARRAY JOIN tags AS tag;

-- case: WITH names an expression
-- dialect: clickhouse
-- sources: raw.events
-- targets: mart.rev
-- column: raw.events.amount -> mart.rev.gross DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev WITH amount * 1.19 AS g SELECT g AS gross FROM raw.events;

-- case: names have case, columns too
-- dialect: clickhouse
-- sources: raw.Events, raw.events
-- targets: mart.rev
-- column: raw.Events.id, raw.events.Id -> mart.rev.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO mart.rev (id)
SELECT id FROM raw.Events UNION ALL SELECT Id FROM raw.events;

-- case: CREATE TABLE AS another table copies its shape
-- dialect: clickhouse
-- schema: raw.events(id)
-- sources: none
-- targets: none
-- columns: none
-- influences: none
-- diagnostics: none
CREATE TABLE arch.events AS raw.events;

-- case: MATERIALIZED and ALIAS columns
-- dialect: clickhouse
-- why: both are computed from the columns of their expression
-- column: mart.rev.net -> mart.rev.gross, mart.rev.tax DIRECT TRANSFORMATION
-- influences: none
-- diagnostics: none
CREATE TABLE mart.rev (net Float64, gross Float64 MATERIALIZED net * 1.19, tax Float64 ALIAS net * 0.19)
ENGINE = MergeTree ORDER BY net;

-- case: ALTER UPDATE is an UPDATE
-- dialect: clickhouse
-- why: a mutation writes data, so it is no mere change of the table
-- sources: none
-- targets: mart.rev
-- column: mart.rev.net -> mart.rev.gross DIRECT TRANSFORMATION
-- influence: mart.rev.day -> mart.rev FILTER
-- diagnostics: none
ALTER TABLE mart.rev UPDATE gross = net * 1.19 WHERE day = '2024-01-01';

-- case: ALTER DELETE is a DELETE
-- dialect: clickhouse
-- sources: none
-- targets: none
-- columns: none
-- influence: mart.rev.day -> mart.rev FILTER
-- change: DELETE mart.rev
-- diagnostics: none
ALTER TABLE mart.rev DELETE WHERE day = '2024-01-01';

-- case: the s3 function reads and writes files
-- dialect: clickhouse
-- sources: s3://lake/in.csv
-- targets: s3://lake/out.csv
-- column: s3://lake/in.csv.id -> s3://lake/out.csv.id DIRECT IDENTITY
-- influences: none
-- diagnostics: none
INSERT INTO FUNCTION s3('s3://lake/out.csv') SELECT id FROM s3('s3://lake/in.csv');

-- case: WITH (subquery) AS name is a value, not a relation
-- dialect: clickhouse
-- sources: m, t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- column: m.x -> <query>.mx DIRECT AGGREGATION
-- influence: t.b, m.x -> <query> FILTER
WITH (SELECT max(x) FROM m) AS mx SELECT a, mx FROM t WHERE b < mx;

-- case: tables on other machines keep their names
-- dialect: clickhouse
-- sources: d.u, db.t
-- targets: x
-- column: db.t.a -> x.a DIRECT IDENTITY
-- column: d.u.b -> x.a DIRECT IDENTITY
INSERT INTO x (a) SELECT a FROM remote('h', db, t) UNION ALL SELECT b FROM cluster('c', d.u);

-- case: a dictionary is filled from its source
-- dialect: clickhouse
-- sources: db.src
-- targets: d
CREATE DICTIONARY d (id UInt64, name String) PRIMARY KEY id
SOURCE(CLICKHOUSE(TABLE 'src' DB 'db')) LAYOUT(FLAT()) LIFETIME(60);
