"""Scripts are cut into statements with exact spans; nothing a text holds costs more than the statement it is in."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from lineagraph.sql.nesting import MAX_DEPTH
from lineagraph.sql.statements import Script, parse_script


def pieces(text: str, dialect: str = "") -> list[str]:
    return [text[s.start : s.end] for s in parse_script(text, dialect).statements]


def outcomes(text: str, dialect: str = "") -> list[tuple[str, str]]:
    return [(s.kind, s.outcome) for s in parse_script(text, dialect).statements]


def problems(script: Script) -> list[tuple[str, str, int | None]]:
    return [(str(d.code), d.message, d.statement) for d in script.diagnostics]


# -- spans -----------------------------------------------------------------------------------------------------------


def test_spans_run_from_first_to_last_token() -> None:
    text = "-- lead\n  SELECT a -- inner ; not an end\n FROM t /* tail ; */ ;\n\n;; insert into x values (';') ;-- end"
    assert pieces(text) == ["SELECT a -- inner ; not an end\n FROM t", "insert into x values (';')"]


def test_offsets_count_characters_in_crlf_and_beyond_the_basic_plane() -> None:
    text = "\ufeffSELECT '😀';\r\nSELECT b\rFROM t"
    assert pieces(text)[-1] == "SELECT b\rFROM t"
    assert parse_script(text, "").line_starts == (0, 14, 23)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["SELECT a FROM t", "INSERT INTO x SELECT 'a;b' FROM y", "DROP TABLE q", "UPDATE t SET a = 1"]
        )
    ),
    st.sampled_from([";", " ;\n", "; -- x;\n", "; /* ; */ "]),
    st.sampled_from(["", "duckdb", "mysql", "snowflake", "oracle", "tsql"]),
)
def test_statements_come_back_as_they_were_joined(
    statements: list[str], separator: str, dialect: str
) -> None:
    assert pieces(separator.join(statements), dialect) == statements


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "SELECT a FROM t",
                "SELECT @x = a FROM t",
                "INSERT INTO x (a) SELECT 'a' FROM y UNION ALL SELECT b FROM z",
                "INSERT INTO x DEFAULT VALUES",
                "INSERT x VALUES (1)",
                "UPDATE t SET a = CASE WHEN b = 1 THEN 2 ELSE 3 END FROM t",
                "DELETE t WHERE a = 1",
                "WITH c (a) AS (SELECT 1) UPDATE c SET a = 2",
                "ALTER TABLE t ADD b int",
                "ALTER TABLE t DROP COLUMN b",
                "DROP TABLE IF EXISTS t",
                "CREATE TABLE t (a int, b AS a + 1)",
                "EXEC p @a = 1, @b = 'x' OUTPUT",
                "SET NOCOUNT ON",
                "SET @x = (SELECT 1)",
                "GRANT SELECT, UPDATE ON t TO r WITH GRANT OPTION",
                "TRUNCATE TABLE t",
                "PRINT 'x'",
                "SELECT a INTO #t FROM t WITH (NOLOCK) OPTION (RECOMPILE)",
                "USE db",
            ]
        ),
        max_size=6,
    ),
    st.sampled_from(["\n", " ", "\nGO\n", "\r\n go 3 -- x\r\n", ";\n"]),
)
def test_tsql_needs_no_semicolons(statements: list[str], separator: str) -> None:
    text = separator.join(statements)
    conditions = [s for s in parse_script(text, "tsql").statements if s.kind != "condition"]
    assert [text[s.start : s.end] for s in conditions] == statements


def test_tsql_control_flow_is_peeled_off() -> None:
    text = """IF NOT EXISTS (SELECT 1 FROM g) CREATE TABLE a (x int) ELSE BEGIN TRUNCATE TABLE a END
