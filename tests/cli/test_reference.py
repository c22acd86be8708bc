"""docs/cli.md says what the commands are, and every code has a line for summaries."""

from __future__ import annotations

from lineagraph.cli.commands import COMMANDS
from lineagraph.cli.meanings import MEANINGS
from lineagraph.cli.reference import reference
from lineagraph.diagnostics import Code
from tests.cli.runner import ROOT, run


def test_the_reference_is_up_to_date() -> None:
    kept = (ROOT / "docs" / "cli.md").read_text()
    assert kept == reference(), "make it again: python -m lineagraph.cli.reference > docs/cli.md"


def test_the_reference_has_every_option_of_the_help() -> None:
    page = reference()
    for name in COMMANDS:
        for word in run(name, "--help").out.split():
            if word.startswith("--") and word != "--help":
                assert f"`{word}`" in page


def test_every_diagnostic_has_a_meaning_of_one_line() -> None:
    assert sorted(MEANINGS) == sorted(Code)
    assert all(len(meaning) <= 80 and "\n" not in meaning for meaning in MEANINGS.values())
