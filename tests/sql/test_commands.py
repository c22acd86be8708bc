"""Commands by their tokens: what each says, in the words of `command_effects.lines`."""

from __future__ import annotations

import random

import pytest
from tests.sql.command_effects import command, lines, new_state, tokens_of

from lineagraph.sql import definitions
from lineagraph.sql.commands import read_command, understands
from lineagraph.sql.creations import read_external_source
from lineagraph.sql.facts import Change, Output, Select, Table, Write
from lineagraph.sql.lexing import toolkit
from lineagraph.sql.misreads import misread

# ruff: noqa: E501
# dialect | statement | effects, separated by " ; "
SESSION = r"""
postgres | SET search_path TO mart, public | USE : mart, public
postgres | SET search_path = mart, "$user" | USE : mart
postgres | SET SESSION search_path TO mart | USE : mart
postgres | SET LOCAL search_path = 'mart' | USE : mart
postgres | SET SCHEMA 'mart' | USE : mart
postgres | SELECT set_config('search_path', 'mart, public', false) | USE : mart, public
postgres | \c shop | USE shop:
postgres | RESET search_path | USE : public
redshift | SET search_path TO mart | USE : mart
ansi | SET CURRENT SCHEMA = mart | USE : mart
ansi | SET CURRENT SCHEMA mart | USE : mart
ansi | SET SCHEMA mart | USE : mart
ansi | SET CURRENT_SCHEMA = mart | USE : mart
ansi | SET CATALOG shop | USE shop:
oracle | ALTER SESSION SET CURRENT_SCHEMA = mart | USE : mart
snowflake | ALTER SESSION SET CURRENT_SCHEMA = mart | USE : mart
databricks | SET CATALOG shop | USE shop:
spark | USE NAMESPACE mart | USE : mart
teradata | SET SESSION DATABASE shop | USE : shop
duckdb | SET schema = 'mart' | USE : mart
duckdb | SET search_path = 'a,b' | USE : a, b
postgres | SET SEARCH_PATH TO mart, public | USE : mart, public
bigquery | SET @@dataset_id = 'mart' | USE : mart
bigquery | SET @@dataset_project_id = 'p' | USE p:
"""

NAMES = r"""
oracle | CREATE OR REPLACE PUBLIC SYNONYM s FOR hr.emp | SYNONYM s = hr.emp
oracle | CREATE SYNONYM s FOR hr.emp@link | SYNONYM s = hr.emp@link
tsql | CREATE SYNONYM dbo.s FOR db2.dbo.emp | SYNONYM dbo.s = db2.dbo.emp
ansi | CREATE ALIAS s FOR hr.emp | SYNONYM s = hr.emp
ansi | CREATE NICKNAME s FOR srv.hr.emp | SYNONYM s = srv.hr.emp
oracle | DROP PUBLIC SYNONYM s | DROP s
tsql | DROP SYNONYM IF EXISTS dbo.s | DROP dbo.s
oracle | DROP SYNONYM s FORCE | DROP s
ansi | DROP ALIAS s | DROP s
clickhouse | RENAME TABLE a TO b, c TO d | RENAME a -> b ; RENAME c -> d
clickhouse | RENAME a TO b | RENAME a -> b
clickhouse | RENAME DICTIONARY a TO b | RENAME a -> b
postgres | ALTER TABLE t SET SCHEMA archive | RENAME t -> archive.t
postgres | ALTER TABLE IF EXISTS ONLY a.t SET SCHEMA archive | RENAME a.t -> archive.t
postgres | ALTER VIEW v SET SCHEMA archive | RENAME v -> archive.v
tsql | ALTER SCHEMA archive TRANSFER dbo.t | RENAME dbo.t -> archive.t
tsql | ALTER SCHEMA archive TRANSFER OBJECT::dbo.t | RENAME dbo.t -> archive.t
mysql | RENAME TABLE a TO b, c TO db.d | RENAME a -> b ; RENAME c -> db.d
mysql | ALTER TABLE a RENAME AS b | RENAME a -> b
oracle | RENAME a TO b | RENAME a -> b
teradata | RENAME TABLE a TO b | RENAME a -> b
teradata | RENAME VIEW a TO b | RENAME a -> b
teradata | RENAME TABLE a AS b | RENAME a -> b
ansi | RENAME TABLE a TO b | RENAME a -> b
tsql | EXEC sp_rename 'dbo.a', 'b' | RENAME dbo.a -> dbo.b
tsql | EXECUTE sp_rename N'dbo.a', N'b', 'OBJECT' | RENAME dbo.a -> dbo.b
tsql | sp_rename 'dbo.a', 'b' | RENAME dbo.a -> dbo.b
tsql | EXEC sp_rename 'dbo.a.col', 'newcol', 'COLUMN' | ALTER dbo.a col>newcol
tsql | EXEC sys.sp_rename @objname = N'dbo.a', @newname = N'b' | RENAME dbo.a -> dbo.b
tsql | EXEC sp_rename '[dbo].[a.x].[col]', 'newcol', 'COLUMN' | ALTER dbo.a.x col>newcol
tsql | RENAME OBJECT dbo.a TO b | RENAME dbo.a -> dbo.b
postgres | ALTER MATERIALIZED VIEW v RENAME TO w | RENAME v -> w
bigquery | DROP SNAPSHOT TABLE d.a | DROP d.a
bigquery | DROP EXTERNAL TABLE d.a | DROP d.a
bigquery | DROP TABLE FUNCTION d.f | DROP d.f
teradata | DROP JOIN INDEX j | DROP j
postgres | DROP FOREIGN TABLE t | DROP t
"""

