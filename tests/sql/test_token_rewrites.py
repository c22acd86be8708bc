"""Rewritten statements parse, and their AST says what the statement meant; in the words of `command_effects.lines`."""

from __future__ import annotations

import pytest
from tests.sql.command_effects import lines, rewritten, tokens_of

from lineagraph.sql.facts import Output, Select, Write
from lineagraph.sql.token_rewrites import rewrite

# ruff: noqa: E501
# dialect | statement | effects, separated by " ; " (of a query: its relation)
DEFINITIONS = r"""
tsql | ALTER VIEW v (x) WITH SCHEMABINDING AS SELECT a FROM dbo.t WITH CHECK OPTION | CREATE view v(x) << [a:a] dbo.t
tsql | CREATE VIEW v (x, y) WITH SCHEMABINDING, VIEW_METADATA AS SELECT a, b FROM dbo.t | CREATE view v(x, y) << [a:a, b:b] dbo.t
mysql | ALTER ALGORITHM=MERGE DEFINER=`r`@`h` SQL SECURITY DEFINER VIEW v AS SELECT a FROM t | CREATE view v << [a:a] t
mysql | CREATE DEFINER=CURRENT_USER VIEW v AS SELECT a FROM t WITH CASCADED CHECK OPTION | CREATE view v << [a:a] t
clickhouse | ALTER TABLE t MODIFY QUERY SELECT a FROM b | CREATE materialized_view t << [a:a] b
hive | CREATE TABLE t (a INT) SKEWED BY (a) ON (1,2) STORED AS DIRECTORIES | CREATE table t(a)
hive | CREATE MATERIALIZED VIEW v DISABLE REWRITE AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
tsql | CREATE TABLE dbo.t WITH (DISTRIBUTION = HASH(a), CLUSTERED COLUMNSTORE INDEX) AS SELECT a FROM u | CREATE table dbo.t << [a:a] u
tsql | CREATE TABLE dbo.t AS CLONE OF dbo.u | CREATE table dbo.t << [*] dbo.u
snowflake | CREATE HYBRID TABLE a (x INT PRIMARY KEY) | CREATE table a(x)
snowflake | CREATE RECURSIVE VIEW v (a) AS SELECT a FROM t | CREATE view v(a) << [*] [a:a] t
snowflake | CREATE LOCAL TEMPORARY VIEW v AS SELECT a FROM t | CREATE temporary_table v << [a:a] t
snowflake | CREATE EXTERNAL TABLE t (dt DATE AS TO_DATE(SPLIT_PART(metadata$filename, '/', 3)), a INT AS (value:a::int)) PARTITION BY (dt) LOCATION = @s/x FILE_FORMAT = (TYPE = CSV) | CREATE table t(dt, a)
bigquery | CREATE SNAPSHOT TABLE d.a CLONE d.b | CREATE table d.a LIKE d.b
bigquery | CREATE SNAPSHOT TABLE IF NOT EXISTS d.a CLONE d.b FOR SYSTEM_TIME AS OF CURRENT_TIMESTAMP() OPTIONS (x = 1) | CREATE table d.a LIKE d.b
bigquery | CREATE OR REPLACE TABLE d.a COPY d.b OPTIONS (x = 1) | CREATE table d.a LIKE d.b
bigquery | CREATE OR REPLACE EXTERNAL TABLE d.t (a INT64) WITH PARTITION COLUMNS (dt DATE) OPTIONS (uris = ['gs://b/x', 'gs://b/y']) | CREATE table d.t(a, dt)
bigquery | CREATE MATERIALIZED VIEW d.v AS REPLICA OF d.w | CREATE materialized_view d.v << [*] d.w
databricks | CREATE OR REPLACE TABLE a DEEP CLONE b VERSION AS OF 3 | CREATE table a LIKE b
databricks | CREATE OR REFRESH STREAMING TABLE t AS SELECT a FROM STREAM read_files('/x', format => 'json') | CREATE table t << [a:a] /x
databricks | CREATE OR REFRESH STREAMING TABLE t AS SELECT a FROM STREAM(live.s) | CREATE table t << [a:a] s
databricks | CREATE STREAMING LIVE TABLE t AS SELECT a FROM STREAM(LIVE.s) | CREATE table t << [a:a] s
databricks | CREATE OR REFRESH LIVE TABLE t COMMENT 'c' AS SELECT a FROM LIVE.s | CREATE table t << [a:a] s
databricks | CREATE LIVE VIEW t AS SELECT a FROM LIVE.s | CREATE view t << [a:a] s
databricks | CREATE TEMPORARY LIVE TABLE t AS SELECT a FROM s | CREATE temporary_table t << [a:a] s
databricks | CREATE OR REFRESH STREAMING TABLE t (a INT, CONSTRAINT ok EXPECT (a > 0) ON VIOLATION DROP ROW) TBLPROPERTIES ('x' = 'y') AS SELECT a FROM STREAM s | CREATE table t(a) << [a:a] s
databricks | CREATE OR REFRESH MATERIALIZED VIEW t (CONSTRAINT ok EXPECT (a > 0)) AS SELECT a FROM s | CREATE materialized_view t << [a:a] s
databricks | CREATE OR REPLACE MATERIALIZED VIEW t SCHEDULE EVERY 1 HOUR AS SELECT a FROM s | CREATE materialized_view t << [a:a] s
databricks | CREATE MATERIALIZED VIEW t PARTITIONED BY (a) COMMENT 'x' SCHEDULE CRON '0 0 * * * ?' AS SELECT a FROM s | CREATE materialized_view t << [a:a] s
databricks | CREATE PRIVATE MATERIALIZED VIEW t AS SELECT a FROM s | CREATE materialized_view t << [a:a] s
teradata | CREATE TABLE a AS db.b WITH DATA AND STATS | CREATE table a << [*] db.b
teradata | REPLACE VIEW v AS SELECT a FROM t WITH CHECK OPTION | CREATE view v << [a:a] t
teradata | CREATE RECURSIVE VIEW v (a, n) AS (SELECT a, 1 FROM t UNION ALL SELECT a, n + 1 FROM v) | CREATE view v(a, n) << [*] recursion
teradata | REPLACE RECURSIVE VIEW v (a) AS (SELECT a FROM t) | CREATE view v(a) << [*] [a:a] t
teradata | CT a AS (SEL x FROM b) WITH DATA | CREATE table a << [x:x] b
teradata | CV v AS SEL a FROM t | CREATE view v << [a:a] t
teradata | CREATE JOIN INDEX j AS SELECT a, b FROM t PRIMARY INDEX (a) | CREATE materialized_view j << [a:a, b:b] t
oracle | CREATE PRIVATE TEMPORARY TABLE ora$ptt_a (x NUMBER) ON COMMIT DROP DEFINITION | CREATE temporary_table ora$ptt_a(x)
oracle | CREATE PRIVATE TEMPORARY TABLE ora$ptt_a ON COMMIT PRESERVE DEFINITION AS SELECT x FROM b | CREATE temporary_table ora$ptt_a << [x:x] b
oracle | CREATE TABLE a NOLOGGING PARALLEL 4 AS SELECT x FROM b | CREATE table a << [x:x] b
oracle | CREATE TABLE a TABLESPACE ts PCTFREE 0 COMPRESS FOR OLTP AS SELECT x FROM b | CREATE table a << [x:x] b
oracle | CREATE TABLE a (x NUMBER) TABLESPACE ts STORAGE (INITIAL 64K NEXT 1M) LOGGING NOCOMPRESS | CREATE table a(x)
oracle | CREATE TABLE a (x NUMBER, y DATE) PARTITION BY RANGE (y) INTERVAL (NUMTOYMINTERVAL(1,'MONTH')) (PARTITION p0 VALUES LESS THAN (TO_DATE('2020','YYYY'))) | CREATE table a(x, y)
oracle | CREATE TABLE a PARTITION BY HASH (x) PARTITIONS 4 AS SELECT x FROM b | CREATE table a << [x:x] b
oracle | CREATE TABLE a (x NUMBER) ORGANIZATION EXTERNAL (TYPE ORACLE_LOADER DEFAULT DIRECTORY d ACCESS PARAMETERS (RECORDS DELIMITED BY NEWLINE FIELDS TERMINATED BY ',') LOCATION ('a.csv', 'b.csv')) REJECT LIMIT UNLIMITED | CREATE table a(x)
oracle | CREATE TABLE a (x NUMBER, y NUMBER GENERATED ALWAYS AS (x + 1) VIRTUAL) | CREATE table a(x, y)
oracle | CREATE TABLE a FOR EXCHANGE WITH TABLE b | CREATE table a LIKE b
oracle | CREATE MATERIALIZED VIEW v BUILD IMMEDIATE REFRESH FAST ON COMMIT AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
oracle | CREATE MATERIALIZED VIEW v TABLESPACE ts BUILD DEFERRED REFRESH COMPLETE ON DEMAND START WITH SYSDATE NEXT SYSDATE + 1 ENABLE QUERY REWRITE AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
oracle | CREATE MATERIALIZED VIEW v REFRESH FORCE ON DEMAND WITH PRIMARY KEY AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
oracle | CREATE MATERIALIZED VIEW v ON PREBUILT TABLE WITHOUT REDUCED PRECISION AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
oracle | CREATE MATERIALIZED VIEW v (x) PARALLEL NOLOGGING REFRESH COMPLETE USING NO INDEX AS SELECT a FROM t | CREATE materialized_view v(x) << [a:a] t
oracle | CREATE SNAPSHOT v AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
oracle | CREATE OR REPLACE NOFORCE EDITIONABLE VIEW v (x, y) AS SELECT a, b FROM t WITH READ ONLY | CREATE view v(x, y) << [a:a, b:b] t
oracle | CREATE OR REPLACE FORCE EDITIONABLE VIEW "HR"."V" ("X") BEQUEATH DEFINER AS SELECT a FROM t | CREATE view hr.v(x) << [a:a] t
oracle | CREATE OR REPLACE VIEW v (x, CONSTRAINT pk PRIMARY KEY (x) RELY DISABLE NOVALIDATE) AS SELECT a FROM t | CREATE view v(x) << [a:a] t
mysql | CREATE TEMPORARY TABLE a IGNORE SELECT x FROM b | CREATE temporary_table a << [x:x] b
mysql | CREATE TABLE a REPLACE AS SELECT x FROM b | CREATE table a << [x:x] b
mysql | CREATE TABLE a (x INT) PARTITION BY HASH (x) PARTITIONS 4 | CREATE table a(x)
postgres | CREATE MATERIALIZED VIEW v AS SELECT a FROM t WITH NO DATA | CREATE materialized_view v << [a:a] t
postgres | CREATE MATERIALIZED VIEW IF NOT EXISTS v TABLESPACE ts AS SELECT a FROM t WITH DATA | CREATE materialized_view v << [a:a] t
postgres | CREATE TEMP TABLE a ON COMMIT DROP AS SELECT x FROM b | CREATE temporary_table a << [x:x] b
postgres | CREATE RECURSIVE VIEW v (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM v | CREATE view v(n) << [*] recursion
postgres | CREATE OR REPLACE VIEW v WITH (security_barrier) AS SELECT a FROM t WITH LOCAL CHECK OPTION | CREATE view v << [a:a] t
postgres | CREATE TEMP RECURSIVE VIEW v (n) AS SELECT 1 | CREATE temporary_table v(n) << [*] [1]
postgres | CREATE FOREIGN TABLE t (a INT) SERVER s OPTIONS (table_name 'x') | CREATE table t(a)
clickhouse | CREATE MATERIALIZED VIEW v ENGINE = MergeTree ORDER BY a POPULATE AS SELECT a FROM s | CREATE materialized_view v << [a:a] s
clickhouse | CREATE MATERIALIZED VIEW v TO t DEFINER = u SQL SECURITY DEFINER AS SELECT a FROM s | CREATE materialized_view v << [a:a] s ; t <<= [a:a] s
clickhouse | CREATE LIVE VIEW v AS SELECT a FROM s | CREATE view v << [a:a] s
clickhouse | CREATE WINDOW VIEW v TO t AS SELECT count(a) FROM s GROUP BY tumble(ts, INTERVAL '1' MINUTE) | CREATE materialized_view v << [count(a):a] s ?ts ; t <<= [count(a):a] s ?ts
clickhouse | CREATE TABLE a CLONE AS b | CREATE table a << [*] b
clickhouse | REPLACE TABLE a ENGINE = Memory AS SELECT x FROM b | CREATE table a << [x:x] b
duckdb | CREATE TABLE a AS PIVOT t ON b USING sum(c) | CREATE table a << [*] pivot
trino | CREATE MATERIALIZED VIEW v GRACE PERIOD INTERVAL '1' DAY WITH (format = 'ORC') AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
ansi | CREATE TABLE a AS (SELECT x FROM b) DATA INITIALLY DEFERRED REFRESH DEFERRED | CREATE table a << [x:x] b
ansi | CREATE TABLE a AS (SELECT x FROM b) DEFINITION ONLY | CREATE table a << [x:x] b
ansi | DECLARE GLOBAL TEMPORARY TABLE session.a AS (SELECT x FROM b) WITH DATA ON COMMIT PRESERVE ROWS NOT LOGGED | CREATE temporary_table session.a << [x:x] b
ansi | DECLARE GLOBAL TEMPORARY TABLE session.a (x INT) ON COMMIT PRESERVE ROWS | CREATE temporary_table session.a(x)
ansi | DECLARE GLOBAL TEMPORARY TABLE a LIKE b | CREATE temporary_table a LIKE b
ansi | CREATE VIEW v AS SELECT a FROM t WITH CASCADED CHECK OPTION | CREATE view v << [a:a] t
exasol | CREATE FORCE VIEW v AS SELECT a FROM t | CREATE view v << [a:a] t
exasol | CREATE TABLE a AS TABLE b | CREATE table a << [*] b
materialize | CREATE MATERIALIZED VIEW v IN CLUSTER c AS SELECT a FROM t | CREATE materialized_view v << [a:a] t
risingwave | CREATE SINK s AS SELECT a FROM v WITH (connector = 'kafka') | CREATE table s << [a:a] v
ansi | CREATE STREAM s WITH (kafka_topic = 't') AS SELECT a FROM u EMIT CHANGES | CREATE table s << [a:a] u
ansi | CREATE RECURSIVE VIEW v (n) AS SELECT 1 UNION ALL SELECT n + 1 FROM v | CREATE view v(n) << [*] recursion
spark | REPLACE TABLE a USING iceberg AS SELECT x FROM b | CREATE table a << [x:x] b
"""

