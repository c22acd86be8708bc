"""Schemas as Python or JSON mappings, the way a person writes them down.

`{"shop.orders": ["id", "amount"]}`, `{"shop.orders": {"id": "int"}}`, `{"shop": {"orders": {"id": "int"}}}`; instead of
a name in a list also `["id", "int"]` or `{"name": "id", "type": "int"}`. Names are SQL: what is quoted is exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from lineagraph.catalog.schemas.datasets import Collector, Part, Schema, SchemaError
from lineagraph.model import DatasetKind
from lineagraph.sql.identifiers import split_name

_MOST_PARTS = 6
"""No database nests names deeper; a mapping that does is no schema (or holds itself)."""

_SHAPES = 'give {"schema.table": ["column", …]} or {"schema.table": {"column": "type", …}}'


def schema_from_mapping(mapping: Mapping[str, Any], dialect: str = "", *, where: str = "schema") -> Schema:
    """Read a mapping. Raises `SchemaError`, with `where` in front and the name of the entry that is wrong."""
    collector = Collector(dialect)
    _collect(mapping, (), collector, where)
    return collector.schema()


def name_parts(text: str, dialect: str) -> list[Part]:
    """The parts of a qualified name as a person writes it. BigQuery also quotes a whole name at once."""
    parts: list[Part] = split_name(text.strip())
    if dialect == "bigquery" and len(parts) == 1 and parts[0][1]:
        return [(part, True) for part in parts[0][0].split(".")]
    return parts


def _collect(mapping: Mapping[Any, Any], outer: tuple[Part, ...], collector: Collector, where: str) -> None:
    for name, value in mapping.items():
        if not isinstance(name, str):
            raise SchemaError(f"{where}: {name!r} is not a name; {_SHAPES}")
        parts = (*outer, *name_parts(name, collector.dialect))
        here = f"{where}: {'.'.join(text for text, _ in parts)}"
        if len(parts) > _MOST_PARTS:
            raise SchemaError(f"{here}: a name of more than {_MOST_PARTS} parts; {_SHAPES}")
        columns = _columns(value, here)
        if columns is None:
            _collect(cast("Mapping[Any, Any]", value), parts, collector, where)
            continue
        if not columns:
            raise SchemaError(f"{here}: has no columns; leave it out if they are not known")
        key = collector.dataset(parts, DatasetKind.UNKNOWN, here)
        for position, (column, data_type) in enumerate(columns, 1):
            collector.column(key, _column_part(column), data_type, position, here)


def _columns(value: Any, here: str) -> list[tuple[str, str | None]] | None:
    """(name, type) of each column, or None where the value is a further level of names."""
    if isinstance(value, Mapping):
        entries = cast("Mapping[Any, Any]", value)
        nested = [_is_collection(v) for v in entries.values()]
        if nested and all(nested):
            return None
        if any(nested):
            raise SchemaError(f"{here}: holds columns and tables side by side; {_SHAPES}")
        return [(_text(k, here), None if v is None else str(v)) for k, v in entries.items()]
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_listed_column(v, here) for v in cast("Sequence[Any]", value)]
    raise SchemaError(f"{here}: {_short(value)} is no list of columns; {_SHAPES}")


def _is_collection(value: Any) -> bool:
    return isinstance(value, (Mapping, list, tuple))


def _listed_column(value: Any, here: str) -> tuple[str, str | None]:
    if isinstance(value, Mapping):
        entry = {str(k).lower(): v for k, v in cast("Mapping[Any, Any]", value).items()}
        data_type = next(
            (entry[k] for k in ("type", "data_type", "datatype") if entry.get(k) is not None), None
        )
        return _text(entry.get("name", entry.get("column_name")), here), None if data_type is None else str(
            data_type
        )
    if isinstance(value, (list, tuple)):
        pair = cast("Sequence[Any]", value)
        if len(pair) == 2:
            return _text(pair[0], here), None if pair[1] is None else str(pair[1])
    return _text(value, here), None


def _text(value: Any, here: str) -> str:
    if not isinstance(value, str):
        raise SchemaError(f"{here}: {_short(value)} is not a column name; {_SHAPES}")
    return value


def _short(value: Any) -> str:
    text = f"{value!r:.60}"
    return text if len(text) < 60 else text[:57] + "..."


def _column_part(text: str) -> Part:
    """A column name: quoted as a whole, or plain, a dot being part of it (as for nested fields in BigQuery)."""
    stripped = text.strip()
    if len(stripped) > 1 and (stripped[0], stripped[-1]) in (('"', '"'), ("`", "`"), ("[", "]")):
        parts = split_name(stripped)
        if len(parts) == 1:
            return parts[0]
    return stripped, False