MOVEMENTS = r"""
mysql | ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u | EXCHANGE t -> u ; t <<= [*] u ; u <<= [*] t
mysql | ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u WITHOUT VALIDATION | EXCHANGE t -> u ; t <<= [*] u ; u <<= [*] t
oracle | ALTER TABLE t EXCHANGE PARTITION p0 WITH TABLE u INCLUDING INDEXES | EXCHANGE t -> u ; t <<= [*] u ; u <<= [*] t
oracle | ALTER TABLE t EXCHANGE PARTITION FOR (DATE '2024-01-01') WITH TABLE u WITHOUT VALIDATION UPDATE GLOBAL INDEXES | EXCHANGE t -> u ; t <<= [*] u ; u <<= [*] t
oracle | ALTER TABLE t EXCHANGE SUBPARTITION sp WITH TABLE u | EXCHANGE t -> u ; t <<= [*] u ; u <<= [*] t
hive | ALTER TABLE t EXCHANGE PARTITION (dt='2024-01-01') WITH TABLE u | EXCHANGE t -> u ; t <<= [*] u
tsql | ALTER TABLE dbo.t SWITCH TO dbo.u | EXCHANGE dbo.t -> dbo.u ; dbo.u <<= [*] dbo.t
tsql | ALTER TABLE dbo.t SWITCH PARTITION 1 TO dbo.u PARTITION 2 | EXCHANGE dbo.t -> dbo.u ; dbo.u <<= [*] dbo.t
tsql | ALTER TABLE dbo.t SWITCH PARTITION $PARTITION.pf('2024') TO dbo.u | EXCHANGE dbo.t -> dbo.u ; dbo.u <<= [*] dbo.t
redshift | ALTER TABLE t APPEND FROM u | EXCHANGE t -> u ; t <<= [*] u
redshift | ALTER TABLE t APPEND FROM u IGNOREEXTRA FILLTARGET | EXCHANGE t -> u ; t <<= [*] u
clickhouse | ALTER TABLE t REPLACE PARTITION '2024' FROM u | EXCHANGE t -> u ; t <<= [*] u
clickhouse | ALTER TABLE t REPLACE PARTITION ID '2024' FROM db.u | EXCHANGE t -> db.u ; t <<= [*] db.u
clickhouse | ALTER TABLE t ATTACH PARTITION '2024' FROM u | EXCHANGE t -> u ; t <<= [*] u
clickhouse | ALTER TABLE t ATTACH PARTITION tuple() FROM u | EXCHANGE t -> u ; t <<= [*] u
clickhouse | ALTER TABLE t MOVE PARTITION '2024' TO TABLE u | EXCHANGE t -> u ; u <<= [*] t
clickhouse | ALTER TABLE t ON CLUSTER c MOVE PARTITION '2024' TO TABLE u | EXCHANGE t -> u ; u <<= [*] t
clickhouse | EXCHANGE TABLES a AND b | SWAP a -> b ; a <<= [*] b ; b <<= [*] a
clickhouse | EXCHANGE TABLES db.a AND db.b ON CLUSTER c | SWAP db.a -> db.b ; db.a <<= [*] db.b ; db.b <<= [*] db.a
clickhouse | EXCHANGE DICTIONARIES a AND b | SWAP a -> b ; a <<= [*] b ; b <<= [*] a
snowflake | ALTER TABLE t SWAP WITH u | SWAP t -> u ; t <<= [*] u ; u <<= [*] t
snowflake | ALTER TABLE IF EXISTS t SWAP WITH db.u | SWAP t -> db.u ; t <<= [*] db.u ; db.u <<= [*] t
postgres | ALTER TABLE t ATTACH PARTITION p FOR VALUES FROM (1) TO (2) | EXCHANGE t -> p ; t <<= [*] p
postgres | ALTER TABLE t ATTACH PARTITION p DEFAULT | EXCHANGE t -> p ; t <<= [*] p
postgres | ALTER TABLE t INHERIT p | EXCHANGE t -> p ; p <<= [*] t
snowflake | ALTER DYNAMIC TABLE d SWAP WITH e | SWAP d -> e ; d <<= [*] e ; e <<= [*] d
starrocks | ALTER TABLE t SWAP WITH u | SWAP t -> u ; t <<= [*] u ; u <<= [*] t
doris | ALTER TABLE t REPLACE WITH TABLE u | SWAP t -> u ; t <<= [*] u ; u <<= [*] t
doris | ALTER TABLE t REPLACE WITH TABLE u PROPERTIES ('swap' = 'false') | t <<= [*] u ; DROP u
"""

