"""The columns of a live database, read through SQLAlchemy (extra `schemas`). Reads the catalog, never a row of data.

A URL holds a password, so no message here shows one, and no exception is chained to one that might.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from lineagraph.catalog.schemas.datasets import Collector, Part, Schema, SchemaError, kind_of
from lineagraph.model import DatasetKind

_SYSTEM_SCHEMAS = frozenset(
    {
        "information_schema",
        "pg_catalog",
        "pg_toast",
        "sys",
        "system",
        "mysql",
        "performance_schema",
        "pg_internal",
    }
)
_DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "mariadb": "mysql", "cockroachdb": "postgres"}
"""SQLAlchemy's name → sqlglot's, where the two differ."""


def load_database(url: str, dialect: str = "", *, schemas: Sequence[str] | None = None) -> Schema:
    """Read the columns of all tables and views, or of those in `schemas`.

    `url` is SQLAlchemy's (`postgresql+psycopg://user@host/db`). `dialect` defaults to the database's own. Raises
    `SchemaError` when the extra or the driver is missing, or the database cannot be reached or read.
    """
    try:
        import sqlalchemy
        from sqlalchemy import exc
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "sqlalchemy":
            raise
        raise SchemaError(
            "reading a live database needs SQLAlchemy, which is not installed; "
            'install the extra: pip install "lineagraph[schemas]"'
        ) from None
    try:
        address: Any = sqlalchemy.make_url(url)
        if "@" in f"{address.host}{address.database}":
            # An @ or / in the password that is not percent-encoded: parts of it are now taken for the host's name.
            raise ValueError
    except (exc.ArgumentError, ValueError):
        # What cannot be parsed cannot be shown without its password either.
        raise SchemaError(
            "the database URL is not understood; write it as dialect+driver://user:password@host:port/database, "
            "with special characters in the password percent-encoded (@ as %40, / as %2F)"
        ) from None
    shown = address.set(query={}).render_as_string(hide_password=True)
    _check_file(address, shown)
    try:
        engine = sqlalchemy.create_engine(address)
    except exc.NoSuchModuleError:
        raise SchemaError(
            f"{shown}: SQLAlchemy has no dialect {address.drivername!r}; install the package that brings it"
        ) from None
    except ModuleNotFoundError as error:
        raise SchemaError(
            f"{shown}: the driver {error.name!r} is not installed; install it with pip"
        ) from None
    except (exc.SQLAlchemyError, TypeError, ValueError) as error:
        raise SchemaError(f"{shown}: {_reason(error, address)}; check the URL") from None
    try:
        return _read(
            engine, dialect or _DIALECTS.get(engine.dialect.name, engine.dialect.name), schemas, shown
        )
    except (exc.SQLAlchemyError, OSError) as error:
        raise SchemaError(
            f"{shown}: the columns cannot be read: {_reason(error, address)}; check address, user and rights"
        ) from None
    finally:
        engine.dispose()


def _read(engine: Any, dialect: str, schemas: Sequence[str] | None, shown: str) -> Schema:
    import sqlalchemy
    from sqlalchemy.engine.reflection import ObjectKind, ObjectScope

    collector = Collector(dialect)
    inspector: Any = sqlalchemy.inspect(engine)
    for schema in _chosen(inspector, schemas, shown):
        kinds = _kinds(inspector, schema)
        found = inspector.get_multi_columns(schema=schema, kind=ObjectKind.ANY, scope=ObjectScope.DEFAULT)
        for (_, table), columns in sorted(found.items(), key=lambda item: str(item[0][1])):
            if not columns:
                continue
            # SQLite's only schema has a name that its users never write.
            prefix = [] if schema is None or engine.dialect.name == "sqlite" else [_part(schema, engine)]
            key = collector.dataset(
                [*prefix, _part(table, engine)], kinds.get(table, DatasetKind.TABLE), shown
            )
            for position, column in enumerate(columns, 1):
                collector.column(key, _part(column["name"], engine), _type(column["type"]), position, shown)
    return collector.schema()


def _chosen(inspector: Any, schemas: Sequence[str] | None, shown: str) -> Iterator[str | None]:
    """The schemas to read, without the system's own unless asked for by name."""
    names: list[str] = sorted(inspector.get_schema_names())
    if schemas is None:
        yield from (
            n for n in names if n.lower() not in _SYSTEM_SCHEMAS and not n.startswith(("pg_temp", "pg_toast"))
        )
        return
    lowered = {name.lower(): name for name in names}
    for schema in schemas:
        if schema not in names and schema.lower() not in lowered:
            raise SchemaError(f"{shown}: has no schema {schema!r}; there are: {', '.join(names[:20])}")
        yield schema if schema in names else lowered[schema.lower()]


def _kinds(inspector: Any, schema: str | None) -> dict[str, str]:
    kinds: dict[str, str] = dict.fromkeys(inspector.get_view_names(schema=schema), kind_of("view"))
    with contextlib.suppress(NotImplementedError):  # most databases have none
        materialized = inspector.get_materialized_view_names(schema=schema)
        kinds.update(dict.fromkeys(materialized, kind_of("materialized view")))
    return kinds


def _part(name: str, engine: Any) -> Part:
    """Exact, as catalogs print it; but for Oracle and its like SQLAlchemy prints lower case for "any case"."""
    normalized = bool(getattr(engine.dialect, "requires_name_normalize", False))
    return str(name), not (normalized and name == name.lower())


def _type(value: Any) -> str | None:
    from sqlalchemy import exc

    try:
        text = str(value)
    except exc.CompileError:  # a type that has no SQL form outside of its own database
        return None
    return None if text in ("NULL", "") else text


def _check_file(address: Any, shown: str) -> None:
    """SQLite creates a missing file, and then has no tables to show for it."""
    if address.get_backend_name() == "sqlite" and address.database not in (None, "", ":memory:"):
        name = str(address.database)
        if not name.startswith("file:") and not os.path.isfile(name):
            raise SchemaError(f"{shown}: there is no such database file; check the path")


def _reason(error: BaseException, address: Any) -> str:
    """The driver's own words, on one line, without the password in any spelling."""
    text = " ".join(str(getattr(error, "orig", None) or error).split())[:300]
    secrets = [
        address.password,
        *[v for values in address.query.values() for v in ([values] if isinstance(values, str) else values)],
    ]
    for secret in filter(None, secrets):
        for form in sorted(
            {str(secret), quote(str(secret), safe=""), quote_plus(str(secret))}, key=len, reverse=True
        ):
            text = text.replace(form, "***")
    return text.rstrip(".") or type(error).__name__
