"""The example warehouse is what it says: every file names its dialect, one statement is broken, the rest is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlglot.dialects.dialect import Dialect

import lineagraph
from lineagraph.diagnostics import Severity

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
FILES = sorted(EXAMPLES.rglob("*.sql"))
BROKEN = EXAMPLES / "warehouse" / "adhoc" / "q3_correction.sql"
UNKNOWN = EXAMPLES / "warehouse" / "adhoc" / "broker_bordereau.sql"


def dialect_of(path: Path) -> str:
    header = re.match(r"-- dialect: (\w+)\n", path.read_text())
    assert header, f"{path} does not name its dialect in its first line"
    return header.group(1)


def name(path: Path) -> str:
    return str(path.relative_to(EXAMPLES))


def test_there_are_about_forty_files_in_several_dialects() -> None:
    assert 40 <= len(FILES) <= 60
    assert {dialect_of(path) for path in FILES} == {"tsql", "postgres", "duckdb", "snowflake"}
    for dialect in {dialect_of(path) for path in FILES}:
        assert Dialect.get(dialect)


@pytest.mark.parametrize("path", [path for path in FILES if path != BROKEN], ids=name)
def test_every_other_file_is_read_whole(path: Path) -> None:
    result = lineagraph.analyze(path.read_text(), dialect=dialect_of(path))
    assert [(d.code, d.message, d.span) for d in result.diagnostics if d.severity == Severity.ERROR] == []
    assert [d.message for d in result.diagnostics if d.code == "unsupported-statement"] == []


def test_the_broken_statement_costs_only_itself() -> None:
    result = lineagraph.analyze(BROKEN.read_text(), dialect="snowflake")
    (error,) = [d for d in result.diagnostics if d.severity == Severity.ERROR]
    broken = (
        BROKEN.read_text()
        .splitlines()
        .index(
            "UPDATE marts.fct_claims SET gross_reserve_eur = gross_reserve_eur * WHERE AND peril = 'Storm';"
        )
    )
    assert (error.code, error.statement) == ("parse-error", 2)
    assert error.span is not None
    assert error.span.start_line == broken + 1
    assert result.targets == ("adhoc.q3_after", "adhoc.q3_before")


def test_the_unknown_table_is_said_and_kept_as_a_star() -> None:
    result = lineagraph.analyze(UNKNOWN.read_text(), dialect="snowflake")
    assert {d.code for d in result.diagnostics} == {"unexpanded-star"}
    assert ("partner.bordereau.*", "staging.stg_bordereau.*") in {
        (edge.source, edge.target) for edge in result.columns if edge.unresolved
    }
    assert ("partner.bordereau.broker_ref", "staging.stg_bordereau.broker_code") in {
        (edge.source, edge.target) for edge in result.columns
    }


def test_personal_data_leaves_the_staging_layer_masked() -> None:
    path = EXAMPLES / "warehouse" / "staging" / "stg_parties.sql"
    result = lineagraph.analyze(path.read_text(), dialect="snowflake")
    masked = {edge.source for edge in result.columns if edge.masking}
    assert masked == {"raw.party.full_name", "raw.party.tax_id", "raw.party.email"}


def test_temporary_tables_are_looked_through() -> None:
    path = EXAMPLES / "policy_admin" / "04_build_premium_extract.sql"
    result = lineagraph.analyze(path.read_text(), dialect="tsql")
    assert result.targets == ("export.PremiumExtract",)
    assert result.sources == ("dbo.Policy", "dbo.PremiumTransaction")
    written = {edge.source for edge in result.columns if edge.target == "export.PremiumExtract.WrittenNet"}
    assert written == {"dbo.PremiumTransaction.WrittenAmount", "dbo.PremiumTransaction.TaxAmount"}


def test_the_figure_is_traced_to_what_was_typed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(EXAMPLES.parent)
    with lineagraph.Project(tmp_path) as project:
        report = project.ingest("examples")
        assert report.files == len(FILES)
        trace = project.trace("regulatory.s_05_01_non_life.gross_claims_incurred", direction="upstream")
    direct = [hop for hop in trace.hops if hop.type == "DIRECT"]
    depth = {hop.source.key: hop.depth for hop in direct}
    assert depth["raw.claim_payment.amount_minor"] == 6
    assert depth["raw.reserve.amount_minor"] == 6
    assert depth["claims.claim_payment.amount_minor"] == 8
    assert all(hop.evidence for hop in trace.hops)
    files = {evidence.file for hop in direct for evidence in hop.evidence}
    assert len(files) >= 8
    for hop in direct:
        for evidence in hop.evidence:
            lines = (EXAMPLES.parent / evidence.file).read_text().splitlines()
            assert evidence.expression is None or evidence.expression[:8] in lines[evidence.line - 1]