ALTERATIONS = r"""
clickhouse | ALTER TABLE t ATTACH PARTITION '2024' | ALTER t
clickhouse | ALTER TABLE t DELETE WHERE x = 1 | DELETE t : [] t ?x
clickhouse | ALTER TABLE t UPDATE a = b + 1 WHERE c = 2 | t <<= [a:b] t ?c
clickhouse | ALTER TABLE t UPDATE a = b, d = e IN PARTITION '1' WHERE c = 2 | t <<= [a:b, d:e] t ?c
postgres | ALTER TABLE t DETACH PARTITION p | ALTER t
oracle | ALTER TABLE t MODIFY (x NUMBER(10), y VARCHAR2(20)) | ALTER t
oracle | ALTER TABLE t MODIFY x NOT NULL | ALTER t
oracle | ALTER TABLE t DROP (x, y) | ALTER t -x -y
oracle | ALTER TABLE t SET UNUSED (x, y) | ALTER t -x -y
oracle | ALTER TABLE t SET UNUSED COLUMN x | ALTER t -x
oracle | ALTER TABLE t DROP PARTITION p | ALTER t
oracle | ALTER TABLE t TRUNCATE PARTITION p | ALTER t
oracle | ALTER TABLE t ADD PARTITION p VALUES LESS THAN (10) | ALTER t
oracle | ALTER VIEW v COMPILE | ALTER v
mysql | ALTER TABLE t ADD COLUMN (x INT, y INT) | ALTER t +x +y
mysql | ALTER TABLE t ADD (x INT, y INT) | ALTER t +x +y
mysql | ALTER TABLE t CHANGE COLUMN a b INT | ALTER t a>b
mysql | ALTER TABLE t CHANGE a b INT NOT NULL | ALTER t a>b
mysql | ALTER TABLE t DROP a, DROP COLUMN b | ALTER t -a -b
mysql | ALTER TABLE t TRUNCATE PARTITION p0 | ALTER t
tsql | ALTER TABLE t DROP CONSTRAINT c, COLUMN a | ALTER t -a
tsql | ALTER TABLE t NOCHECK CONSTRAINT ALL | ALTER t
tsql | ALTER TABLE t ADD CONSTRAINT df DEFAULT (0) FOR a | ALTER t
hive | ALTER TABLE t REPLACE COLUMNS (x INT, y STRING) | CREATE table t(x, y) ; ALTER t
hive | ALTER TABLE t CHANGE COLUMN a b INT | ALTER t a>b
hive | ALTER TABLE t CHANGE a b INT COMMENT 'x' AFTER c | ALTER t a>b
spark | ALTER TABLE t DROP COLUMNS (a, b) | ALTER t -a -b
spark | ALTER TABLE t REPLACE COLUMNS (x INT) | CREATE table t(x) ; ALTER t
databricks | ALTER TABLE t ADD COLUMN (x INT, y INT) | ALTER t +x +y
postgres | ALTER TABLE t RENAME a TO b | ALTER t a>b
postgres | ALTER TABLE t OWNER TO x | ALTER t
postgres | ALTER TABLE t ENABLE ROW LEVEL SECURITY | ALTER t
postgres | ALTER TABLE t REPLICA IDENTITY FULL | ALTER t
postgres | ALTER FOREIGN TABLE t ADD COLUMN x INT | ALTER t +x
bigquery | ALTER TABLE d.t RENAME COLUMN a TO b, RENAME COLUMN c TO d | ALTER d.t a>b c>d
bigquery | ALTER MATERIALIZED VIEW d.v SET OPTIONS (x = 1) | ALTER d.v
snowflake | ALTER DYNAMIC TABLE d REFRESH | ALTER d
snowflake | ALTER EXTERNAL TABLE t REFRESH | ALTER t
clickhouse | ALTER TABLE t ADD COLUMN x Int32 AFTER y, DROP COLUMN z | ALTER t +x -z
clickhouse | ALTER TABLE t ON CLUSTER c ADD COLUMN x Int32 | ALTER t +x
clickhouse | ALTER TABLE t FREEZE | ALTER t
teradata | ALTER TABLE t ADD x INT, DROP y | ALTER t +x -y
teradata | ALTER TABLE t RENAME a TO b | ALTER t a>b
trino | ALTER TABLE t EXECUTE optimize | ALTER t
duckdb | ALTER TABLE t RENAME a TO b | ALTER t a>b
sqlite | ALTER TABLE t RENAME a TO b | ALTER t a>b
sqlite | ALTER TABLE t DROP a | ALTER t -a
spark | ALTER TABLE t WRITE ORDERED BY a | ALTER t
spark | ALTER TABLE t ADD PARTITION FIELD bucket(16, id) | ALTER t
"""