STATEMENTS = r"""
snowflake | ALTER TASK t MODIFY AS INSERT INTO a SELECT b FROM c | a << [b:b] c
mysql | REPLACE INTO t (a, b) SELECT x, y FROM s | t(a, b) << [x:x, y:y] s
mysql | REPLACE t SELECT x, y FROM s | t << [x:x, y:y] s
mysql | REPLACE INTO t SET a = 1, b = 2 | t(a, b) << [column_0, column_1]
mysql | REPLACE INTO t VALUES (1, 2) | t << [column_0, column_1]
mysql | REPLACE LOW_PRIORITY INTO t (a) VALUES (1) | t(a) << [column_0]
mysql | INSERT LOW_PRIORITY INTO t (a) SELECT x FROM s | t(a) << [x:x] s
mysql | INSERT DELAYED IGNORE INTO t (a) SELECT x FROM s | t(a) << [x:x] s
mysql | INSERT HIGH_PRIORITY t (a) SELECT x FROM s | t(a) << [x:x] s
sqlite | REPLACE INTO t (a, b) SELECT x, y FROM s | t(a, b) << [x:x, y:y] s
sqlite | UPDATE OR IGNORE t SET a = b | t <<= [a:b] t
spark | INSERT OVERWRITE DIRECTORY '/x' USING parquet OPTIONS ('a' = 'b') SELECT a FROM t | /x << [a:a] t
spark | INSERT OVERWRITE DIRECTORY USING parquet OPTIONS (path '/x') SELECT a FROM t | /x << [a:a] t
hive | INSERT OVERWRITE TABLE t PARTITION (dt) IF NOT EXISTS SELECT a, dt FROM s | t << [a:a, dt:dt] s
ansi | UPSERT INTO t (a, b) SELECT x, y FROM s | t(a, b) << [x:x, y:y] s
ansi | UPSERT INTO t (a, b) VALUES (1, 2) | t(a, b) << [column1, column2]
ansi | UPSERT t (a, b) SELECT x, y FROM s | t(a, b) << [x:x, y:y] s
ansi | UPSERT t VALUES (1, 2) WITH PRIMARY KEY | t << [column1, column2]
tsql | BULK INSERT dbo.t FROM 'C:\data\a.csv' WITH (FIELDTERMINATOR = ',', FIRSTROW = 2) | dbo.t << [*] C:\data\a.csv
tsql | BULK INSERT t FROM '/a.csv' | t << [*] /a.csv
tsql | INSERT INTO t SELECT a FROM OPENROWSET(BULK 'a.csv', FORMATFILE = 'f.xml') AS x | t << [a:a] a.csv
tsql | INSERT INTO t SELECT a FROM OPENROWSET(BULK N'a.csv', SINGLE_CLOB) AS x(a) | t << [a:a] a.csv
tsql | SELECT a FROM OPENROWSET(BULK 'https://x/*.parquet', FORMAT = 'PARQUET') WITH (a INT, b VARCHAR(10)) AS r | [a:a] https://x/*.parquet
tsql | COPY INTO dbo.t (a 1, b DEFAULT 2 3) FROM 'https://x/a.csv' WITH (FILE_TYPE = 'CSV') | dbo.t(a, b) << [*] https://x/a.csv
postgres | COPY t (a) FROM '/x/a.csv' WITH (FORMAT csv) WHERE a > 1 | t(a) << [*] /x/a.csv
postgres | \copy t from 'a.csv' csv header | t << [*] a.csv
postgres | \copy (select a from t) to 'a.csv' csv | a.csv << [a:a] t
postgres | COPY t (a, b FILLER int, c AS a + 1) FROM '/x/a.csv' DELIMITER ',' | t(a, c) << [*] /x/a.csv
postgres | COPY t FROM LOCAL '/x/a.csv' DELIMITER ',' | t << [*] /x/a.csv
postgres | COPY t FROM S3 's3://x' ON ANY NODE PARQUET | t << [*] s3://x
snowflake | CREATE OR REPLACE PIPE p AUTO_INGEST = TRUE AS COPY INTO t FROM @stage FILE_FORMAT = (TYPE = JSON) | t << [*] @stage
snowflake | CREATE PIPE p AS COPY INTO t (a) FROM (SELECT $1 FROM @stage) | t(a) << [$1:$1] @stage
snowflake | CREATE TASK k WAREHOUSE = w SCHEDULE = '1 minute' AS INSERT INTO t SELECT a FROM s | t << [a:a] s
snowflake | CREATE OR REPLACE TASK k WAREHOUSE = w AFTER j WHEN SYSTEM$STREAM_HAS_DATA('st') AS MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a | t <<= [a:a] t s ?id ?id
snowflake | CREATE ALERT a WAREHOUSE = w SCHEDULE = '1 minute' IF (EXISTS (SELECT 1 FROM t)) THEN INSERT INTO u SELECT a FROM t | u << [a:a] t
bigquery | DELETE d.t WHERE a = 1 | DELETE d.t : [] d.t ?a
bigquery | DELETE d.t AS t WHERE t.a IN (SELECT b FROM d.u) | DELETE d.t : [] d.t ?a
databricks | INSERT INTO t REPLACE ON t.id = s.id SELECT * FROM s | t << [*] s
databricks | INSERT WITH SCHEMA EVOLUTION INTO t SELECT a FROM s | t << [a:a] s
databricks | MERGE WITH SCHEMA EVOLUTION INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT * | t <<= [*] t s ?id ?id ; t <<= [*] t s ?id ?id
databricks | CREATE FLOW f AS INSERT INTO t BY NAME SELECT a FROM STREAM s | t <<= [a:a] s
databricks | CREATE FLOW f AS INSERT INTO ONCE t BY NAME SELECT a FROM s | t <<= [a:a] s
teradata | INSERT INTO t (a = 1, b = 2) | t(a, b) << [column1, column2]
teradata | UPD t FROM s SET a = s.b WHERE t.id = s.id | t <<= [a:b] t s ?id ?id
teradata | UPDATE t FROM s SET a = s.b WHERE t.id = s.id | t <<= [a:b] t s ?id ?id
teradata | DEL t ALL | DELETE t : [] t
teradata | DELETE FROM t ALL | DELETE t : [] t
teradata | DELETE t | DELETE t : [] t
teradata | DELETE t FROM s WHERE t.id = s.id | DELETE t : [] t s ?id ?id
teradata | LOCKING ROW FOR ACCESS SELECT a FROM t | [a:a] t
teradata | LOCKING TABLE t FOR ACCESS SELECT a FROM t | [a:a] t
teradata | LOCK ROW FOR ACCESS INSERT INTO u SELECT a FROM t | u << [a:a] t
teradata | LOCKING db.t FOR READ NOWAIT SELECT a FROM t | [a:a] t
teradata | LOCKING ROW FOR ACCESS LOCKING TABLE t FOR ACCESS SEL a FROM t | [a:a] t
teradata | MERGE INTO t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT (s.id, s.a) | t <<= [a:a] t s ?id ?id ; t << [id:id, a:a] t s ?id ?id
teradata | INSERT INTO t SELECT a FROM s LOGGING ERRORS | t << [a:a] s
oracle | MERGE INTO t USING s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET t.a = s.a WHERE s.b = 1 DELETE WHERE t.c = 2 WHEN NOT MATCHED THEN INSERT (id, a) VALUES (s.id, s.a) WHERE s.d = 3 | t <<= [a:a+b] t s ?id ?id ; DELETE t : [] t s ?id ?id ?c ; t(id, a) << [id:id+d, a:a+d] t s ?id ?id
oracle | MERGE INTO t USING s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET t.a = s.a DELETE WHERE t.c = 2 | t <<= [a:a] t s ?id ?id ; DELETE t : [] t s ?id ?id ?c
oracle | MERGE INTO t USING s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET t.a = s.a LOG ERRORS INTO err ('x') REJECT LIMIT UNLIMITED | t <<= [a:a] t s ?id ?id
oracle | INSERT INTO t (a) SELECT x FROM s LOG ERRORS INTO err REJECT LIMIT 10 | t(a) << [x:x] s
oracle | INSERT INTO t PARTITION FOR (DATE '2024-01-01') SELECT x FROM s | t << [x:x] s
oracle | INSERT INTO (SELECT a, b FROM t) VALUES (1, 2) | t(a, b) << [column1, column2]
oracle | INSERT INTO t tt (tt.a) SELECT x FROM s | t(a) << [x:x] s
oracle | UPDATE (SELECT t.a, s.b FROM t JOIN s ON t.id = s.id) SET a = b | t <<= [a:b] [a:a, b:b] t s ?id ?id
oracle | UPDATE t SET a = 1 LOG ERRORS | t <<= [a] t
oracle | DELETE t WHERE a = 1 | DELETE t : [] t ?a
oracle | DELETE FROM t WHERE a = 1 LOG ERRORS INTO err | DELETE t : [] t ?a
oracle | TRUNCATE TABLE t DROP STORAGE | TRUNCATE t
tsql | MERGE TOP (10) INTO t USING s ON t.id = s.id WHEN MATCHED THEN DELETE | DELETE t : [] t s ?id ?id
tsql | MERGE t USING (VALUES (1, 2)) AS s (id, a) ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.a = s.a OUTPUT $action, inserted.id OPTION (RECOMPILE) | t <<= [a:a] t [column1, column2] ?id ?id
tsql | MERGE t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a += s.a | t <<= [a:a+a] t s ?id ?id
tsql | INSERT INTO t WITH (TABLOCK) (a) SELECT x FROM s | t(a) << [x:x] s
tsql | INSERT INTO t WITH (TABLOCK) SELECT x FROM s | t << [x:x] s
tsql | INSERT TOP (10) INTO t SELECT x FROM s | t << [x:x] s
tsql | INSERT INTO t SELECT a FROM (DELETE FROM u OUTPUT deleted.a WHERE b = 1) AS d | DELETE u : [] u ?b ; t << [a:a] [a:a] returning returning returning
tsql | DELETE FROM a FROM a JOIN b ON a.id = b.id WHERE b.x = 1 | DELETE a : [] a b ?id ?id ?x
tsql | DELETE FROM x FROM dbo.a x WHERE x.id = 1 | DELETE dbo.a : [] dbo.a ?id
tsql | DELETE a WHERE id = 1 | DELETE a : [] a ?id
tsql | DELETE TOP (10) FROM a WHERE id = 1 | DELETE a : [] a ?id
tsql | DELETE FROM a OUTPUT deleted.id WHERE id = 1 | DELETE a : [] a ?id
tsql | UPDATE TOP (10) a SET x = 1 | a <<= [x] a
tsql | UPDATE TOP (10) PERCENT a SET x = 1 | a <<= [x] a
tsql | WITH XMLNAMESPACES ('u' AS ns) SELECT a FROM t | [a:a] t
mysql | UPDATE LOW_PRIORITY IGNORE a SET x = 1 ORDER BY id LIMIT 10 | a <<= [x] a
mysql | DELETE a.* FROM a JOIN b ON a.id = b.id | DELETE a : [] a b ?id ?id
mysql | DELETE LOW_PRIORITY QUICK IGNORE FROM a WHERE x = 1 | DELETE a : [] a ?x
mysql | SELECT a, b INTO @x, @y FROM t | [a:a, b:b] t
mysql | SELECT a FROM t INTO @x | [a:a] t
mysql | CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO INSERT INTO t SELECT a FROM s | t << [a:a] s
postgres | INSERT INTO t OVERRIDING SYSTEM VALUE SELECT a FROM s | t << [a:a] s
postgres | INSERT INTO t (a) OVERRIDING USER VALUE SELECT a FROM s | t(a) << [a:a] s
postgres | DELETE FROM t WHERE CURRENT OF cur | DELETE t : [] t
redshift | DELETE t USING s WHERE t.id = s.id | DELETE t : [] t s ?id ?id
redshift | MERGE INTO t USING s ON t.id = s.id REMOVE DUPLICATES | t <<= [*] t s ?id ?id ; t <<= [*] t s ?id ?id
ansi | SELECT a FROM FINAL TABLE (INSERT INTO t SELECT x FROM s) | t << [x:x] s
ansi | SELECT a FROM OLD TABLE (DELETE FROM t WHERE x = 1) | DELETE t : [] t ?x
ansi | SELECT a FROM t WITH UR | [a:a] t
ansi | INSERT INTO t SELECT a FROM s WITH UR | t << [a:a] s
ansi | DELETE FROM t WHERE a = 1 WITH UR | DELETE t : [] t ?a
starrocks | INSERT INTO FILES ('path' = 's3://b/x', 'format' = 'parquet') SELECT a FROM t | s3://b/x << [a:a] t
starrocks | SUBMIT TASK AS INSERT INTO t SELECT a FROM s | t << [a:a] s
starrocks | INSERT INTO t WITH LABEL l SELECT a FROM s | t << [a:a] s
ansi | INSERT INTO t SELECT a FROM s EMIT CHANGES | t << [a:a] s
"""


