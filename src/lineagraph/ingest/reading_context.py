"""What the reading of files depends on, and what each is known by; loads nothing that parses."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import PurePosixPath

import msgspec
from msgspec import Struct

from lineagraph.catalog.names import Defaults
from lineagraph.ingest.parse_cache import cache_key
from lineagraph.ingest.reports import IngestOptions
from lineagraph.sql.dialects import matching_rule, resolve
from lineagraph.sql.facts import EXTRACTOR_VERSION


class ReadingContext(Struct, frozen=True):
    """What the reading of every file of a run depends on."""

    dialect: str | None = None
    """For every file; None: each file's header comment, else a path rule, else its looks."""
    database: str | None = None
    schemas: tuple[str, ...] = ()
    variables: dict[str, object] = {}
    statement_seconds: float = 10.0

    @classmethod
    def of(cls, options: IngestOptions) -> ReadingContext:
        """Raises `UnknownDialectError`."""
        return cls(
            resolve(options.dialect) if options.dialect is not None else None,
            options.default_database,
            (options.default_schema,) if options.default_schema else (),
            dict(options.variables),
            options.statement_seconds,
        )

    @property
    def defaults(self) -> Defaults:
        return Defaults(self.database, self.schemas)

    def versions(self) -> tuple[object, ...]:
        """Of all that has a say in what facts are."""
        return EXTRACTOR_VERSION, *_libraries()

    def digest(self) -> bytes:
        """Equal for runs in which equal bytes give equal facts."""
        return _digest((self.versions(), self))

    def sight(self, rules: Sequence[tuple[str, str]]) -> int:
        """Equal for runs in which files that look unchanged need not be read."""
        return int.from_bytes(_digest((self.versions(), self, rules))[:8], "big", signed=True)


@cache
def _libraries() -> tuple[str, bool]:
    """Sqlglot's version, and whether templates can be rendered."""
    return version("sqlglot"), find_spec("jinja2") is not None


def _digest(value: object) -> bytes:
    return hashlib.sha256(msgspec.msgpack.encode(value, order="deterministic")).digest()


class ReadingTask(Struct, frozen=True, array_like=True, gc=False):
    """One file to be read."""

    path: str
    data: bytes
    rule: str | None
    """The dialect that a path rule gives it."""
    dialect: str | None = None
    """The one it was read in before, where this run's options do not concern it."""


def task_hash(task: ReadingTask, digest: bytes) -> bytes:
    """Of all that a file's facts are a function of; `digest` is that of the run's context."""
    # a model fills the table that its file is named after
    name = model_name(task.path).encode("utf-8", "surrogatepass") if b"{" in task.data else b""
    dialect = f"={task.dialect}" if task.dialect is not None else task.rule or "?"
    return cache_key(task.data, dialect, digest + name, EXTRACTOR_VERSION)


def path_rule(path: str, rules: Sequence[tuple[str, str]]) -> str | None:
    """The dialect that path rules give a file. Raises `UnknownDialectError`."""
    rule = matching_rule(path, rules) if rules else None
    return rule[1] if rule is not None else None


def model_name(path: str) -> str:
    return PurePosixPath(path).name.split(".", 1)[0]