CREATIONS = r"""
snowflake | CREATE STREAM st ON TABLE t | CREATE view st << [*] t
snowflake | CREATE OR REPLACE STREAM st ON TABLE db.s.t APPEND_ONLY = TRUE | CREATE view st << [*] db.s.t
snowflake | CREATE STREAM st ON VIEW v | CREATE view st << [*] v
snowflake | CREATE STREAM IF NOT EXISTS st ON EXTERNAL TABLE t INSERT_ONLY = TRUE | CREATE view st << [*] t
snowflake | CREATE STREAM st CLONE st2 | CREATE view st LIKE st2
snowflake | CREATE EVENT TABLE a | CREATE table a
snowflake | CREATE OR REPLACE EXTERNAL TABLE t WITH LOCATION = @s/x AUTO_REFRESH = TRUE FILE_FORMAT = (TYPE = PARQUET) | CREATE table t << [*] @s/x
databricks | CREATE TEMP VIEW v USING csv OPTIONS (path '/x/a.csv', header 'true') | CREATE temporary_table v << [*] /x/a.csv
spark | CREATE OR REPLACE TEMPORARY VIEW v USING org.apache.spark.sql.parquet OPTIONS (path "/x/a.parquet") | CREATE temporary_table v << [*] /x/a.parquet
spark | CREATE TEMPORARY VIEW v (a INT) USING csv OPTIONS (path '/x') | CREATE temporary_table v(a) << [*] /x
databricks | CREATE OR REFRESH STREAMING TABLE t | CREATE table t
databricks | CREATE FLOW f AS AUTO CDC INTO t FROM STREAM s KEYS (id) SEQUENCE BY ts | t <<= [*] s ?ts ?id
teradata | CREATE FOREIGN TABLE t USING (LOCATION('/s3/x')) | CREATE table t << [*] /s3/x
postgres | CREATE TABLE a OF typ | CREATE table a
singlestore | CREATE PIPELINE p AS LOAD DATA S3 'b/x' INTO TABLE t | t << [*] b/x
materialize | CREATE SINK s FROM v INTO KAFKA CONNECTION k (TOPIC 't') FORMAT JSON | CREATE view s << [*] v
materialize | CREATE SOURCE s FROM KAFKA CONNECTION k (TOPIC 't') FORMAT JSON | CREATE table s
risingwave | CREATE SINK s FROM v WITH (connector = 'kafka', topic = 't') | CREATE view s << [*] v
risingwave | CREATE SINK s INTO t FROM v | t <<= [*] v
risingwave | CREATE SOURCE s (a INT) WITH (connector = 'kafka', topic = 't') FORMAT PLAIN ENCODE JSON | CREATE table s(a)
"""

DOUBLE_EFFECTS = r"""
teradata | UPDATE t SET a = 1 WHERE b = 2 ELSE INSERT INTO t (a) VALUES (1) | t <<= [a] t ?b ; t(a) << [column1]
teradata | MERGE INTO t USING (SEL id, a FROM s) AS s ON t.id = s.id WHEN MATCHED THEN UPD SET a = s.a WHEN NOT MATCHED THEN INS (id, a) VALUES (s.id, s.a) | t <<= [a:a] t [id:id, a:a] s ?id ?id ; t(id, a) << [id:id, a:a] t [id:id, a:a] s ?id ?id
tsql | MERGE t AS t USING s AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET a = s.a OUTPUT inserted.id, $action INTO log (id, act) | t <<= [a:a] t s ?id ?id ; log(id, act) << [id:id, $action] returning returning returning
tsql | MERGE INTO t WITH (HOLDLOCK) AS t USING s ON t.id = s.id WHEN NOT MATCHED BY TARGET THEN INSERT (id) VALUES (s.id) WHEN NOT MATCHED BY SOURCE THEN DELETE OUTPUT $action, inserted.*, deleted.id INTO dbo.log | t(id) << [id:id] t s ?id ?id ; DELETE t : [] t s ?id ?id ; dbo.log << [$action, *, id:id] returning returning returning
tsql | INSERT INTO t (a) OUTPUT inserted.id, inserted.a INTO log (id, a) SELECT x FROM s | t(a) << [x:x] s ; log(id, a) << [id:id, a:a] returning returning returning
tsql | INSERT INTO t EXEC dbo.p @a = 1 | t << []
tsql | INSERT INTO t (a, b) EXECUTE dbo.p | t(a, b) << []
tsql | DELETE FROM a OUTPUT deleted.id, deleted.x INTO log (id, x) WHERE id = 1 | DELETE a : [] a ?id ; log(id, x) << [id:id, x:x] returning returning returning
tsql | UPDATE a SET x = 1 OUTPUT inserted.x, deleted.x INTO log (n, o) WHERE id = 1 | a <<= [x] a ?id ; log(n, o) << [x:x, x:x] returning returning returning
clickhouse | INSERT INTO t (a) FORMAT CSV | t(a) << []
"""