def _cases(*texts: str) -> list[list[str]]:
    return [
        [part.strip() for part in line.split(" | ")] for text in texts for line in text.strip().splitlines()
    ]


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"), _cases(DEFINITIONS, STATEMENTS), ids=lambda text: text[:60]
)
def test_lineage_of_what_is_rewritten(dialect: str, sql: str, expected: str) -> None:
    tokens, state = rewritten(sql, "" if dialect == "ansi" else dialect)
    assert tokens is not None
    assert " ; ".join(lines(state)) == expected


def test_what_stays_keeps_its_tokens() -> None:
    sql = "CREATE MATERIALIZED VIEW m.v BUILD IMMEDIATE REFRESH FAST AS SELECT a, b + 1 AS c FROM t"
    tokens = tokens_of(sql, "oracle")
    changed = rewrite(tokens, "oracle")
    assert changed is not None
    kept = [token.text for token in changed if any(token is other for other in tokens)]
    assert kept == "m . v SELECT a , b + 1 AS c FROM t".split()


def test_stand_ins_point_into_the_statement() -> None:
    sql = "MERGE INTO t USING s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET t.a = s.a DELETE WHERE t.c = 2"
    changed = rewrite(tokens_of(sql, "oracle"), "oracle")
    assert changed is not None
    assert all(0 <= token.start <= token.end < len(sql) for token in changed)
    assert all(token.line == 1 for token in changed)


