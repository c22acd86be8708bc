"""Routines and blocks of each procedural language: their statements, what they call, what is not followed."""

from __future__ import annotations

from lineagraph.sql.routines import called_routine
from lineagraph.sql.statements import Script, parse_script


def told(text: str, dialect: str) -> list[tuple[str, str, int]]:
    """(kind, text, routine) of every statement; whitespace collapsed."""
    script = parse_script(text, dialect)
    return [(s.kind, " ".join(text[s.start : s.end].split()), s.routine) for s in script.statements]


def bodies(text: str, dialect: str) -> list[tuple[str, str]]:
    """(kind, text) of what is inside routines, without the statements that create them."""
    return [
        (kind, sql)
        for kind, sql, routine in told(text, dialect)
        if routine >= 0 and not kind.startswith("create ")
    ]


def codes(script: Script) -> list[str]:
    return [str(d.code) for d in script.diagnostics]


TSQL = """CREATE OR ALTER PROC dbo.load_sales @day date = NULL, @n int OUTPUT WITH RECOMPILE AS
SET NOCOUNT ON
DECLARE @t TABLE (id int)
IF EXISTS (SELECT 1 FROM dbo.guard) BEGIN
  INSERT INTO @t SELECT id FROM dbo.src WHERE k = CASE WHEN @n = 1 THEN 2 ELSE 3 END
  UPDATE d SET d.a = s.a FROM dbo.d d JOIN dbo.s s ON s.id = d.id
END ELSE DELETE FROM dbo.d
MERGE INTO m USING s ON m.id = s.id
 WHEN MATCHED AND s.gone = 1 THEN DELETE
 WHEN MATCHED THEN UPDATE SET a = s.a
 WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id);
WITH c AS (SELECT 1 AS a) INSERT INTO k SELECT a FROM c
INSERT INTO r (a) EXEC dbo.other @x = 1
EXEC @n = [dbo].[third] 'x', @y = 2
DECLARE cur CURSOR FAST_FORWARD FOR WITH q AS (SELECT a FROM z) SELECT a FROM q
OPEN cur FETCH NEXT FROM cur INTO @n WHILE @@FETCH_STATUS = 0 BEGIN PRINT 'x' FETCH NEXT FROM cur INTO @n END
SELECT a FROM b ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY OPTION (RECOMPILE)
RETURN 0
GO
SELECT 2
"""


def test_tsql_procedure_without_semicolons() -> None:
    assert bodies(TSQL, "tsql") == [
        ("declare", "DECLARE @t TABLE (id int)"),
        ("condition", "SELECT 1 FROM dbo.guard"),
        ("insert", "INSERT INTO @t SELECT id FROM dbo.src WHERE k = CASE WHEN @n = 1 THEN 2 ELSE 3 END"),
        ("update", "UPDATE d SET d.a = s.a FROM dbo.d d JOIN dbo.s s ON s.id = d.id"),
        ("delete", "DELETE FROM dbo.d"),
        (
            "merge",
            "MERGE INTO m USING s ON m.id = s.id WHEN MATCHED AND s.gone = 1 THEN DELETE "
            "WHEN MATCHED THEN UPDATE SET a = s.a WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
        ),
        ("insert", "WITH c AS (SELECT 1 AS a) INSERT INTO k SELECT a FROM c"),
        ("insert", "INSERT INTO r (a) EXEC dbo.other @x = 1"),
        ("call", "EXEC dbo.other @x = 1"),
        ("call", "EXEC @n = [dbo].[third] 'x', @y = 2"),
        ("select", "WITH q AS (SELECT a FROM z) SELECT a FROM q"),
        ("select", "SELECT a FROM b ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY OPTION (RECOMPILE)"),
    ]
    script = parse_script(TSQL, "tsql")
    assert [called_routine(s) for s in script.statements if s.kind == "call"] == [
        ("dbo", "other"),
        ("dbo", "third"),
    ]
    (routine,) = script.routines
    assert (routine.parts, routine.kind) == (("dbo", "load_sales"), "procedure")
    assert TSQL[routine.start : routine.end].endswith("RETURN 0")
    assert script.statements[-1].routine == -1
    assert codes(script) == ["routine-body"]


