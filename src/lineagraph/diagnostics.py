"""What could not be known, said aloud: `Diagnostic`, its codes and its severities. Imports only the model."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from msgspec import Struct

from lineagraph.model import Span


class LineagraphError(Exception):
    """Base of every exception of ours: says what was wrong, where, and what to do. Bad SQL is never one."""

    could_not_run: ClassVar[bool] = False
    """Is it the environment that failed, rather than what was asked for? The exit status tells."""


class Severity(StrEnum):
    ERROR = "error"
    """Something in the file was lost: a statement, or the file."""
    WARNING = "warning"
    """The graph is incomplete or partly inferred here."""
    INFO = "info"
    """Worth knowing; nothing is missing."""


class Code(StrEnum):
    """Stable names of what can go wrong; each is described in `docs/diagnostics.md`."""

    # the file
    UNREADABLE_FILE = "unreadable-file"
    BINARY_FILE = "binary-file"
    ENCODING_FALLBACK = "encoding-fallback"
    FILE_TOO_LARGE = "file-too-large"
    # its text
    TOKENIZE_ERROR = "tokenize-error"
    PARSE_ERROR = "parse-error"
    PARSE_TIMEOUT = "parse-timeout"
    INTERRUPTED = "interrupted"
    """This machine ran out of time or memory: elsewhere, or another time, more may be read."""
    TOO_DEEP = "too-deep"
    UNSUPPORTED_STATEMENT = "unsupported-statement"
    DYNAMIC_SQL = "dynamic-sql"
    ROUTINE_BODY = "routine-body"
    TEMPLATE_ERROR = "template-error"
    TEMPLATE_EXTRA_MISSING = "template-extra-missing"
    UNKNOWN_DIALECT = "unknown-dialect"
    # its names
    UNKNOWN_COLUMN = "unknown-column"
    AMBIGUOUS_COLUMN = "ambiguous-column"
    AMBIGUOUS_DATASET = "ambiguous-dataset"
    INFERRED_DATASET = "inferred-dataset"
    UNEXPANDED_STAR = "unexpanded-star"
    UNEXPANDED_PATTERN = "unexpanded-pattern"
    COLUMN_COUNT = "column-count"
    DUPLICATE_DEFINITION = "duplicate-definition"
    CYCLIC_DEFINITION = "cyclic-definition"
    CHANGED_ELSEWHERE = "changed-elsewhere"
    # us
    INTERNAL_ERROR = "internal-error"


class Diagnostic(Struct, frozen=True, array_like=True, gc=False):
    """One thing that could not be parsed, resolved or kept.

    `file` is filled in by whoever knows the path (facts are made without one); `statement` counts from 1.
    """

    code: str
    severity: str
    message: str
    span: Span | None = None
    statement: int | None = None
    hint: str | None = None
    """What would resolve it, in one sentence."""
    candidates: tuple[str, ...] = ()
    file: str | None = None
