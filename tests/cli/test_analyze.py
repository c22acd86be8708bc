"""`lineagraph analyze`: one script, from a file or from standard input."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

import lineagraph
from tests.cli.runner import run

SQL = """\
-- dialect: postgres
CREATE TEMP TABLE paid AS SELECT claim_id, SUM(amount) AS total FROM claims.payment GROUP BY claim_id;
INSERT INTO mart.cost (claim, total)
SELECT c.id, p.total FROM claims.claim c JOIN paid p ON p.claim_id = c.id;
DROP TABLE claims.old;
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.sql"
    path.write_text(SQL)
    return path


def test_the_page_has_sources_targets_columns_influences_and_changes(script: Path) -> None:
    result = run("analyze", script)
    assert (result.status, result.err) == (0, "")
    lines = [" ".join(line.split()) for line in result.out.splitlines()]
    assert lines[:3] == [
        "dialect postgres (header comment)",
        "sources claims.claim, claims.payment",
        "targets mart.cost",
    ]
    assert any(line.startswith("mart.cost.total claims.payment.amount DIRECT AGGREGATION") for line in lines)
    assert any(line.startswith("mart.cost.claim claims.claim.id DIRECT IDENTITY") for line in lines)
    assert "mart.cost JOIN claims.claim.id" in lines
    assert "DROP claims.old" in lines


def test_the_json_document_is_the_analysis(script: Path) -> None:
    document = run("analyze", script, "--json").json
    analysis = lineagraph.analyze(SQL, "postgres")
    assert document["dialect"] == "postgres"
    assert set(document) == {"dialect", *analysis.__struct_fields__}
    assert document["sources"] == list(analysis.sources)
    assert [edge["source"] for edge in document["columns"]] == [edge.source for edge in analysis.columns]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"select [a b] from t where x")))
    result = run("analyze", "-", "--dialect", "tsql")
    assert "t.a b" in result.out
    assert "dialect  tsql (option)" in result.out


def test_a_broken_statement_has_a_caret_and_a_status(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes("SELECT 1;\r\nSELECT FROM WHERE x;\r\n".encode("utf-16"))
    result = run("analyze", tmp_path / "a.sql", "--dialect", "postgres")
    assert result.status == 1
    lines = result.out.splitlines()
    place = next(number for number, line in enumerate(lines) if "a.sql:2:" in line)
    assert lines[place + 1] == "      SELECT FROM WHERE x;"
    column = int(lines[place].split(":")[-1])
    assert lines[place + 2].index("^") == 6 + column - 1


def test_a_schema_expands_a_star(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(
        "table_schema,table_name,column_name\nshop,orders,id\nshop,orders,amount\n"
    )
    (tmp_path / "a.sql").write_text("CREATE VIEW v AS SELECT * FROM shop.orders")
    found = run(
        "analyze", tmp_path / "a.sql", "--dialect", "postgres", "--schema", tmp_path / "s.csv", "--json"
    ).json
    assert [edge["source"] for edge in found["columns"]] == ["shop.orders.amount", "shop.orders.id"]


def test_a_binary_file_is_an_error_in_it(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"\x7fELF\0\0\1" * 99)
    result = run("analyze", tmp_path / "a.sql")
    assert (result.status, result.err) == (1, "")
    assert "binary-file" in result.out