def test_tsql_trigger_knows_its_table_and_update_function() -> None:
    text = (
        "CREATE TRIGGER tr ON dbo.[Orders] AFTER INSERT, UPDATE AS "
        "IF UPDATE(a) OR UPDATE(b) INSERT INTO log SELECT * FROM inserted"
    )
    script = parse_script(text, "tsql")
    assert bodies(text, "tsql") == [("insert", "INSERT INTO log SELECT * FROM inserted")]
    assert script.routines[0].attached_to == ("dbo", "orders")


def test_tsql_inline_function_keeps_its_tree() -> None:
    text = (
        "CREATE FUNCTION dbo.f (@a int) RETURNS TABLE AS RETURN (SELECT a FROM b WHERE c = @a)\nGO\nSELECT 1"
    )
    script = parse_script(text, "tsql")
    created, last = script.statements
    assert (created.kind, created.outcome, created.ast.key) == ("create function", "parsed", "create")
    assert last.kind == "select"


def test_package_body_gives_a_routine_for_each_subprogram() -> None:
    text = """CREATE OR REPLACE PACKAGE BODY app.pkg IS
  CURSOR c IS SELECT id FROM base;
  PROCEDURE load(x INT) IS
    v INT;
    PROCEDURE inner IS BEGIN DELETE FROM tmp; END;
  BEGIN
    SELECT MAX(z) INTO v FROM t;
    FOR r IN (SELECT a FROM b) LOOP UPDATE d SET e = r.a; END LOOP;
    IF v > 1 THEN INSERT INTO u SELECT * FROM w; ELSIF v = 2 THEN NULL; ELSE other(v); END IF;
    FORALL i IN 1 .. 10 INSERT INTO bulk_t VALUES (i);
    EXECUTE IMMEDIATE 'TRUNCATE TABLE stage';
    EXECUTE IMMEDIATE 'DROP TABLE ' || v;
  EXCEPTION WHEN OTHERS THEN INSERT INTO errors VALUES (1);
  END load;
  FUNCTION f RETURN INT IS BEGIN RETURN 1; END;
BEGIN
  INSERT INTO init_log VALUES (1);
END pkg;
/
SELECT 1 FROM dual;
"""
    script = parse_script(text, "oracle")
    assert [r.parts for r in script.routines] == [("app", "pkg"), ("app", "pkg", "load"), ("app", "pkg", "f")]
    inside = [
        (s.routine, " ".join(text[s.start : s.end].split()))
        for s in script.statements
        if not s.kind.startswith("create ")
    ]
    assert inside == [
        (0, "SELECT id FROM base"),
        (1, "DELETE FROM tmp"),
        (1, "SELECT MAX(z) INTO v FROM t"),
        (1, "SELECT a FROM b"),
        (1, "UPDATE d SET e = r.a"),
        (1, "INSERT INTO u SELECT * FROM w"),
        (1, "other(v)"),
        (1, "INSERT INTO bulk_t VALUES (i)"),
        (1, "TRUNCATE TABLE stage"),
        (1, "EXECUTE IMMEDIATE 'DROP TABLE ' || v"),
        (1, "INSERT INTO errors VALUES (1)"),
        (0, "INSERT INTO init_log VALUES (1)"),
        (-1, "SELECT 1 FROM dual"),
    ]
    assert "dynamic-sql" in codes(script)


def test_select_into_a_variable_creates_no_table() -> None:
    for dialect, text in (
        ("oracle", "CREATE PROCEDURE p IS BEGIN SELECT a, b BULK COLLECT INTO x, y(1).z FROM t; END;"),
        (
            "postgres",
            "CREATE FUNCTION p() RETURNS void LANGUAGE plpgsql AS $$ BEGIN SELECT a, b INTO STRICT x, y FROM t; END $$",
        ),
        ("mysql", "CREATE PROCEDURE p() BEGIN SELECT a, b FROM t INTO x, @y; END"),
        ("snowflake", "CREATE PROCEDURE p() RETURNS INT AS BEGIN SELECT a, b INTO :x, :y FROM t; END"),
    ):
        script = parse_script(text, dialect)
        (select,) = [s for s in script.statements if s.kind == "select"]
        assert select.ast.args.get("into") is None, dialect
        assert [e.name for e in select.ast.expressions] == ["a", "b"], dialect
    # outside a routine it does
    (select,) = parse_script("SELECT a INTO x FROM t", "postgres").statements
    assert select.ast.args.get("into") is not None