WHILE @i < (SELECT MAX(i) FROM c) BEGIN TRY INSERT INTO a SELECT 1 END TRY BEGIN CATCH ROLLBACK END CATCH
again: DELETE FROM b GOTO again"""
    assert [s for s in pieces(text, "tsql") if s.split()[0] not in ("ROLLBACK", "GOTO")] == [
        "SELECT 1 FROM g",
        "CREATE TABLE a (x int)",
        "TRUNCATE TABLE a",
        "SELECT MAX(i) FROM c",
        "INSERT INTO a SELECT 1",
        "DELETE FROM b",
    ]


def test_slash_lines_end_oracle_statements() -> None:
    text = "CREATE TABLE a (x NUMBER)\n/\nSELECT 1 / 2,\n 3\n / 4 FROM t;\n/\nSELECT 2 FROM t"
    assert pieces(text, "oracle") == [
        "CREATE TABLE a (x NUMBER)",
        "SELECT 1 / 2,\n 3\n / 4 FROM t",
        "SELECT 2 FROM t",
    ]


# -- client directives -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        (
            "mysql",
            "DELIMITER $$\nSELECT ';' FROM a$$\nSELECT 2$$\nDELIMITER ;\nSELECT 3;",
            ["SELECT ';' FROM a", "SELECT 2", "SELECT 3"],
        ),
        ("postgres", "\\c db\nSELECT 1\n;\n\\copy x from 'it''s'\nSELECT 2", ["SELECT 1", "SELECT 2"]),
        (
            "postgres",
            "COPY t (a) FROM stdin;\n1\tit's; \n\\.\n\nSELECT 2 FROM b;",
            ["COPY t (a) FROM stdin", "SELECT 2 FROM b"],
        ),
        (
            "oracle",
            "PROMPT it's\nSET ECHO ON\nREM don't\n@run.sql\nWHENEVER SQLERROR EXIT\nSELECT 1 FROM t;\nexit",
            ["SELECT 1 FROM t"],
        ),
        ("tsql", ':setvar x "it\'s"\n:r a.sql\nSELECT 1\nGO', ["SELECT 1"]),
        (
            "teradata",
            ".LOGON host/user's\nSELECT 1;\n.IF ERRORCODE <> 0 THEN .QUIT 8\nSELECT 2;",
            ["SELECT 1", "SELECT 2"],
        ),
        ("snowflake", "!set variable_substitution=true\nSELECT 1;", ["SELECT 1"]),
    ],
)
def test_client_lines_are_passed_over(dialect: str, text: str, expected: list[str]) -> None:
    script = parse_script(text, dialect)
    assert [text[s.start : s.end] for s in script.statements if s.outcome != "ignored"] == expected
    assert all(s.ast is not None for s in script.statements if s.outcome != "ignored")
    assert script.diagnostics == []


def test_sqlplus_execute_is_a_call() -> None:
    script = parse_script("EXEC pkg.run(1)\nSELECT 1 FROM t;", "oracle")
    assert [s.kind for s in script.statements] == ["call", "select"]


@pytest.mark.parametrize(
    ("dialect", "text", "table"),
    [
        ("tsql", "SELECT a FROM $(db).t", "$(db).t"),
        ("tsql", "SELECT a FROM @cdm.person", "@cdm.person"),
        ("tsql", "SELECT a FROM <owner, sysname, dbo>.<t,,person>", "dbo.person"),
        ("oracle", "SELECT a FROM &s..t WHERE b = '&x' AND c = :v", "&s.t"),
        ("snowflake", "SELECT a FROM ${env}_db.s.t", "${env}_db.s.t"),
        ("", "SELECT a FROM {schema}.t", "{schema}.t"),
        ("hive", "SELECT a FROM ${hiveconf:db}.t", "${hiveconf:db}.t"),
        ("postgres", "SELECT a FROM :s.t WHERE b = :p", ":s.t"),
    ],
)
def test_client_parameters_are_names(dialect: str, text: str, table: str) -> None:
    (statement,) = parse_script(text, dialect).statements
    found = statement.ast.find(sqlglot.exp.Table)
    assert ".".join(part.name for part in found.parts).replace("..", ".") == table
    assert text[statement.start :].startswith("SELECT")


def test_sqlrender_conditions_keep_their_first_branch() -> None:
    text = "{DEFAULT @x = 'y'}\nSELECT a {@v == 1} ? {, b}\n : {, c} FROM t {@w}?{WHERE d = 1}"
    (statement,) = parse_script(text, "tsql").statements
    assert statement.ast.sql("tsql") == "SELECT a, b FROM t WHERE d = 1"


# -- recovery ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quote", ["'", '"'])
def test_an_unbalanced_quote_costs_one_statement(quote: str) -> None:
    lines = [
        "SELECT a FROM b;",
        f"SELECT c FROM d WHERE e = {quote}oops;",
        "SELECT 'f' FROM g;",
        "INSERT INTO h SELECT 1;",
    ]
    text = "\n".join(lines)
    script = parse_script(text, "duckdb")
    assert [s.outcome for s in script.statements] == ["parsed", "failed", "parsed", "parsed"]
    (diagnostic,) = script.diagnostics
    assert (diagnostic.code, diagnostic.message, diagnostic.statement) == (
        "tokenize-error",
        f"the quote {quote} is never closed",
        2,
    )
    assert diagnostic.span is not None
    assert (diagnostic.span.start_line, diagnostic.span.start_column) == (2, 27)


def test_an_unclosed_comment_is_said() -> None:
    script = parse_script("SELECT 1;\nSELECT 2 /* oops;\nSELECT 3;", "")
    assert [s.outcome for s in script.statements] == ["parsed", "failed"]
    assert problems(script) == [("tokenize-error", "the comment /* is never closed", 2)]


def test_a_syntax_error_costs_one_statement_and_points_at_its_token() -> None:
    script = parse_script("SELECT 1;\nSELECT FROM WHERE;\nSELECT a b c\nFROM t;\nSELECT 2", "postgres")
    assert [s.outcome for s in script.statements] == ["parsed", "failed", "failed", "parsed"]
    last = script.diagnostics[-1]
    assert problems(script)[-1] == ("parse-error", "Invalid expression / Unexpected token", 3)
    assert last.span is not None
    assert (last.span.start_line, last.span.start_column, last.span.end_column) == (3, 12, 12)
    assert last.severity == "error"


def test_messages_are_short_and_plain() -> None:
    for text in (
        "SELECT CAST(a)",
        "SELECT a +",
        "SELECT (1",
        "CREATE TABLE (",
        "INSERT INTO",
        "SELECT * FROM (SELECT 1) :=",
    ):
        for diagnostic in parse_script(text, "").diagnostics:
            assert "\x1b" not in diagnostic.message
            assert "<class" not in diagnostic.message
            assert len(diagnostic.message) <= 120
            assert "\n" not in diagnostic.message


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "select a from t where ( ) ; ' \" [ ] ` $$ $x$ -- /* */ begin end if then else loop case when "
            "create procedure function "
            "trigger as is declare cursor for go \nGO\n \n/\n values insert into exec @x @ #t :a & { } ? ${a} $(b) "
            "\\c \x00 \ud800 \ufeff 1 "
            "union merge using on update set = + , . .. execute immediate call return do drop alter table "
            "view or replace := << >> || "
            "with system_versioning on ( partition by over".split(" ")
        ),
        max_size=40,
    ),
    st.sampled_from(
        [
            "",
            "tsql",
            "oracle",
            "postgres",
            "mysql",
            "snowflake",
            "bigquery",
            "teradata",
            "clickhouse",
            "databricks",
        ]
    ),
)
def test_no_text_raises_and_every_failure_is_said(words: list[str], dialect: str) -> None:
    text = " ".join(words)
    script = parse_script(text, dialect)
    numbers = {d.statement for d in script.diagnostics if d.severity == "error"}
    for number, statement in enumerate(script.statements, 1):
        assert 0 <= statement.start < statement.end <= len(text)
        assert statement.routine < len(script.routines)
        assert (statement.outcome == "failed") <= (number in numbers)
    assert all(d.statement and d.statement <= len(script.statements) for d in script.diagnostics)


@pytest.mark.parametrize("text", ["", ";;;", "-- nothing\n", "\x00", "\ufeff", "\ufeff\x00;"])
@pytest.mark.parametrize("dialect", ["", "tsql", "oracle", "postgres", "mysql"])
def test_nothing_holds_no_statement(text: str, dialect: str) -> None:
    script = parse_script(text, dialect)
    assert (script.statements, script.diagnostics) == ([], [])


def test_invisible_characters_are_blanks() -> None:
    text = "\ufeffSELECT a\x00\u200bFROM t"
    (statement,) = parse_script(text, "").statements
    assert statement.ast.sql() == "SELECT a FROM t"
    assert (statement.start, statement.end) == (1, len(text))


# -- bounds ------------------------------------------------------------------------------------------------------------

NESTED = {
    "parentheses": lambda n: "SELECT " + "(" * n + "1" + ")" * n,
    "subqueries": lambda n: "SELECT * FROM " + "(SELECT * FROM " * n + "t" + ")" * n,
    "exists": lambda n: "SELECT 1 WHERE " + "EXISTS (SELECT 1 FROM t WHERE " * n + "a" + ")" * n,
    "case": lambda n: "SELECT " + "CASE WHEN a THEN " * n + "1" + " END" * n,
    "functions": lambda n: "SELECT " + "f(" * n + "a" + ")" * n,
    "arrays": lambda n: "SELECT " + "[" * n + "a" + "]" * n,
    "not": lambda n: "SELECT " + "NOT " * n + "a",
    "minus": lambda n: "SELECT " + "- " * n + "a",
    "types": lambda n: "SELECT CAST(a AS " + "ARRAY<" * n + "INT" + ">" * n + ")",
    "joins": lambda n: "SELECT 1 FROM " + "t JOIN " * n + "t" + " ON a = b" * n,
    "subscripts": lambda n: "SELECT a" + "[1]" * n,
}


@pytest.mark.parametrize("shape", NESTED)
def test_nesting_is_refused_before_it_overflows_the_stack(shape: str) -> None:
    code = (
        "import sys; sys.path[:0] = ['tests/sql', 'src']; from test_statements import NESTED, parse_script\n"
        f"for n in (10_000, 50_000):\n    script = parse_script(NESTED[{shape!r}](n) + '; SELECT 2', 'duckdb')\n"
        "    assert [s.outcome for s in script.statements] == ['failed', 'parsed'], script.statements\n"
        "    assert script.diagnostics[0].code == 'too-deep'"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_what_is_not_refused_fits_a_small_stack() -> None:
    results: list[str] = []

    def run() -> None:
        for make in NESTED.values():
            results.extend(s.outcome for s in parse_script(make(MAX_DEPTH - 5), "duckdb").statements)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert results == ["parsed"] * len(NESTED)


@pytest.mark.parametrize(
    "text",
    ["SELECT " + " + ".join(f"a{i}" for i in range(10_000)), " UNION ALL ".join(["SELECT a FROM t"] * 5_000)],
    ids=["sum", "union"],
)
def test_long_chains_become_shallow_trees(text: str) -> None:
    (statement,) = parse_script(text, "").statements
    assert statement.outcome == "parsed"
    depth = 0
    level = [statement.ast]
    while level:
        depth += 1
        level = [child for node in level for child in node.iter_expressions()]
    assert depth < 60
    if "+" in text:
        assert [c.name for c in statement.ast.find_all(sqlglot.exp.Column, bfs=False)] == [
            f"a{i}" for i in range(10_000)
        ]


def test_a_statement_over_its_budget_is_given_up() -> None:
    text = "SELECT 1; SELECT " + ", ".join(f"f(a{i})" for i in range(5_000)) + "; SELECT 2"
    script = parse_script(text, "", budget_seconds=0.01)
    assert [s.outcome for s in script.statements] == ["parsed", "failed", "parsed"]
    assert problems(script) == [("parse-timeout", "took too long to parse", 2)]


def test_literal_rows_beyond_the_first_are_not_parsed() -> None:
    rows = ", ".join(f"({i}, 'it''s; {i}')" for i in range(5_000))
    text = f"INSERT INTO t (a, b) VALUES {rows} ON CONFLICT DO NOTHING; SELECT 2"
    first, second = parse_script(text, "postgres").statements
    assert text[first.start : first.end].endswith("ON CONFLICT DO NOTHING")
    assert len(first.ast.expression.expressions) == 3
    assert len(first.tokens) < 60
    assert second.kind == "select"


def test_rows_with_queries_are_kept() -> None:
    rows = ", ".join("((SELECT max(x) FROM s), 1)" for _ in range(400))
    (statement,) = parse_script(f"INSERT INTO t VALUES {rows}", "").statements
    assert len(statement.ast.expression.expressions) == 400


def test_repeated_literal_inserts_share_one_tree() -> None:
    inserts = ["t (a) VALUES (1)", "t (a) VALUES ('x')", "u (a) VALUES (2)", "t (a) SELECT 1"]
    text = ";\n".join(f"INSERT INTO {insert}" for insert in inserts)
    first, second, third, fourth = parse_script(text, "").statements
    assert first.ast is second.ast
    assert third.ast.find(sqlglot.exp.Table).name == "u"
    assert text[second.start : second.end] == "INSERT INTO t (a) VALUES ('x')"
    assert fourth.ast is not first.ast


def test_a_large_text_is_read_in_regions() -> None:
    line = "INSERT INTO t (a, b) VALUES (1, 'some text; with a semicolon');\n"
    huge = "INSERT INTO u VALUES " + ", ".join(["(1, 'it''s (x)', now())"] * 120_000) + ";\n"
    text = line * 20_000 + huge + "SELECT a FROM b;\n" + line * 10
    assert len(text) > 4_000_000
    script = parse_script(text, "postgres")
    assert len(script.statements) == 20_012
    assert script.diagnostics == []
    select = script.statements[20_001]
    assert text[select.start : select.end] == "SELECT a FROM b"
    assert text[script.statements[20_000].end - 6 : script.statements[20_000].end] == "now())"


# -- what is ignored, unsupported, repaired ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("postgres", "GRANT SELECT ON t TO r"),
        ("postgres", "SET work_mem = '1GB'"),
        ("postgres", "VACUUM ANALYZE t"),
        ("postgres", "CREATE EXTENSION postgis"),
        ("postgres", "ALTER TABLE t OWNER TO r"),
        ("snowflake", "CREATE WAREHOUSE w WITH WAREHOUSE_SIZE = 'X'"),
        ("oracle", "ALTER TABLE t MODIFY CONSTRAINT c DISABLE NOVALIDATE"),
        ("mysql", "FLUSH TABLES"),
        ("tsql", "PRINT 'x'"),
        ("tsql", "DECLARE @x int = 1"),
        ("", "EXPLAIN SELECT 1"),
    ],
)
def test_ignored_in_silence(dialect: str, text: str) -> None:
    script = parse_script(text, dialect)
    assert [s.outcome for s in script.statements] in (["ignored"], ["parsed"])
    assert script.diagnostics == []


def test_an_unsupported_statement_is_said_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="sqlglot"):
        script = parse_script("CREATE HYPERTABLE x WITH y; SELECT 1", "postgres")
        assert caplog.records == []
        assert [s.outcome for s in script.statements] == ["partial", "parsed"]
        assert problems(script)[0][0] == "unsupported-statement"
        sqlglot.parse("CREATE HYPERTABLE x WITH y")
        assert len(caplog.records) == 1


def test_names_of_schemas_are_set_by_use() -> None:
    for text, schemas in (
        ('SET search_path TO a, "B"', ["a", "B"]),
        ("SET SCHEMA 'x'", ["x"]),
        ("ALTER SESSION SET CURRENT_SCHEMA = y", ["y"]),
    ):
        (statement,) = parse_script(text, "postgres").statements
        assert statement.kind == "use"
        assert [t.name for t in statement.ast.args.get("expressions") or [statement.ast.this]] == schemas


@pytest.mark.parametrize(
    ("dialect", "text", "sql"),
    [
        (
            "tsql",
            "INSERT INTO t WITH (TABLOCK) (a) SELECT a FROM b OPTION (MAXDOP 1)",
            "INSERT INTO t (a) SELECT a FROM b",
        ),
        ("tsql", "UPDATE t SET a += 1", "UPDATE t SET a = a + 1"),
        (
            "tsql",
            "CREATE TABLE t (id INT IDENTITY PRIMARY KEY CLUSTERED, b AS id + 1, INDEX i CLUSTERED (id))",
            "CREATE TABLE t (id INTEGER, b AS id + 1)",
        ),
        (
            "tsql",
            "CREATE TABLE a.t WITH (DISTRIBUTION = HASH(k), CLUSTERED COLUMNSTORE INDEX) AS SELECT k FROM s",
            "SELECT * INTO a.t FROM (SELECT k AS k FROM s) AS temp",
        ),
        (
            "tsql",
            "WITH XMLNAMESPACES ('u' AS p), c AS (SELECT 1 AS a) SELECT a FROM c",
            "WITH c AS (SELECT 1 AS a) SELECT a FROM c",
        ),
        (
            "oracle",
            "CREATE OR REPLACE VIEW v OF typ WITH OBJECT OID (id) AS SELECT id FROM t",
            "CREATE OR REPLACE VIEW v AS SELECT id FROM t",
        ),
        ("oracle", "INSERT INTO t VALUES (1-\n, 'x'-\n)", "INSERT INTO t VALUES (1, 'x')"),
    ],
)
def test_repairs_drop_what_carries_no_lineage(dialect: str, text: str, sql: str) -> None:
    script = parse_script(text, dialect)
    (statement,) = script.statements
    assert statement.outcome == "parsed"
    assert statement.ast.sql(dialect) == sql
    assert text[statement.start : statement.end] == text
    assert script.diagnostics == []


def test_what_a_repair_drops_of_meaning_is_said() -> None:
    script = parse_script("SELECT a FROM p, f, q WHERE MATCH(p-(f)->q) AND b = 1", "tsql")
    assert script.statements[0].ast.sql("tsql") == "SELECT a FROM p, f, q WHERE 1 = 1 AND b = 1"
    assert problems(script) == [("unsupported-statement", "not understood and left out: MATCH(p-(f)->q)", 1)]


def test_output_into_keeps_its_target() -> None:
    (statement,) = parse_script("DELETE t OUTPUT deleted.a INTO x.y (b) WHERE c = 1", "tsql").statements
    into = statement.ast.args["returning"].args["into"]
    assert into.this.sql() == "x.y"
    assert [column.name for column in into.expressions] == ["b"]