FILES = r"""
hive | EXPORT TABLE t TO '/x' | /x << [*] t
hive | IMPORT TABLE t FROM '/x' | t << [*] /x
hive | EXPORT TABLE t PARTITION (dt='1') TO '/x' | /x << [*] t
mysql | LOAD DATA INFILE '/x/a.csv' INTO TABLE t FIELDS TERMINATED BY ',' IGNORE 1 LINES (a, @b, c) SET d = @b + 1, e = now() | t(a, c) << [*] /x/a.csv ; t <<= [d:*] /x/a.csv
mysql | LOAD DATA LOCAL INFILE 'a.csv' REPLACE INTO TABLE db.t CHARACTER SET utf8 | db.t << [*] a.csv
mysql | LOAD DATA LOW_PRIORITY LOCAL INFILE 'a.csv' IGNORE INTO TABLE t PARTITION (p0) | t << [*] a.csv
mysql | LOAD XML INFILE 'a.xml' INTO TABLE t | t << [*] a.xml
postgres | COPY t FROM STDIN | t << []
postgres | COPY t FROM PROGRAM 'cat x' CSV | t << []
redshift | UNLOAD ('select a, ''x'' from t where b = ''c''') TO 's3://b/x' IAM_ROLE 'arn' PARQUET | s3://b/x << [a:a, ''x''] t ?b
redshift | UNLOAD ($$select a from t$$) TO 's3://b/x' IAM_ROLE 'arn' | s3://b/x << [a:a] t
redshift | UNLOAD ('select a from t') TO 's3://b/x' CREDENTIALS 'c' DELIMITER ',' ALLOWOVERWRITE | s3://b/x << [a:a] t
athena | UNLOAD (SELECT a FROM t) TO 's3://b/x' WITH (format = 'PARQUET') | s3://b/x << [a:a] t
postgres | EXPORT TO PARQUET (directory='/x') AS SELECT a FROM t | /x << [a:a] t
snowflake | PUT file:///x/a.csv @stage | @stage << [*] file:///x/a.csv
snowflake | GET @stage file:///x | file:///x << [*] @stage
bigquery | LOAD DATA OVERWRITE d.t (a INT64) PARTITION BY a FROM FILES (uris = ['gs://b/x.csv', 'gs://b/y.csv'], format = 'CSV') | d.t << [*] gs://b/x.csv ; d.t << [*] gs://b/y.csv
databricks | APPLY CHANGES INTO t FROM s KEYS (id) SEQUENCE BY ts | t <<= [*] s ?ts ?id
databricks | APPLY CHANGES INTO LIVE.t FROM STREAM(LIVE.s) KEYS (id) APPLY AS DELETE WHEN op = 'D' SEQUENCE BY ts COLUMNS * EXCEPT (op, ts) STORED AS SCD TYPE 2 | t <<= [*] s ?op ?ts ?id
databricks | AUTO CDC INTO t FROM s KEYS (id) SEQUENCE BY ts | t <<= [*] s ?ts ?id
mysql | SELECT a FROM t INTO OUTFILE '/x/a.csv' | /x/a.csv << [a:a] t
mysql | SELECT a INTO OUTFILE '/x/a.csv' FIELDS TERMINATED BY ',' FROM t WHERE b = 1 | /x/a.csv << [a:a] t ?b
mysql | SELECT a INTO DUMPFILE '/x' FROM t | /x << [a:a] t
mysql | SELECT a, b FROM t INTO OUTFILE '/x/a.csv' FIELDS TERMINATED BY ',' LINES TERMINATED BY '\n' | /x/a.csv << [a:a, b:b] t
clickhouse | SELECT a FROM t INTO OUTFILE 'a.csv' FORMAT CSV | a.csv << [a:a] t
ansi | IMPORT FROM a.csv OF DEL INSERT INTO t | t << [*] a.csv
ansi | LOAD FROM a.csv OF DEL REPLACE INTO t | t << [*] a.csv
ansi | EXPORT TO a.csv OF DEL SELECT a FROM t | a.csv << [a:a] t
exasol | IMPORT INTO t FROM CSV AT 'http://x' FILE 'a.csv' COLUMN SEPARATOR = ',' | t << [*] http://x/a.csv
exasol | IMPORT INTO t FROM JDBC AT c TABLE u | t << [*] u
exasol | IMPORT INTO t FROM JDBC AT c STATEMENT 'SELECT a FROM u' | t << [a:a] u
exasol | EXPORT t INTO CSV AT 'http://x' FILE 'a.csv' | http://x/a.csv << [*] t
exasol | EXPORT (SELECT a FROM t) INTO CSV AT c FILE 'a.csv' | a.csv << [a:a] t
starrocks | LOAD LABEL db.l (DATA INFILE ('hdfs://x/a') INTO TABLE t) WITH BROKER | t << [*] hdfs://x/a
doris | SELECT a FROM t INTO OUTFILE 's3://b/x' FORMAT AS PARQUET PROPERTIES ('a' = 'b') | s3://b/x << [a:a] t
doris | EXPORT TABLE t TO 's3://b/x' | s3://b/x << [*] t
singlestore | SELECT a FROM t INTO S3 'b/x' | b/x << [a:a] t
snowflake | PUT 'file:///x/a b.csv' @db.s.stage/y OVERWRITE = TRUE | @db.s.stage/y << [*] file:///x/a b.csv
snowflake | GET @%t file:///x/ | file:///x/ << [*] @%t
"""

