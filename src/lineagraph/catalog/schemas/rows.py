"""INFORMATION_SCHEMA.COLUMNS as rows: one mapping per column, whatever the database calls its fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lineagraph.catalog.schemas.datasets import Collector, SchemaError, catalog_part, kind_of

_FIELDS = {
    "catalog": ("table_catalog", "table_cat", "database_name", "database", "catalog", "project_id"),
    "schema": (
        "table_schema",
        "table_schem",
        "schema_name",
        "schema",
        "owner",
        "databasename",
        "table_owner",
    ),
    "table": ("table_name", "tablename", "table", "tabname"),
    "column": ("column_name", "columnname", "column", "colname"),
    "position": ("ordinal_position", "column_id", "columnid", "position", "colno"),
    "type": ("data_type", "type_name", "column_type", "columntype", "type", "typename"),
    "kind": ("table_type", "object_type"),
}
"""Field → names it has in the standard, JDBC, Oracle, Teradata, Db2 and BigQuery, the preferred first."""

REQUIRED = "table_name and column_name are needed; table_schema, ordinal_position and data_type are welcome"


def field_names(header: Iterable[Any]) -> dict[str, str]:
    """Which field is called what in this header; fields it does not have are absent."""
    present: dict[str, str] = {}
    for name in header:
        present.setdefault(str(name).strip().strip('"').lower(), name)
    found = {field: next((n for n in names if n in present), None) for field, names in _FIELDS.items()}
    return {field: present[name] for field, name in found.items() if name is not None}


def has_required(fields: Mapping[str, str]) -> bool:
    return "table" in fields and "column" in fields


def collect_rows(rows: Iterable[tuple[str, Mapping[str, Any]]], collector: Collector) -> None:
    """Take rows, each with where it stands (`columns.csv:7`). Raises `SchemaError`."""
    fields: dict[str, str] = {}
    header: tuple[str, ...] | None = None
    for where, row in rows:
        if header != tuple(row):
            header = tuple(row)
            fields = field_names(header)
            if not has_required(fields):
                raise SchemaError(
                    f"{where}: has the fields {', '.join(map(str, header)) or 'of none'}; {REQUIRED}"
                )
        values = {field: row[name] for field, name in fields.items()}
        names = [_name(values.get(field)) for field in ("catalog", "schema")]
        table, column = _name(values["table"]), _name(values["column"])
        if not table or not column:
            raise SchemaError(
                f"{where}: {'table' if not table else 'column'} name is empty; correct or remove the row"
            )
        parts = [catalog_part(name, collector.dialect) for name in (*names, table) if name]
        key = collector.dataset(parts, kind_of(_name(values.get("kind"))), where)
        data_type = _name(values.get("type")) or None
        collector.column(
            key,
            catalog_part(column, collector.dialect),
            data_type,
            _position(values.get("position"), where),
            where,
        )


def _name(value: Any) -> str:
    """Catalogs pad names with blanks (Teradata, Db2), and exports write missing ones as NULL."""
    text = "" if value is None else str(value).strip()
    return "" if text in ("NULL", "\\N") else text


def _position(value: Any, where: str) -> int | None:
    text = _name(value)
    if not text:
        return None
    try:
        number = float(text)  # spreadsheets write 3 as 3.0
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1_000_000 or number != int(number):
        raise SchemaError(f"{where}: the column's position is {text[:40]!r}; it must be a whole number")
    return int(number)
