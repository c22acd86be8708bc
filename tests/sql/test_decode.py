"""Bytes become text whatever they are, and lines start where an editor says they do."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineagraph.sql.decode import decode, line_starts, span_of

SQL = "SELECT 'Größe' FROM t;\r\n"


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-8"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_unicode_is_read_with_and_without_mark(mark: bytes, encoding: str) -> None:
    assert decode(mark + SQL.encode(encoding)) == (SQL, ())


def test_windows_1252_is_read_and_said() -> None:
    text, (diagnostic,) = decode("SELECT 1;\nSELECT '€ Größe'".encode("cp1252"))
    assert text == "SELECT 1;\nSELECT '€ Größe'"
    assert diagnostic.code == "encoding-fallback"
    assert "line 2" in diagnostic.message


def test_bytes_windows_leaves_undefined_are_latin_1() -> None:
    text, (diagnostic,) = decode(b"SELECT '\x81\xe9'")
    assert text == "SELECT '\x81é'"
    assert "Latin-1" in diagnostic.message


@pytest.mark.parametrize("data", [b"\x7fELF" + bytes(60), b"PK\x03\x04 SELECT", bytes(range(32)) * 40])
def test_binary_content_is_no_text(data: bytes) -> None:
    text, (diagnostic,) = decode(data)
    assert text == ""
    assert diagnostic.code == "binary-file"


def test_stray_null_bytes_do_not_make_a_file_binary() -> None:
    assert decode(b"SELECT 1\x00;\n" * 3) == ("SELECT 1\x00;\n" * 3, ())


def test_an_empty_file_is_empty_text() -> None:
    assert decode(b"") == ("", ())


@given(st.binary(max_size=200))
def test_every_byte_sequence_decodes(data: bytes) -> None:
    text, diagnostics = decode(data)
    assert (
        text or not data or diagnostics or data in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    )


@pytest.mark.parametrize(
    ("text", "starts"),
    [
        ("", (0,)),
        ("a", (0,)),
        ("a\nb", (0, 2)),
        ("a\r\nb\n", (0, 3, 5)),
        ("a\rb\n\rc", (0, 2, 4, 5)),
        ("a\u2028b\x0bc\n", (0, 6)),
    ],
)
def test_lines_end_with_newline_return_or_both(text: str, starts: tuple[int, ...]) -> None:
    assert line_starts(text) == starts


@given(st.text(alphabet="ab\r\n", max_size=40), st.data())
def test_a_span_points_back_at_its_text(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    starts = line_starts(text)
    span = span_of(starts, start, end)
    assert starts[span.start_line - 1] + span.start_column - 1 == start
    assert starts[span.end_line - 1] + span.end_column - 1 == max(start, end - 1)