WITHOUT_LINEAGE = r"""
postgres | SELECT pg_catalog.set_config('search_path', '', false)
hive | MSCK REPAIR TABLE t
postgres | ALTER SEQUENCE s RESTART
snowflake | ALTER TASK t RESUME
snowflake | CREATE STREAM st ON STAGE s
bigquery | CREATE SEARCH INDEX i ON d.t (ALL COLUMNS)
bigquery | CREATE PROPERTY GRAPH g NODE TABLES (a)
bigquery | UNDROP SCHEMA d
databricks | OPTIMIZE t ZORDER BY (a)
databricks | VACUUM t RETAIN 168 HOURS
databricks | RESTORE TABLE t TO VERSION AS OF 1
databricks | CONVERT TO DELTA parquet.`/x`
databricks | REFRESH STREAMING TABLE t
databricks | CREATE FOREIGN CATALOG c USING CONNECTION x OPTIONS (database 'y')
teradata | COLLECT STATISTICS COLUMN (a) ON t
teradata | COLLECT STATS ON t
teradata | .IF ERRORCODE <> 0 THEN .QUIT 1
oracle | CREATE MATERIALIZED VIEW LOG ON t WITH PRIMARY KEY
oracle | FLASHBACK TABLE t TO BEFORE DROP
oracle | PURGE TABLE t
oracle | LOCK TABLE t IN EXCLUSIVE MODE
oracle | EXPLAIN PLAN FOR SELECT a FROM t
oracle | EXPLAIN PLAN SET STATEMENT_ID = 'x' FOR INSERT INTO t SELECT a FROM s
oracle | CREATE DATABASE LINK l CONNECT TO u IDENTIFIED BY p USING 'x'
tsql | UPDATE STATISTICS dbo.t
tsql | SET IDENTITY_INSERT t ON
tsql | DBCC CHECKIDENT ('t', RESEED, 0)
tsql | WAITFOR DELAY '00:00:05'
mysql | HANDLER t OPEN
mysql | DO SLEEP(1)
postgres | IMPORT FOREIGN SCHEMA x FROM SERVER s INTO y
postgres | REFRESH MATERIALIZED VIEW CONCURRENTLY v
postgres | REFRESH MATERIALIZED VIEW v WITH NO DATA
postgres | CLUSTER t USING i
postgres | REINDEX TABLE t
postgres | EXPLAIN ANALYZE INSERT INTO t SELECT a FROM s
postgres | DECLARE c CURSOR FOR SELECT a FROM t
postgres | SECURITY LABEL ON TABLE t IS 'x'
postgres | CREATE PUBLICATION p FOR TABLE t
postgres | CREATE STATISTICS s ON a, b FROM t
postgres | CREATE POLICY p ON t USING (a = 1)
postgres | DROP OWNED BY x
redshift | CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE 'x'
redshift | REFRESH MATERIALIZED VIEW v
redshift | ANALYZE COMPRESSION t
redshift | VACUUM FULL t
clickhouse | OPTIMIZE TABLE t FINAL
clickhouse | ATTACH TABLE t
clickhouse | SYSTEM FLUSH LOGS
clickhouse | UNDROP TABLE t
duckdb | EXPORT DATABASE 'x'
duckdb | IMPORT DATABASE 'x'
trino | EXPLAIN ANALYZE SELECT a FROM t
athena | MSCK REPAIR TABLE t
athena | VACUUM t
ansi | REFRESH TABLE t
starrocks | CREATE ROUTINE LOAD j ON t FROM KAFKA ('a' = 'b')
starrocks | CREATE EXTERNAL CATALOG c PROPERTIES ('a' = 'b')
spark | ADD JAR x.jar
spark | SHOW TABLES
"""

