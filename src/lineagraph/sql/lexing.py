"""One dialect's tokenizer and parser of sqlglot, made once per thread and reused; and what silences sqlglot's log.

sqlglot's tokenizer swallows the rest of a "command" (CALL, EXPLAIN, PRINT …) up to the next `;` as one string. That
would lose statements in scripts without semicolons, and exact spans everywhere, so commands are tokenised like the rest
here and recognised by their first token afterwards.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.sql import nesting
from lineagraph.sql.backtracking import FEW_TOKENS, without_backtracking
from lineagraph.sql.overtime import Overtime, within
from lineagraph.sql.stack import INLINE_TOKENS, NoStackError, on_large_stack

NODES_PER_SECOND = 200_000
"""What a time budget means: sqlglot builds about 400,000 nodes a second (measured, TPC-DS); counting nodes instead of
seconds keeps the outcome the same on every machine."""

TOO_MANY_NODES = "Maximum number of AST nodes"
"""How sqlglot's message begins where a statement has more than `max_nodes`."""

INTERRUPTED = "The clock ran out"
"""How the message begins where parsing was given up by the clock."""

_PATIENCE = 3
"""Times the budget, by the clock, after which parsing is interrupted: sqlglot does not count the nodes of alternatives
that it tries and gives up."""


class Toolkit:
    """A dialect's tokenizer and parser; not shared between threads (the parser keeps its state in itself)."""

    def __init__(self, name: str) -> None:
        dialect: Any = Dialect.get_or_raise(name or None)
        self.name = name
        self.dialect = dialect
        self.core: Any = dialect.tokenizer()._core
        self.commands: frozenset[TokenType] = frozenset(dialect.tokenizer_class.COMMANDS) - frozenset(
            dialect.parser_class.STATEMENT_PARSERS
        )
        self.core.commands = set()
        self.parser: Any = dialect.parser(error_level=ErrorLevel.IMMEDIATE)
        self.interrupted = 0
        """How often parsing was given up by the clock or for want of memory."""

    def tokenize(self, text: str) -> list[Token]:
        """Raises sqlglot's `TokenError`."""
        return self.core.tokenize(text)

    def parse(self, tokens: list[Token], text: str, max_nodes: int) -> Any:
        """The AST of one statement's tokens (no terminator among them).

        Raises `ParseError`, also where there is too much to parse (its message begins with `TOO_MANY_NODES`) and where
        it takes too long (`INTERRUPTED`); `RecursionError` where it is nested too deep; `MemoryError`.
        """
        size = len(tokens)
        if size <= FEW_TOKENS:
            return self._parse(tokens, text, max_nodes)
        if nesting.too_deep(text, tokens):
            raise RecursionError(f"nested deeper than {nesting.MAX_DEPTH} levels")
        if size > max_nodes:
            raise ParseError(TOO_MANY_NODES)
        tokens = without_backtracking(text, tokens)
        seconds = _PATIENCE * max_nodes / NODES_PER_SECOND

        def parse() -> Any:
            return self._parse(tokens, text, max_nodes)

        try:
            if size <= INLINE_TOKENS:
                return within(seconds, parse)

            def parse_quietly() -> Any:
                with quiet():
                    return within(seconds, parse)

            return on_large_stack(parse_quietly, size)
        except Overtime:
            self.interrupted += 1
            raise ParseError(INTERRUPTED) from None
        except (MemoryError, NoStackError):
            self.interrupted += 1
            raise

    def _parse(self, tokens: list[Token], text: str, max_nodes: int) -> Any:
        parser = self.parser
        parser.max_nodes = max_nodes
        trees = parser.parse(tokens, text)
        return trees[0] if trees else None


_local = threading.local()


def toolkit(dialect: str) -> Toolkit:
    """The calling thread's toolkit for a dialect of sqlglot's (`""` and `"ansi"` are its base dialect)."""
    tools: dict[str, Toolkit] = _local.__dict__.setdefault("tools", {})
    found = tools.get(dialect)
    if found is None:
        found = tools[dialect] = Toolkit("" if dialect == "ansi" else dialect)
    return found


class _Silence(logging.Filter):
    """Drops the records of the threads that are inside `quiet`, and only those."""

    def __init__(self) -> None:
        super().__init__()
        self.threads: dict[int, int] = {}
        self.lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread not in self.threads


_silence = _Silence()
_LOGGER = logging.getLogger("sqlglot")


@contextmanager
def quiet() -> Generator[None]:
    """Keeps sqlglot from logging what becomes a diagnostic here ("contains unsupported syntax …")."""
    thread = threading.get_ident()
    with _silence.lock:
        if not _silence.threads:
            _LOGGER.addFilter(_silence)
        _silence.threads[thread] = _silence.threads.get(thread, 0) + 1
    try:
        yield
    finally:
        with _silence.lock:
            _silence.threads[thread] -= 1
            if not _silence.threads[thread]:
                del _silence.threads[thread]
            if not _silence.threads:
                _LOGGER.removeFilter(_silence)


def is_blank(text: str, dialect: str) -> bool:
    """Whether a text holds nothing but comments, blanks and terminators."""
    try:
        tokens = toolkit(dialect).tokenize(text)
    except TokenError:
        return False
    return all(token.text in (";", "/") or token.text.upper() == "GO" for token in tokens)
