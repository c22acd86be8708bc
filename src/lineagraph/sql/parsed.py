"""One statement's tokens → `Parsed`, with its outcome and its diagnostics; the collector of a script's statements."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct
from sqlglot import expressions as exp
from sqlglot.errors import ParseError
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.sql import facts, literal_rows, nesting, repairs, rewrites, verbs
from lineagraph.sql.blocks import find, subqueries, without_into
from lineagraph.sql.boundaries import word
from lineagraph.sql.decode import line_starts, span_of
from lineagraph.sql.lexing import INTERRUPTED, NODES_PER_SECOND, TOO_MANY_NODES, Toolkit, toolkit
from lineagraph.sql.stack import NoStackError
from lineagraph.sql.variables import declared_names


class Parsed(Struct, frozen=True):
    """One statement of a script. Offsets are characters of the text, `end` exclusive: first token to last token.

    `routine` is an index of `Script.routines`, or -1. `ast` is None where there is nothing to extract, or no parse.
    `tokens` are those the AST was made of; literal rows of a long VALUES list are left out.
    """

    ast: Any
    """sqlglot's Expr, or None."""
    start: int
    end: int
    kind: str
    """`select`, `insert`, `create view`, `call`, `condition` (a query of control flow), `unparsed` …"""
    outcome: str
    """`parsed`, `partial`, `ignored`, `failed`: see `model.StatementRecord`."""
    routine: int
    tokens: list[Any]


_CLASS_NAME = re.compile(r"<class 'sqlglot\.expressions\.(?:\w+\.)*(\w+)'>")
_TOKEN_NAME = re.compile(r"<Token token_type: [^,]*, text: (.*?), line: .*", re.DOTALL)
_MISSING_PART = re.compile(r"Required keyword: '\w+' missing for (\w+)")
"""Which of several missing parts sqlglot names depends on the order of a set, which each process shuffles."""
_DDL = frozenset({TokenType.CREATE, TokenType.ALTER})
_SHAPED_TOKENS = 50_000
"""Of INSERTs that are kept for those of the same shape: each takes about a kilobyte with its part of the tree."""