NOT_UNDERSTOOD = r"""
hive | CREATE TEMPORARY MACRO f (x INT) x + 1
mysql | IMPORT TABLE FROM '/x.sdi'
snowflake | CREATE TASK k SCHEDULE = '1 minute' AS CALL p()
snowflake | CREATE TASK k SCHEDULE = '1 minute' AS BEGIN INSERT INTO t SELECT a FROM s; END
snowflake | EXECUTE IMMEDIATE 'select 1'
teradata | NOSUCH x y z
postgres | CREATE RULE r AS ON INSERT TO t DO INSTEAD INSERT INTO u SELECT NEW.a
postgres | DO $$ BEGIN INSERT INTO t SELECT a FROM s; END $$
postgres | PREPARE p AS INSERT INTO t SELECT a FROM s
trino | CALL system.sync_partition_metadata('a', 'b', 'ADD')
trino | PREPARE p FROM SELECT a FROM t
trino | EXECUTE IMMEDIATE 'INSERT INTO t SELECT a FROM s'
ansi | EXECUTE STATEMENT SET BEGIN INSERT INTO t SELECT a FROM s; END
ansi | CALL p(1)
"""


def _cases(*texts: str) -> list[list[str]]:
    return [
        [*(part.strip() for part in line.split(" | ")), ""][:3]
        for text in texts
        for line in text.strip().splitlines()
    ]


ALL = _cases(
    SESSION, NAMES, MOVEMENTS, ALTERATIONS, CREATIONS, DOUBLE_EFFECTS, FILES, WITHOUT_LINEAGE, NOT_UNDERSTOOD
)


def _dialect(name: str) -> str:
    return "" if name == "ansi" else name


@pytest.mark.parametrize(
    ("dialect", "sql", "expected"),
    _cases(SESSION, NAMES, MOVEMENTS, ALTERATIONS, CREATIONS, DOUBLE_EFFECTS, FILES),
    ids=lambda text: text[:60],
)
def test_effects(dialect: str, sql: str, expected: str) -> None:
    understood, state = command(sql, _dialect(dialect))
    assert understood
    assert " ; ".join(lines(state)) == expected


@pytest.mark.parametrize(("dialect", "sql", "_"), _cases(WITHOUT_LINEAGE), ids=lambda text: text[:60])
def test_administration_is_understood_and_does_nothing(dialect: str, sql: str, _: str) -> None:
    understood, state = command(sql, _dialect(dialect))
    assert understood
    assert state.effects == []


@pytest.mark.parametrize(("dialect", "sql", "_"), _cases(NOT_UNDERSTOOD), ids=lambda text: text[:60])
def test_the_unknown_is_not_understood_and_leaves_no_trace(dialect: str, sql: str, _: str) -> None:
    understood, state = command(sql, _dialect(dialect))
    assert not understood
    assert state.effects == []
    assert state.relations == []


def test_understands_agrees_with_reading() -> None:
    for dialect, sql, _ in ALL:
        tokens = tokens_of(sql, _dialect(dialect))
        assert understands(tokens, sql, _dialect(dialect)) == command(sql, _dialect(dialect))[0], sql


def test_names_point_at_where_they_stand() -> None:
    sql = "ALTER TABLE mart.t EXCHANGE PARTITION p0 WITH TABLE stage.u"
    _, state = command(sql, "mysql")
    tables = [relation for relation in state.relations if isinstance(relation, Table)]
    assert [sql[table.start : table.end] for table in tables] == ["mart.t", "stage.u"]


def test_addresses_and_quoted_names_point_at_their_string() -> None:
    sql = "EXEC sp_rename 'dbo.a', 'b'"
    _, state = command(sql, "tsql")
    tables = [relation for relation in state.relations if isinstance(relation, Table)]
    assert [sql[table.start : table.end] for table in tables] == ["'dbo.a'", "'b'"]


def test_spans_of_a_query_in_a_string_are_those_of_the_file() -> None:
    inner = "select concat(''x'', z) as k, upper(a) as b from s.t where c = ''d''''e''"
    sql = f"UNLOAD ('{inner}') TO 's3://b/x' IAM_ROLE 'r'"
    understood, state = command(sql, "redshift")
    assert understood
    (write,) = state.effects
    assert isinstance(write, Write)
    query = state.relations[write.relation]
    assert isinstance(query, Select)
    outputs = [output for output in query.outputs if isinstance(output, Output)]
    assert [sql[output.start : output.end] for output in outputs] == [
        "concat(''x'', z) as k",
        "upper(a) as b",
    ]
    source = state.relations[query.sources[0].relation]
    assert isinstance(source, Table)
    assert sql[source.start : source.end] == "s.t"


def test_spans_of_assignments_in_a_mutation() -> None:
    sql = "ALTER TABLE t UPDATE a = b + 1, d = e WHERE c = 2"
    _, state = command(sql, "clickhouse")
    (write,) = state.effects
    assert isinstance(write, Write)
    update = state.relations[write.relation]
    assert isinstance(update, Select)
    assert [sql[output.start : output.end] for output in update.outputs] == ["a = b + 1", "d = e"]


