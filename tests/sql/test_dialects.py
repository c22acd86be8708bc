"""Dialect names resolve, and a file's dialect is chosen by option, header, path rules or looks, in this order."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lineagraph.sql.dialects import DIALECTS, UnknownDialectError, choose, resolve


def test_every_name_is_one_sqlglot_reads_and_none_is_missing() -> None:
    from sqlglot.dialects.dialect import Dialect, Dialects

    for name in DIALECTS:
        Dialect.get_or_raise(name or None)
    assert {dialect.value for dialect in Dialects} <= DIALECTS


@pytest.mark.parametrize(
    ("name", "dialect"),
    [
        ("postgresql", "postgres"),
        ("MSSQL", "tsql"),
        ("SQL Server", "tsql"),
        ("PL/SQL", "oracle"),
        ("spark-sql", "spark"),
        ("spark3", "spark"),
        ("ansi", ""),
        ("snowflake", "snowflake"),
    ],
)
def test_names_and_aliases(name: str, dialect: str) -> None:
    assert resolve(name) == dialect


def test_an_unknown_name_says_what_was_meant() -> None:
    with pytest.raises(UnknownDialectError, match="'snowflak'; did you mean snowflake"):
        resolve("snowflak")
    with pytest.raises(UnknownDialectError, match="known dialects: ansi, athena"):
        resolve("qqqqq")


def test_the_option_wins_then_the_header_then_the_rules() -> None:
    text = "-- dialect: snowflake\nSELECT 1 FROM dbo.[t]\nGO\n"
    rules = [("*.sql", "mysql"), ("reports/", "bigquery")]
    assert choose(text, "reports/a.sql", option="pg", rules=rules) == ("postgres", "option")
    assert choose(text, "reports/a.sql", rules=rules) == ("snowflake", "header comment")
    body = text.split("\n", 1)[1]
    assert choose(body, "reports/a.sql", rules=rules) == ("bigquery", "path rule reports/")
    assert choose(body, "other/a.sql", rules=rules) == ("mysql", "path rule *.sql")
    assert choose(body, "other/a.sql")[0] == "tsql"


@pytest.mark.parametrize(
    "header", ["/* lineagraph: dialect=tsql */", "# dialect = tsql", "-- lineagraph: x=1 dialect=tsql"]
)
def test_header_forms(header: str) -> None:
    assert choose(f"{header}\nSELECT 1", "a.sql") == ("tsql", "header comment")


def test_a_header_with_an_unknown_name_is_passed_over() -> None:
    assert choose("-- dialect: klingon\nSELECT 1", "a.sql") == ("", "no mark of a dialect")


@pytest.mark.parametrize(
    ("dialect", "text"),
    [
        ("tsql", "SET NOCOUNT ON\nSELECT TOP 5 [name] FROM [dbo].[t] WITH (NOLOCK)\nGO\n"),
        ("oracle", "CREATE TABLE t (a VARCHAR2(10), b NUMBER(5));\nSELECT SYSDATE FROM dual\n/\n"),
        ("mysql", "CREATE TABLE `t` (`a` INT UNSIGNED AUTO_INCREMENT) ENGINE=InnoDB;"),
        ("postgres", "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1; END $$;"),
        ("bigquery", "SELECT * EXCEPT (a) FROM `p.d.events_*` WHERE _TABLE_SUFFIX > '1'"),
        ("snowflake", "SELECT v:a::int FROM t, LATERAL FLATTEN(input => v) QUALIFY 1 = 1"),
        ("redshift", "CREATE TABLE t (a int) DISTKEY(a) SORTKEY(a)"),
        ("clickhouse", "CREATE TABLE t (a Nullable(Int8)) ENGINE = ReplacingMergeTree ORDER BY a"),
        ("teradata", "CREATE MULTISET TABLE t (a INTEGER) PRIMARY INDEX (a)"),
        ("sqlite", "PRAGMA foreign_keys = ON;\nCREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT);"),
        ("duckdb", "SELECT * FROM read_parquet('x.parquet')"),
        ("", "SELECT a, SUM(b) FROM t GROUP BY a"),
    ],
)
def test_looks(dialect: str, text: str) -> None:
    assert choose(text, "a.sql")[0] == dialect
    assert choose(text, "a.sql") == choose(text, "b.sql")


def test_marks_in_comments_and_strings_do_not_count() -> None:
    assert choose("-- GETDATE() AUTO_INCREMENT\nSELECT 'VARCHAR2' /* $$ :: */ FROM t", "a.sql")[0] == ""


def test_an_option_needs_no_parser() -> None:
    code = (
        "import sys; from lineagraph.sql.dialects import choose; choose('SELECT 1', 'a', option='tsql'); "
        "assert 'sqlglot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