def test_plpgsql() -> None:
    text = """CREATE OR REPLACE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE c CURSOR FOR SELECT a FROM q; r record; n int := (SELECT count(*) FROM sized);
BEGIN
  FOR r IN SELECT * FROM a LOOP INSERT INTO b VALUES (r.x); END LOOP;
  PERFORM h(x) FROM y;
  WHILE EXISTS (SELECT 1 FROM todo) LOOP DELETE FROM todo; END LOOP;
  RETURN QUERY SELECT 1 FROM k;
  EXECUTE 'DROP TABLE foo';
  EXECUTE format('DROP TABLE %I', n);
  RETURN new;
END $body$;
CREATE TRIGGER tr AFTER INSERT ON s.t FOR EACH ROW EXECUTE FUNCTION g();
DO $$ BEGIN UPDATE d SET a = 1; END $$;
"""
    script = parse_script(text, "postgres")
    assert [
        (s.kind, " ".join(text[s.start : s.end].split()))
        for s in script.statements
        if not s.kind.startswith("create ")
    ] == [
        ("select", "SELECT a FROM q"),
        ("condition", "SELECT count(*) FROM sized"),
        ("select", "SELECT * FROM a"),
        ("insert", "INSERT INTO b VALUES (r.x)"),
        ("select", "PERFORM h(x) FROM y"),
        ("condition", "SELECT 1 FROM todo"),
        ("delete", "DELETE FROM todo"),
        ("select", "SELECT 1 FROM k"),
        ("drop table", "DROP TABLE foo"),
        ("dynamic sql", "EXECUTE format('DROP TABLE %I', n)"),
        ("call", "EXECUTE FUNCTION g()"),
        ("update", "UPDATE d SET a = 1"),
    ]
    assert [(r.parts, r.kind, r.attached_to) for r in script.routines] == [
        (("g",), "function", ()),
        (("tr",), "trigger", ("s", "t")),
    ]


def test_mysql_bodies_end_where_their_begin_does() -> None:
    text = """CREATE PROCEDURE p() BEGIN
  DECLARE x INT DEFAULT 0; DECLARE c CURSOR FOR SELECT a FROM b;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN INSERT INTO err VALUES (1); END;
  read_loop: LOOP FETCH c INTO x; IF x THEN LEAVE read_loop; END IF;
    INSERT INTO t SELECT CASE WHEN a THEN IF(b, 1, 2) ELSE REPEAT('x', 3) END FROM q; END LOOP;
  CASE x WHEN 1 THEN DELETE FROM d; ELSE BEGIN END; END CASE;
  REPEAT SET x = x + 1; UNTIL x > 3 END REPEAT;
END;
SELECT 5;
CREATE TRIGGER tg BEFORE INSERT ON tt FOR EACH ROW SET new.a = 1;
SELECT 6;"""
    assert bodies(text, "mysql") == [
        ("select", "SELECT a FROM b"),
        ("insert", "INSERT INTO err VALUES (1)"),
        ("insert", "INSERT INTO t SELECT CASE WHEN a THEN IF(b, 1, 2) ELSE REPEAT('x', 3) END FROM q"),
        ("delete", "DELETE FROM d"),
    ]
    assert [sql for kind, sql, routine in told(text, "mysql") if routine < 0] == ["SELECT 5", "SELECT 6"]


