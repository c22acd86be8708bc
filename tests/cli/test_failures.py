"""Failures by cause, and the caret below the spot."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineagraph.cli.failures import causes_of, quoted
from lineagraph.cli.output import cells
from lineagraph.ingest.graph_extractor import FailedStatement
from lineagraph.model import Span


def failure(message: str, code: str = "parse-error", file: str = "a.sql", line: int = 1) -> FailedStatement:
    return FailedStatement(file, Span(line, 1, line, 2), code, message)


def test_causes_leave_out_what_is_particular() -> None:
    failures = [
        failure("Expected table name but got /"),
        failure("Unknown function 'foo'"),
        failure("Expected table name but got ="),
        failure('Unknown function "bar"'),
        failure("Took 12.5 s", "parse-timeout"),
        failure("Expected table name but got ) ,"),
        failure("Took 7 s", "parse-timeout"),
    ]
    assert [(len(cause.failures), cause.code, cause.text) for cause in causes_of(failures)] == [
        (3, "parse-error", "Expected table name but got …"),
        (2, "parse-error", "Unknown function …"),
        (2, "parse-timeout", "Took … s"),
    ]


def test_a_cause_with_one_message_keeps_it_whole() -> None:
    causes = causes_of([failure("Unknown function 'foo'"), failure("Unknown function 'foo'", line=9)])
    assert [(cause.text, len(cause.failures)) for cause in causes] == [("Unknown function 'foo'", 2)]


def test_the_same_message_of_another_code_is_another_cause() -> None:
    assert len(causes_of([failure("x"), failure("x", "tokenize-error")])) == 2


def test_the_file_in_a_message_is_no_cause_of_its_own() -> None:
    failures = [
        failure(f"{name}: Permission denied", "unreadable-file", name) for name in ("a.sql", "b/c.sql")
    ]
    (cause,) = causes_of(failures)
    assert cause.text == "Permission denied"


@pytest.mark.parametrize(
    ("line", "span", "source", "caret"),
    [
        ("SELECT a FRM t", Span(1, 10, 1, 12), "SELECT a FRM t", "         ^^^"),
        ("SELECT 1", Span(1, 8, 1, 8), "SELECT 1", "       ^"),
        # to the end of the line, where the statement goes on below
        ("SELECT (", Span(1, 8, 4, 2), "SELECT (", "       ^"),
        ("SELECT", Span(1, 1, 3, 2), "SELECT", "^^^^^^"),
        # tabs and what cannot be shown take the place they are shown in
        ("\tSELECT\ta b", Span(1, 11, 1, 11), "SELECT    a b", "            ^"),
        ("a\x1b[31m ?", Span(1, 8, 1, 8), "a\\x1b[31m ?", "          ^"),
        ("SELECT '日本' x", Span(1, 13, 1, 13), "SELECT '日本' x", "              ^"),
        # indentation is left out, unless the spot is in it
        ("    WHERE x", Span(1, 5, 1, 9), "WHERE x", "^^^^^"),
        # just behind the last character
        ("SELECT a,", Span(1, 10, 1, 10), "SELECT a,", "         ^"),
        # a span that the line does not have
        ("short", Span(1, 50, 1, 51), "short", ""),
    ],
)
def test_the_caret_is_below_the_spot(line: str, span: Span, source: str, caret: str) -> None:
    assert quoted(line, span, 1, 80) == (source, caret)


def test_a_long_line_is_cut_around_the_spot() -> None:
    line = "x" * 300 + " HERE " + "y" * 300
    source, caret = quoted(line, Span(1, 302, 1, 305), 1, 60)
    assert source[caret.index("^") : len(caret)] == "HERE"
    assert source.startswith("…")
    assert source.endswith("…")
    assert len(source) <= 60


def test_a_line_that_is_a_part_of_a_longer_one() -> None:
    source, caret = quoted("aaa HERE bbb", Span(7, 1005, 7, 1008), 1001, 60)
    assert source[caret.index("^") : len(caret)] == "HERE"


@given(st.text(max_size=80), st.integers(1, 90), st.integers(1, 90), st.integers(20, 60))
def test_quoting_never_fails_and_stays_inside(line: str, start: int, length: int, width: int) -> None:
    source, caret = quoted(line, Span(1, start, 1, start + length), 1, width)
    assert "\n" not in source
    assert cells(source) <= width
    assert set(caret) <= {" ", "^"}
    assert len(caret) <= max(width, 1)