def test_types_of_added_columns_are_kept() -> None:
    sql = "ALTER TABLE t ADD (x NUMBER(10) DEFAULT 0 NOT NULL, y VARCHAR2(20), z NUMBER GENERATED ALWAYS AS (x + 1))"
    _, state = command(sql, "oracle")
    (change,) = state.effects
    assert isinstance(change, Change)
    assert [(column.name, column.data_type) for column in change.added] == [
        ("x", "NUMBER(10)"),
        ("y", "VARCHAR2(20)"),
        ("z", "NUMBER"),
    ]
    assert [ref.name for ref in change.added[2].refs] == ["x"]
    assert [sql[column.start : column.end] for column in change.added] == ["x", "y", "z"]


def test_a_replaced_partition_overwrites_and_an_attached_one_does_not() -> None:
    writes = [
        command(f"ALTER TABLE t {verb} PARTITION '2024' FROM u", "clickhouse")[1].effects[-1]
        for verb in ("REPLACE", "ATTACH")
    ]
    assert [isinstance(write, Write) and write.overwrite for write in writes] == [True, False]


def _with_external_source(sql: str, dialect: str) -> list[str]:
    tokens = tokens_of(sql, dialect)
    state = new_state(sql, tokens, dialect)
    definitions.read_create(toolkit(dialect).parse(tokens, sql, 1000), state)
    read_external_source(tokens, state)
    return lines(state)


@pytest.mark.parametrize(
    ("dialect", "sql", "address"),
    [
        ("hive", "CREATE EXTERNAL TABLE t (a INT) STORED AS PARQUET LOCATION 's3://b/x'", "s3://b/x"),
        (
            "snowflake",
            "CREATE EXTERNAL TABLE t (a INT AS (value:a::int)) LOCATION = @s/x FILE_FORMAT = (TYPE = CSV)",
            "@s/x",
        ),
        ("bigquery", "CREATE EXTERNAL TABLE d.t OPTIONS (format = 'CSV', uris = ['gs://b/x'])", "gs://b/x"),
        ("tsql", "CREATE EXTERNAL TABLE t (a INT) WITH (LOCATION = '/x', DATA_SOURCE = ds)", "/x"),
    ],
)
def test_an_external_table_has_its_rows_from_its_location(dialect: str, sql: str, address: str) -> None:
    assert _with_external_source(sql, dialect)[-1].endswith(f"<<= [*] {address}")


def test_a_managed_table_is_not_read_from_its_location() -> None:
    assert _with_external_source("CREATE TABLE t (a INT) USING delta LOCATION '/x'", "spark") == [
        "CREATE table t(a)"
    ]


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "ALTER TABLE t RENAME a TO b"),
        ("snowflake", "ALTER TABLE t SWAP WITH u"),
        ("bigquery", "DELETE d.t WHERE a = 1"),
        ("teradata", "LOCKING ROW FOR ACCESS SELECT a FROM t"),
        ("tsql", "INSERT INTO t (a) OUTPUT inserted.a INTO dbo.log SELECT x FROM s"),
        ("postgres", "SELECT pg_catalog.set_config('search_path', '', false)"),
        ("databricks", "CREATE OR REFRESH STREAMING TABLE t AS SELECT a FROM STREAM(live.s)"),
    ],
)
def test_misread(dialect: str, sql: str) -> None:
    assert misread(tokens_of(sql, dialect), dialect)


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("postgres", "ALTER TABLE t RENAME COLUMN a TO b"),
        ("postgres", "ALTER TABLE t RENAME TO u"),
        ("tsql", "DELETE a FROM a JOIN b ON a.id = b.id"),
        ("tsql", "INSERT INTO t (a) OUTPUT inserted.a SELECT x FROM s"),
        ("postgres", "SELECT a FROM t"),
        ("postgres", "SET statement_timeout = 0"),
        ("databricks", "CREATE TABLE t AS SELECT a FROM s"),
    ],
)
def test_read_as_it_is(dialect: str, sql: str) -> None:
    assert not misread(tokens_of(sql, dialect), dialect)


@pytest.mark.parametrize("seed", range(3))
def test_garbage_never_raises(seed: int) -> None:
    chance = random.Random(seed)
    for dialect, sql, _ in ALL:
        dialect = _dialect(dialect)
        tokens = list(tokens_of(sql, dialect))
        what = chance.random()
        if what < 0.4:
            tokens = tokens[: chance.randint(0, len(tokens))]
        elif what < 0.7:
            del tokens[chance.randrange(len(tokens))]
        else:
            first, second = chance.randrange(len(tokens)), chance.randrange(len(tokens))
            tokens[first], tokens[second] = tokens[second], tokens[first]
        state = new_state(sql, tokens, dialect)
        misread(tokens, dialect)
        if not read_command(tokens, state):
            assert state.effects == []