def test_snowflake_scripting() -> None:
    text = """CREATE PROCEDURE p() RETURNS STRING LANGUAGE SQL AS '
DECLARE r RESULTSET DEFAULT (SELECT a FROM t WHERE b = ''it'');
BEGIN LET x := (SELECT MAX(b) FROM c); FOR i IN r DO UPDATE f SET g = ''v''; END FOR; RETURN TABLE(r); END';
CREATE TASK tk WAREHOUSE = w SCHEDULE = '1 minute' AS INSERT INTO a SELECT b FROM c;
CREATE PROCEDURE j() RETURNS STRING LANGUAGE JAVASCRIPT AS $$ var x = "SELECT 1;" $$;
BEGIN INSERT INTO q SELECT * FROM w; END;
BEGIN TRANSACTION; COMMIT;
EXECUTE IMMEDIATE $$ BEGIN INSERT INTO z SELECT 1; END $$;"""
    script = parse_script(text, "snowflake")
    assert [
        (s.kind, text[s.start : s.end])
        for s in script.statements
        if s.kind in ("condition", "update", "insert")
    ] == [
        ("condition", "SELECT a FROM t WHERE b = ''it''"),
        ("condition", "SELECT MAX(b) FROM c"),
        ("update", "UPDATE f SET g = ''v''"),
        ("insert", "INSERT INTO a SELECT b FROM c"),
        ("insert", "INSERT INTO q SELECT * FROM w"),
        ("insert", "INSERT INTO z SELECT 1"),
    ]
    assert [r.kind for r in script.routines] == ["procedure", "task", "procedure"]
    assert [d.message for d in script.diagnostics if d.severity == "warning"] == [
        "the body of j is written in javascript"
    ]
    update = next(s for s in script.statements if s.kind == "update")
    assert update.ast.sql() == "UPDATE f SET g = 'v'"


def test_bigquery_scripting() -> None:
    text = """DECLARE x INT64 DEFAULT 1;
IF x = 1 THEN INSERT INTO d SELECT * FROM e; ELSEIF x = 2 THEN SELECT 1; ELSE DELETE FROM f WHERE TRUE; END IF;
WHILE x < 3 DO SET x = (SELECT MAX(a) FROM t); END WHILE;
FOR r IN (SELECT a FROM b) DO INSERT INTO k VALUES (r.a); END FOR;
CREATE PROCEDURE ds.p(a INT64) BEGIN INSERT INTO g SELECT * FROM h; END;
CALL ds.p(1);
SELECT 7;"""
    assert [
        sql for kind, sql, _ in told(text, "bigquery") if kind not in ("declare", "create procedure")
    ] == [
        "INSERT INTO d SELECT * FROM e",
        "SELECT 1",
        "DELETE FROM f WHERE TRUE",
        "SELECT MAX(a) FROM t",
        "SELECT a FROM b",
        "INSERT INTO k VALUES (r.a)",
        "INSERT INTO g SELECT * FROM h",
        "CALL ds.p(1)",
        "SELECT 7",
    ]


def test_dynamic_sql_is_followed_where_it_is_one_constant() -> None:
    text = (
        "EXEC sp_executesql N'SELECT ''a'' FROM dyn WHERE x = @x', N'@x int', @x = 1\n"
        "EXEC ('UPDATE t SET a = 1')\nEXEC (@sql)\nEXEC ('x' + @y)"
    )
    script = parse_script(text, "tsql")
    assert [(s.kind, s.outcome) for s in script.statements] == [
        ("select", "parsed"),
        ("update", "parsed"),
        ("dynamic sql", "partial"),
        ("dynamic sql", "partial"),
    ]
    assert codes(script) == ["dynamic-sql", "dynamic-sql"]
    assert text[script.statements[0].start : script.statements[0].end] == "SELECT ''a'' FROM dyn WHERE x = @x"
    assert script.statements[0].ast.sql("tsql") == "SELECT 'a' FROM dyn WHERE x = @x"


def test_teradata_macro() -> None:
    text = "REPLACE MACRO m (d DATE) AS (INSERT INTO c SELECT * FROM d; SELECT a FROM b;); SELECT 1;"
    assert bodies(text, "teradata") == [
        ("insert", "INSERT INTO c SELECT * FROM d"),
        ("select", "SELECT a FROM b"),
    ]
    assert told(text, "teradata")[-1] == ("select", "SELECT 1", -1)