class Collector:
    """Statements, routines and diagnostics of one text as they are found."""

    def __init__(self, text: str, dialect: str, budget_seconds: float) -> None:
        self.text = text
        self.dialect = dialect
        self.tools: Toolkit = toolkit(dialect)
        self.max_nodes = max(1000, int(budget_seconds * NODES_PER_SECOND))
        self.statements: list[Parsed] = []
        """Those not taken yet."""
        self.taken = 0
        self.script_variables: frozenset[str] = frozenset()
        """Names declared for the rest of the script (BigQuery), in lower case."""
        self.block_variables: frozenset[str] = frozenset()
        """Those of the anonymous block that is not taken yet."""
        self.routines: list[facts.Routine] = []
        self.diagnostics: list[Diagnostic] = []
        self.line_starts = line_starts(text)
        self.skipped = 0
        """Parts of the current routine that were not followed."""
        self.shapes: dict[tuple[str, ...], Parsed] = {}
        self.shaped_tokens = 0

    def report(
        self, code: Code, severity: Severity, message: str, start: int, end: int, number: int | None = None
    ) -> None:
        """A diagnostic of the statement that is added next, or of the one with this number among `statements`."""
        span = span_of(self.line_starts, start, end)
        number = self.taken + (number or len(self.statements) + 1)
        self.diagnostics.append(Diagnostic(code, severity, message, span, number))

    def take(self) -> tuple[list[Parsed], list[Diagnostic]]:
        """Hands over the statements and diagnostics found since the last time, and forgets them and their variables."""
        statements, diagnostics = self.statements, self.diagnostics
        self.taken += len(statements)
        self.statements, self.diagnostics = [], []
        self.block_variables = frozenset()
        return statements, diagnostics

    def add(self, ast: Any, tokens: list[Token], kind: str, outcome: str, routine: int) -> None:
        self.statements.append(
            Parsed(ast, tokens[0].start, tokens[-1].end + 1, kind, outcome, routine, tokens)
        )

    def declare_block(self, tokens: list[Token]) -> None:
        """Notes what an anonymous block declares: its statements are no routine's."""
        self.block_variables = declared_names(self.text[tokens[0].start : tokens[-1].end + 1])

    def skip(self, tokens: list[Token], routine: int, *, flow: bool = False) -> None:
        """A statement without lineage: recorded at the top of a script, only counted inside a routine."""
        if routine >= 0:
            self.skipped += not flow or len(tokens) > 1
        elif not flow:
            self.add(None, tokens, verbs.first_words(tokens, 1) or "unparsed", "ignored", routine)

    def value(self, tokens: list[Token], routine: int, *, flow: bool = False) -> None:
        """No statement to follow, but the subqueries in it read data."""
        for query in subqueries(tokens):
            self.sql(without_into(query), routine, kind="condition")
        self.skip(tokens, routine, flow=flow)

    def sql(self, tokens: list[Token], routine: int, *, kind: str | None = None) -> None:
        """One statement for the parser."""
        if not tokens:
            return
        first_type = tokens[0].token_type
        if self.dialect == "teradata" and word(tokens[0]) in ("LOCK", "LOCKING"):
            # LOCKING ROW FOR ACCESS SELECT …: the lock says nothing of the data.
            at = find(
                tokens, 1, "SELECT", "SEL", "WITH", "INSERT", "INS", "UPDATE", "UPD", "DELETE", "DEL", "MERGE"
            )
            if at > 0:
                self.sql(tokens[at:], routine, kind=kind)
                return
        if (
            first_type in self.tools.commands
            or first_type == TokenType.COMMAND
            or word(tokens[0]) in verbs.IGNORED
        ):
            self.command(tokens, routine)
            return
        text = self.text
        shape: tuple[str, ...] | None = None
        if first_type == TokenType.INSERT:
            shape = literal_rows.shape_of(tokens)
            known = self.shapes.get(shape) if shape is not None else None
            if known is not None:
                start, end = tokens[0].start, tokens[-1].end + 1
                self.statements.append(
                    Parsed(known.ast, start, end, known.kind, known.outcome, routine, known.tokens)
                )
                return
        parsed_tokens = literal_rows.without_literal_rows(tokens)
        if first_type in _DDL:
            parsed_tokens = nesting.without_endless(text, parsed_tokens)
        try:
            ast = self.tools.parse(parsed_tokens, text, self.max_nodes)
        except ParseError as error:
            self.unparsed(tokens, parsed_tokens, routine, error, kind)
            return
        except (MemoryError, NoStackError):
            self.failed(tokens, routine, Code.INTERRUPTED, "not enough memory to parse it", None)
            return
        except RecursionError as error:
            self.failed(tokens, routine, Code.TOO_DEEP, str(error), None)
            return
        except Exception as error:  # noqa: BLE001 - sqlglot's slips on odd input (None.name …) cost the statement, not the file
            self.failed(tokens, routine, Code.PARSE_ERROR, f"sqlglot failed: {type(error).__name__}", None)
            return
        if ast is None:
            self.skip(tokens, routine)
            return
        if ast.__class__ is exp.Command:
            self.command(tokens, routine)
            return
        if len(parsed_tokens) > nesting.LONG_STATEMENT:
            ast = nesting.balanced(ast)
        self.parsed(ast, tokens, parsed_tokens, routine, kind)
        if shape is not None and self.shaped_tokens < _SHAPED_TOKENS:
            self.shapes[shape] = self.statements[-1]
            self.shaped_tokens += len(parsed_tokens)

    def parsed(
        self, ast: Any, tokens: list[Token], parsed_tokens: list[Token], routine: int, kind: str | None
    ) -> None:
        start, end = tokens[0].start, tokens[-1].end + 1
        if ast.__class__ is exp.Set:
            ast = rewrites.name_setting(tokens, self.dialect)
            if ast is None:
                self.skip(tokens, routine)
                return
        self.statements.append(
            Parsed(ast, start, end, kind or verbs.kind_of(ast), "parsed", routine, parsed_tokens)
        )

    def command(self, tokens: list[Token], routine: int) -> None:
        """What sqlglot has no syntax for: read here, or passed over, or said to be missing."""
        rewritten = rewrites.rewrite(tokens, self.dialect)
        if rewritten:
            for ast in rewritten:
                self.add(ast, tokens, verbs.kind_of(ast), "parsed", routine)
            return
        kind = verbs.first_words(tokens, 2)
        if verbs.is_ignorable(tokens):
            if routine >= 0:
                self.skip(tokens, routine)
            else:
                self.add(None, tokens, kind, "ignored", routine)
            return
        if any(
            self.retry(tokens, repaired, routine, None) for repaired in repairs.repair(tokens, self.dialect)
        ):
            return
        start, end = tokens[0].start, tokens[-1].end + 1
        self.report(
            Code.UNSUPPORTED_STATEMENT,
            Severity.WARNING,
            f"{verbs.first_words(tokens, 2).upper() or 'this statement'} is not understood; lineage in it is missing",
            start,
            end,
        )
        ast = exp.Command(this=word(tokens[0]), expression=self.text[tokens[0].end + 1 : end].strip())
        self.add(ast, tokens, kind, "partial", routine)

    def retry(self, tokens: list[Token], repaired: repairs.Repaired, routine: int, kind: str | None) -> bool:
        """Parses a statement again without what stood in the way."""
        try:
            ast = self.tools.parse(repaired.tokens, self.text, self.max_nodes)
        except Exception:  # noqa: BLE001 - as in `sql`; the first error is the one that is reported
            return False
        if ast is None or ast.__class__ is exp.Command:
            return False
        if repaired.into is not None:
            for returning in ast.find_all(exp.Returning):
                returning.set("into", repaired.into)
        if repaired.dropped:
            first, last = repaired.dropped[0], repaired.dropped[-1]
            message = f"not understood and left out: {shorten(self.text[first.start : last.end + 1])}"
            self.report(Code.UNSUPPORTED_STATEMENT, Severity.INFO, message, first.start, last.end + 1)
        self.parsed(ast, tokens, tokens, routine, kind)
        return True

    def unparsed(
        self,
        tokens: list[Token],
        parsed_tokens: list[Token],
        routine: int,
        error: ParseError,
        kind: str | None,
    ) -> None:
        details = error.errors[0] if error.errors else {}
        message = str(details.get("description") or error)
        if message.startswith(TOO_MANY_NODES):
            self.failed(tokens, routine, Code.PARSE_TIMEOUT, "took too long to parse", None)
            return
        if message.startswith(INTERRUPTED):
            self.failed(tokens, routine, Code.INTERRUPTED, "took too long to parse", None)
            return
        rewritten = rewrites.rewrite(tokens, self.dialect)
        if rewritten:
            for ast in rewritten:
                self.add(ast, tokens, verbs.kind_of(ast), "parsed", routine)
            return
        if any(
            self.retry(tokens, repaired, routine, kind)
            for repaired in repairs.repair(parsed_tokens, self.dialect)
        ):
            return
        if verbs.is_ignorable(tokens):
            self.add(None, tokens, verbs.first_words(tokens, 2), "ignored", routine)
            return
        line, column = details.get("line"), details.get("col")
        at = next((token for token in tokens if token.line == line and token.col == column), None)
        message = _TOKEN_NAME.sub(r"\1", _CLASS_NAME.sub(r"\1", message)).split("\n")[0].rstrip(".")
        message = _MISSING_PART.sub(r"a part of \1 is missing", message)
        self.failed(tokens, routine, Code.PARSE_ERROR, shorten(message, 120), at or tokens[-1])

    def failed(self, tokens: list[Token], routine: int, code: Code, message: str, at: Token | None) -> None:
        start, end = (at.start, at.end + 1) if at is not None else (tokens[0].start, tokens[-1].end + 1)
        self.report(code, Severity.ERROR, message, start, end)
        self.add(None, tokens, "unparsed", "failed", routine)


def shorten(text: str, length: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"