def test_spans_are_those_of_the_file_when_parts_move() -> None:
    sql = "UPDATE (SELECT t.a, s.b FROM t JOIN s ON t.id = s.id) SET a = b + 1"
    _, state = rewritten(sql, "oracle")
    (write,) = state.effects
    assert isinstance(write, Write)
    update = state.relations[write.relation]
    assert isinstance(update, Select)
    (output,) = update.outputs
    assert isinstance(output, Output)
    assert sql[output.start : output.end] == "a = b + 1"


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "SELECT a FROM t WHERE b = 1"),
        ("postgres", "INSERT INTO t (a) SELECT b FROM s"),
        ("postgres", "UPDATE t SET a = 1 WHERE b = 2"),
        ("postgres", "DELETE FROM t WHERE a = 1"),
        ("oracle", "MERGE INTO t USING s ON (t.id = s.id) WHEN MATCHED THEN UPDATE SET t.a = s.a"),
        ("mysql", "REPLACE(a, b)"),
        ("postgres", "GRANT SELECT ON t TO x"),
        ("teradata", "UPDATE t SET a = 1 WHERE b = 2 ELSE INSERT INTO t (a) VALUES (1)"),
        ("tsql", "DELETE FROM a OUTPUT deleted.id INTO log (id) WHERE id = 1"),
        ("postgres", "CREATE INDEX i ON t (a)"),
        ("postgres", "CREATE FUNCTION f() RETURNS TABLE (a int) AS 'SELECT a FROM t'"),
    ],
)
def test_nothing_to_rewrite(dialect: str, sql: str) -> None:
    assert rewrite(tokens_of(sql, dialect), dialect) is None


def test_every_prefix_of_every_statement_is_survived() -> None:
    for dialect, sql, _ in _cases(DEFINITIONS, STATEMENTS):
        dialect = "" if dialect == "ansi" else dialect
        tokens = tokens_of(sql, dialect)
        for length in range(len(tokens)):
            rewrite(tokens[:length], dialect)
