"""A text read stretch by stretch gives the facts that it gives when it is read whole, and holds few trees meanwhile."""

from __future__ import annotations

import gc
from typing import Any

import msgspec
import pytest
from sqlglot import expressions as exp
from tests.sql_cases.reader import all_cases

from lineagraph.sql import extract as front_door
from lineagraph.sql import packed_facts, statements
from lineagraph.sql.extract import extract, extract_encoded
from lineagraph.sql.facts import FileFacts, encode
from lineagraph.sql.packed_facts import PackedStatements, open_packed, statements_of
from lineagraph.sql.statements import collector_of, read_script


def in_stretches(text: str, dialect: str, size: int, monkeypatch: pytest.MonkeyPatch) -> FileFacts:
    with monkeypatch.context() as patched:
        patched.setattr(statements, "_LARGE", 0)
        patched.setattr(statements, "_REGION", size)
        patched.setattr(statements.literal_rows, "without_rows", lambda part, dialect: part)
        return extract(text, dialect)


@pytest.mark.parametrize("size", [1, 40, 400])
def test_golden_cases_in_stretches(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for case in all_cases():
        dialect = case.first("dialect") or ""
        assert in_stretches(case.sql, dialect, size, monkeypatch) == extract(case.sql, dialect), case


ROUTINES = {
    "tsql": (
        "CREATE PROCEDURE p AS\nDECLARE @n INT\nSET @n = (SELECT MAX(i) FROM n)\nINSERT INTO t SELECT a FROM s;\n"
        "IF @n > 0\nUPDATE t SET a = b FROM u\nGO\nEXEC p\nGO\nINSERT INTO t2\nSELECT a FROM s2\n"
        "WITH c AS (SELECT a FROM s3)\nINSERT INTO t3\nSELECT a FROM c\n"
        "CREATE FUNCTION f(@a INT)\nRETURNS TABLE AS\nRETURN (SELECT a FROM s4 WHERE b = @a)\nGO\nSELECT a FROM s5"
    ),
    "bigquery": (
        "CREATE PROCEDURE d.p(x INT64)\nBEGIN\n  INSERT INTO t SELECT a FROM s;\n"
        "  IF x > 0 THEN\n    DELETE FROM t WHERE b;\n"
        "  END IF;\nEND;\nBEGIN\n  INSERT INTO t2 SELECT a FROM s2;\nEND;\nSELECT ';' FROM t3; -- ; ;\nSELECT a FROM t4"
    ),
    "oracle": (
        "CREATE OR REPLACE PACKAGE BODY k AS\n  PROCEDURE p IS\n  BEGIN\n    INSERT INTO t SELECT a FROM s;\n"
        "    UPDATE t SET a = 1;\n  END;\nEND;\n/\nPROMPT done;\nINSERT INTO t2 SELECT a FROM s2;\n"
        "BEGIN\n  INSERT INTO t3 SELECT a FROM s3;\n  COMMIT;\nEND;\n/\nEXEC k.p\nSELECT a FROM s4\n/\n"
    ),
    "mysql": (
        "DELIMITER //\nCREATE PROCEDURE p()\nBEGIN\n  INSERT INTO t SELECT a FROM s;\n  UPDATE t SET a = 1;\nEND//\n"
        "DELIMITER ;\nINSERT INTO t2 SELECT 'it''s; \\'' FROM s2;\nSELECT `a;b` FROM s3"
    ),
    "snowflake": (
        "CREATE PROCEDURE p() RETURNS INT AS\n$$\nBEGIN\n  INSERT INTO t SELECT a FROM s;\nEND;\n$$;\n"
        "DECLARE x INT;\nBEGIN\n  INSERT INTO t2 SELECT a FROM s2;\n  RETURN 1;\nEND;\nSELECT a FROM s3;"
    ),
    "postgres": (
        "CREATE FUNCTION f() RETURNS TABLE (a INT) LANGUAGE sql AS $f$ SELECT a FROM s; $f$;\n"
        "COPY t (a) FROM STDIN;\n1;\n2;\n\\.\nINSERT INTO t2 SELECT a FROM s2;\n\\echo done;\nSELECT 1;;"
    ),
}


@pytest.mark.parametrize("dialect", ROUTINES)
def test_a_routine_is_never_cut(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ROUTINES[dialect]
    whole = extract(text, dialect)
    assert whole.routines
    for size in range(1, len(text), 7):
        assert in_stretches(text, dialect, size, monkeypatch) == whole, size


@pytest.mark.parametrize("dialect", ["", "tsql", "oracle"])
def test_what_never_closes_costs_the_same_statements(dialect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "SELECT a FROM s;\nINSERT INTO t SELECT 'oh FROM s2;\nINSERT INTO t2 SELECT a FROM s3;\nSELECT b FROM s4;\n"
    whole = extract(text, dialect)
    assert [diagnostic.code for diagnostic in whole.diagnostics] == ["tokenize-error"]
    assert [statement.outcome for statement in whole.statements] == ["parsed", "failed", "parsed", "parsed"]
    for size in range(1, len(text), 5):
        assert in_stretches(text, dialect, size, monkeypatch) == whole, size


@pytest.mark.parametrize("dialect", ["", "tsql"])
def test_few_trees_are_held_at_once(dialect: str) -> None:
    text = "".join(f"INSERT INTO t{n} SELECT a, b + 1 AS c FROM s WHERE d = {n};\n" for n in range(500))
    collector = collector_of(text, dialect, 10.0)
    count, most = 0, 0
    for _ in read_script(collector):
        count += len(collector.take()[0])
        if count % 100 == 0:
            gc.collect()
            most = max(most, sum(isinstance(value, exp.Insert) for value in gc.get_objects()))
    assert count == 500
    assert most <= 1


@pytest.mark.parametrize("count", [0, 1, 15, 16, 70_000])
def test_facts_encoded_statement_by_statement_are_the_same(count: int) -> None:
    text = "INSERT INTO t (a, b) VALUES (1, 2);\n" * count + "SELECT $;"
    head, data = extract_encoded(text)
    whole = extract(text)
    assert len(whole.statements) == count + 1
    assert data == encode(whole)
    assert tuple(statements_of(data)) == whole.statements
    assert head == msgspec.structs.replace(whole, statements=())


def test_golden_cases_encoded_statement_by_statement() -> None:
    for case in all_cases():
        dialect = case.first("dialect") or ""
        assert extract_encoded(case.sql, dialect)[1] == encode(extract(case.sql, dialect)), case


def test_extraction_takes_each_statement_before_the_next_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    read, parse = front_door.read_statement_tree, statements.Collector.parsed

    def reading(*arguments: Any) -> Any:
        events.append("read")
        return read(*arguments)

    def parsing(*arguments: Any) -> Any:
        events.append("parsed")
        return parse(*arguments)

    monkeypatch.setattr(front_door, "read_statement_tree", reading)
    monkeypatch.setattr(statements.Collector, "parsed", parsing)
    extract("SELECT a FROM s; INSERT INTO t SELECT a FROM s; SELECT b FROM u")
    assert events == ["parsed", "read"] * 3


def test_of_large_facts_only_what_is_looked_at_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = extract("CREATE TABLE a (x INT); INSERT INTO b SELECT x FROM a; SELECT 1 FROM", "postgres")
    data = encode(whole)
    monkeypatch.setattr(packed_facts, "LARGE_FACTS", 0)
    opened = open_packed(data)
    assert isinstance(opened.statements, PackedStatements)
    assert tuple(opened.statements) == whole.statements
    assert [opened.statements[number] for number in (2, 0, -1)] == [whole.statements[n] for n in (2, 0, -1)]
    assert tuple(opened.statements[1:]) == whole.statements[1:]
    assert msgspec.structs.replace(opened, statements=whole.statements) == whole
