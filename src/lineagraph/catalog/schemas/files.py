"""Schema files: CSV of INFORMATION_SCHEMA.COLUMNS, JSON in several shapes, dbt's artifacts; told apart by content."""

from __future__ import annotations

import codecs
import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import msgspec

from lineagraph.catalog.schemas.datasets import Collector, Schema, SchemaError
from lineagraph.catalog.schemas.dbt import artifact_dialect, collect_artifact, is_artifact
from lineagraph.catalog.schemas.mapping import schema_from_mapping
from lineagraph.catalog.schemas.rows import REQUIRED, collect_rows, field_names, has_required

_DELIMITERS = (",", ";", "\t", "|")
_LARGEST = 2_000_000_000
"""Bytes. The columns of a million tables are about 1 GB of CSV."""


def load_schema(path: str | os.PathLike[str], dialect: str = "") -> Schema:
    """Read a schema file. Raises `SchemaError` with file and line where it is not what it should be.

    `dialect` decides what the case of a name means. Without one, case means nothing, except in a dbt manifest, which
    says which adapter wrote it.
    """
    shown = os.fspath(path)
    text = _decoded(_bytes(path, shown), shown)
    first = text.lstrip()[:1]
    if not first:
        raise SchemaError(f"{shown}: the file is empty; give a CSV or JSON export of the columns")
    if first in "{[" and not os.fspath(path).lower().endswith((".csv", ".tsv")):
        return _json_schema(text, dialect, shown)
    collector = Collector(dialect)
    collect_rows(_csv_rows(text, shown), collector)
    return collector.schema()


def _bytes(path: str | os.PathLike[str], shown: str) -> bytes:
    try:
        if os.path.getsize(path) > _LARGEST:
            raise SchemaError(f"{shown}: is larger than {_LARGEST:,} bytes; export fewer schemas at a time")
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise SchemaError(f"{shown}: no such file; check the spelling") from None
    except IsADirectoryError:
        raise SchemaError(f"{shown}: is a directory; name the files in it one by one") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SchemaError(f"{shown}: cannot be read: {reason}") from None


def _decoded(data: bytes, shown: str) -> str:
    """By its byte order mark, else UTF-8, else the encoding of Windows' spreadsheets."""
    encodings = ["utf-8-sig", "cp1252"]
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    if b"\0" in data[:4096] and encodings[0] != "utf-16":
        raise SchemaError(f"{shown}: is a binary file; give a CSV or JSON export of the columns")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SchemaError(f"{shown}: is neither UTF-8 nor UTF-16 nor Windows-1252 text; save it as UTF-8")


# CSV


def _csv_rows(text: str, shown: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    delimiter, header = _header(text, shown)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    width = len(header)
    started = False
    for row in _safely(reader, shown):
        where = f"{shown}:{reader.line_num}"
        if not row or (len(row) == 1 and not row[0].strip()):
            continue
        if not started:
            started = True
            continue
        if len(row) < width:
            raise SchemaError(
                f"{where}: has {len(row)} fields where the header has {width}; correct or remove the row"
            )
        yield where, dict(zip(header, row, strict=False))


def _header(text: str, shown: str) -> tuple[str, list[str]]:
    """The delimiter that makes the first line name a table and a column, and that line's fields."""
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    for delimiter in _DELIMITERS:
        reader = csv.reader([first_line], delimiter=delimiter, skipinitialspace=True)
        header = next(_safely(reader, shown))
        if has_required(field_names(header)):
            return delimiter, [name.strip() for name in header]
    raise SchemaError(
        f"{shown}:1: the first line is {first_line[:100]!r}; it must name the fields: {REQUIRED} "
        "(SELECT * FROM information_schema.columns, with a header)"
    )


def _safely(reader: Any, shown: str) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise SchemaError(f"{shown}:{reader.line_num}: {error}; check the quotes in this line") from None


# JSON


def _json_schema(text: str, dialect: str, shown: str) -> Schema:
    document = _parsed(text, shown)
    if isinstance(document, Mapping):
        entries = cast("Mapping[Any, Any]", document)
        if is_artifact(entries):
            collector = Collector(dialect or artifact_dialect(entries))
            collect_artifact(entries, collector, shown)
            return collector.schema()
        if not has_required(field_names(entries)):
            return schema_from_mapping(entries, dialect, where=shown)
        document = [entries]
    if not isinstance(document, list):
        raise SchemaError(
            f"{shown}: holds a single {type(document).__name__}; give a mapping of tables or a list of rows"
        )
    collector = Collector(dialect)
    collect_rows(_json_rows(cast("Sequence[Any]", document), shown, "row"), collector)
    return collector.schema()


def _parsed(text: str, shown: str) -> Any:
    """The document, or a list of the rows of JSON lines."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        whole = error
    rows: list[Any] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            rows.append(msgspec.json.decode(line))
        except (msgspec.DecodeError, RecursionError) as error:
            if not rows:
                # Not even its first line stands alone: so it was meant as one document.
                raise SchemaError(f"{shown}: is not JSON: {whole}; export it again") from None
            raise SchemaError(f"{shown}:{number}: is not JSON: {error}; one row a line is expected") from None
    return rows


def _json_rows(rows: Sequence[Any], shown: str, unit: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, row in enumerate(rows, 1):
        where = f"{shown}: {unit} {number}"
        if not isinstance(row, Mapping):
            raise SchemaError(f"{where}: is not a mapping; {REQUIRED}")
        yield where, cast("Mapping[str, Any]", row)
