-- case: Flink's windows hand the rows of their table on
-- sources: clicks
-- targets: per_minute
-- column: clicks.page -> per_minute.page DIRECT IDENTITY
-- column: clicks.ts -> per_minute.window_start DIRECT TRANSFORMATION
-- column: clicks.n -> per_minute.total DIRECT AGGREGATION
-- influence: clicks.page, clicks.ts -> per_minute GROUP_BY
INSERT INTO per_minute SELECT page, window_start, SUM(n) AS total
FROM TABLE(TUMBLE(TABLE clicks, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) GROUP BY page, window_start;

-- case: every INSERT of Flink's statement set is read
-- sources: k
-- targets: a, b
-- column: k.x -> a.x DIRECT IDENTITY
-- column: k.y -> b.y DIRECT IDENTITY
EXECUTE STATEMENT SET BEGIN INSERT INTO a SELECT x FROM k; INSERT INTO b SELECT y FROM k; END;

-- case: RisingWave's windows
-- dialect: risingwave
-- sources: s
-- targets: m
-- column: s.a -> m.a DIRECT IDENTITY
-- column: s.ts -> m.window_end DIRECT TRANSFORMATION
CREATE MATERIALIZED VIEW m AS SELECT a, window_end FROM HOP(s, ts, INTERVAL '1' MINUTE, INTERVAL '5' MINUTE);

-- case: ksqlDB's window clause
-- sources: s
-- targets: agg
-- column: s.a -> agg.a DIRECT IDENTITY
-- column: s.* -> agg.n DIRECT AGGREGATION masking
-- influence: s.a -> agg GROUP_BY
CREATE TABLE agg AS SELECT a, COUNT(*) AS n FROM s WINDOW TUMBLING (SIZE 1 HOUR) GROUP BY a EMIT CHANGES;

-- case: Db2's session tables are folded
-- sources: t
-- targets: u
-- intermediates: none
-- column: t.a -> u.a DIRECT IDENTITY
DECLARE GLOBAL TEMPORARY TABLE session.x AS (SELECT a FROM t) WITH DATA;
INSERT INTO u SELECT a FROM session.x;

-- case: Vertica's gap filling
-- sources: t
-- column: t.a -> <query>.a DIRECT IDENTITY
-- diagnostics: none
SELECT a FROM t TIMESERIES slice AS '1 minute' OVER (PARTITION BY b ORDER BY c);

-- case: Dremio's virtual datasets and branches
-- dialect: dremio
-- sources: t
-- targets: v, w
-- column: t.a -> v.a DIRECT IDENTITY
-- column: t.b -> w.b DIRECT IDENTITY
CREATE VDS v AS SELECT a FROM t;
CREATE OR REPLACE VDS w AS SELECT b FROM t AT BRANCH main;

-- case: StarRocks reads files by their path
-- dialect: starrocks
-- sources: s3://x/y.parquet
-- targets: t
-- column: s3://x/y.parquet.a -> t.a DIRECT IDENTITY
INSERT INTO t SELECT a FROM FILES('path' = 's3://x/y.parquet', 'format' = 'parquet');

-- case: Redshift trains a model on a query
-- dialect: redshift
-- sources: t
-- targets: m
-- column: t.a -> m.a DIRECT TRANSFORMATION
-- column: t.y -> m.y DIRECT TRANSFORMATION
CREATE MODEL m FROM (SELECT a, y FROM t) TARGET y FUNCTION f IAM_ROLE 'r' SETTINGS (S3_BUCKET 'b');
