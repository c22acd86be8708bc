"""Dataset names: which defaults apply, and what a name that is not fully qualified may mean."""

from __future__ import annotations

from msgspec import Struct

from lineagraph.sql.facts import Use
from lineagraph.sql.identifiers import dataset_key

_TWO_LEVELS = frozenset(
    {"mysql", "hive", "spark", "spark2", "clickhouse", "doris", "starrocks", "teradata", "sqlite"}
)
"""Dialects where `a.b` is already complete."""

_SYSTEM_SCHEMAS = frozenset({"$user", '"$user"', "pg_catalog", "pg_temp"})


class Defaults(Struct, frozen=True):
    """What unqualified names resolve against at some point of a script."""

    database: str | None = None
    schemas: tuple[str, ...] = ()

    def after(self, use: Use) -> Defaults:
        """These defaults once a USE or SET search_path has been executed."""
        if use.database is not None and not use.schemas:
            return Defaults(use.database, ())
        schemas = tuple(schema for schema in use.schemas if schema not in _SYSTEM_SCHEMAS) or self.schemas
        return Defaults(use.database if use.database is not None else self.database, schemas)


NO_DEFAULTS = Defaults()


def qualified(parts: tuple[str, ...], defaults: Defaults, dialect: str) -> list[str]:
    """Keys the name may stand for, the preferred first: one, unless the search path has several schemas."""
    if len(parts) == 1 and (defaults.schemas or defaults.database):
        outer = [defaults.database] if defaults.database else []
        if defaults.schemas:
            return [dataset_key([*outer, schema, parts[0]]) for schema in defaults.schemas]
        return [dataset_key([*outer, parts[0]])]
    if len(parts) == 2 and defaults.database and dialect not in _TWO_LEVELS:
        return [dataset_key((defaults.database, *parts))]
    return [dataset_key(parts)]


class SuffixIndex:
    """Finds the defined datasets whose qualified name ends with given parts."""

    def __init__(self) -> None:
        self._by_last: dict[str, set[str]] = {}

    def add(self, key: str) -> None:
        self._by_last.setdefault(last_part(key), set()).add(key)

    def matches(self, key: str) -> list[str]:
        """Defined keys, other than `key` itself, that end with `.key`; sorted."""
        keys = self._by_last.get(last_part(key))
        if not keys:
            return []
        ending = "." + key
        return sorted(candidate for candidate in keys if candidate.endswith(ending))


def last_part(key: str) -> str:
    """The last part of a dataset's key, as it is written in the key: `"odd.name"` keeps its quotes."""
    if key.endswith('"'):
        return key[key.rfind('"', 0, -1) :]
    return key[key.rfind(".") + 1 :]
