"""Text for terminals: widths, escapes, colours, tables; and values as JSON."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from lineagraph.cli.output import (
    Screen,
    cells,
    clipped,
    counted,
    never_fail_to_encode,
    one_line,
    open_screen,
    plain,
    shown,
)
from lineagraph.cli.table import print_table
from lineagraph.diagnostics import Diagnostic
from lineagraph.model import Span


def screen(width: int | None = None, **options: Any) -> tuple[Screen, io.StringIO]:
    stream = io.StringIO()
    return Screen(stream, color=options.pop("color", False), width=width, **options), stream


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mart.revenue", "mart.revenue"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("[red]bold[/]", "[red]bold[/]"),
        ("a\u202eb\u2028c", "a\\u202eb\\u2028c"),
        ("\x85\x9b", "\\x85\\x9b"),
        ("\udcff", "\\udcff"),
        ("naïve 日本", "naïve 日本"),
    ],
)
def test_names_are_shown_harmlessly(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_cells_are_places_on_a_terminal() -> None:
    assert (cells("abc"), cells("日本"), cells("e\u0301"), cells("\u200b")) == (3, 4, 1, 0)
    assert clipped("abcdef", 6) == "abcdef"
    assert clipped("abcdefg", 6) == "abcde…"
    assert clipped("日本語日本語", 6) == "日本…"
    assert one_line(" a \n  b\tc ") == "a b c"


def test_numbers_and_words() -> None:
    assert (counted(1, "file"), counted(0, "file"), counted(1234, "file")) == (
        "1 file",
        "0 files",
        "1,234 files",
    )
    assert counted(2, "name is", "names are") == "2 names are"


def test_colour_only_where_it_is_wanted() -> None:
    plain_screen, _ = screen()
    colored, _ = screen(color=True)
    assert plain_screen.paint("x", "red") == "x"
    assert colored.paint("x", "red", "bold") == "\x1b[31;1mx\x1b[0m"
    assert colored.paint("x", "") == "x"


def test_a_pipe_is_plain_and_of_any_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    found = open_screen()
    assert (found.color, found.width) == (False, None)
    monkeypatch.setenv("COLUMNS", "90")
    assert open_screen().width == 90


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_turned_off_on_a_terminal(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert open_screen().color
    monkeypatch.setenv(name, value)
    assert not open_screen().color


def test_a_stream_of_ascii_gets_ascii() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, "ascii")
    never_fail_to_encode(stream)
    Screen(stream, color=False, width=None, unicode=False).line("└─ naïve → … ×")
    stream.flush()
    assert raw.getvalue() == b"`- na\\xefve -> ... x" + os.linesep.encode()


def test_tables_align_and_leave_out_empty_columns() -> None:
    found, stream = screen()
    rows = [("1", "日本", "", "long text"), ("10", "ab", "", "")]
    print_table(found, ("#", "name", "empty", "note"), rows, numbers=("#",))
    assert [line.rstrip() for line in stream.getvalue().splitlines()] == [
        "   #  name  note",
        "   1  日本  long text",
        "  10  ab",
    ]


def test_the_last_column_wraps_to_the_width() -> None:
    found, stream = screen(40)
    print_table(found, ("name", "what"), [("total", "one two three four five six seven eight")])
    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 40
    assert lines[1].startswith("  total  one two")
    assert lines[2].startswith("         ")


def test_a_table_too_wide_for_the_screen_is_stacked() -> None:
    found, stream = screen(40)
    print_table(found, ("a", "b", "c"), [("x" * 30, "y" * 20, "z" * 20), ("x" * 30, "1", "")])
    assert stream.getvalue().splitlines() == [
        "  " + "x" * 30,
        "      " + "y" * 20,
        "        " + "z" * 20,
        "      1",
    ]


def test_markup_in_a_table_is_text() -> None:
    found, stream = screen()
    print_table(found, ("name",), [("[red]a[/red]\n\x1b[0m",)])
    assert "[red]a[/red]" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_structs_are_objects_also_where_the_database_has_arrays() -> None:
    diagnostic = Diagnostic("parse-error", "error", "no", Span(1, 2, 3, 4), file=str(Path("a.sql")))
    found = plain({"diagnostics": (diagnostic,)})
    assert found["diagnostics"][0]["span"] == {
        "start_line": 1,
        "start_column": 2,
        "end_line": 3,
        "end_column": 4,
    }
    assert found["diagnostics"][0]["message"] == "no"
