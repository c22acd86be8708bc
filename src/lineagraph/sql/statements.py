"""Text → statements: a script is tokenised once, its tokens are cut into statements, each is parsed on its own."""

from __future__ import annotations

import re
from bisect import bisect_left
from operator import attrgetter
from typing import Any

from msgspec import Struct
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.sql import facts
from lineagraph.sql.decode import line_starts, span_of
from lineagraph.sql.lexing import NODES_PER_SECOND, Toolkit, quiet, toolkit


class Parsed(Struct, frozen=True):
    """One statement of a script. Offsets are characters of the text, `end` exclusive: first token to last token."""

    ast: Any | None
    start: int
    end: int
    kind: str
    outcome: str
    routine: int
    tokens: list[Any]


class Script(Struct, frozen=True):
    statements: list[Parsed]
    routines: list[facts.Routine]
    diagnostics: list[Diagnostic]
    line_starts: tuple[int, ...]


_START = attrgetter("start")
_CLASS_NAME = re.compile(r"<class 'sqlglot\.expressions\.(?:\w+\.)*(\w+)'>")


def parse_script(text: str, dialect: str, *, budget_seconds: float = 10.0) -> Script:
    """The statements of a script, parsed; what cannot be is a diagnostic. Raises nothing, whatever the text."""
    reader = _Reader(text, toolkit(dialect), budget_seconds)
    with quiet():
        reader.read()
    return Script(reader.statements, reader.routines, reader.diagnostics, reader.line_starts)


class _Reader:
    def __init__(self, text: str, tools: Toolkit, budget_seconds: float) -> None:
        self.text = text
        self.tools = tools
        self.max_nodes = max(1000, int(budget_seconds * NODES_PER_SECOND))
        self.statements: list[Parsed] = []
        self.routines: list[facts.Routine] = []
        self.diagnostics: list[Diagnostic] = []
        self.line_starts = line_starts(text)

    def read(self) -> None:
        try:
            tokens = self.tools.tokenize(self.text)
        except TokenError as error:
            self.report(Code.TOKENIZE_ERROR, Severity.ERROR, str(error)[:100], 0, len(self.text))
            return
        for piece in _split_at_semicolons(self.text, tokens):
            self.statement(piece)

    def report(self, code: Code, severity: Severity, message: str, start: int, end: int) -> None:
        number = len(self.statements) + 1
        self.diagnostics.append(
            Diagnostic(code, severity, message, span_of(self.line_starts, start, end), number)
        )

    def statement(self, tokens: list[Token]) -> None:
        start, end = tokens[0].start, tokens[-1].end + 1
        ast: Any = None
        try:
            ast = self.tools.parse(tokens, self.text, self.max_nodes)
        except ParseError as error:
            details = error.errors[0] if error.errors else {}
            at = next(
                (t for t in tokens if t.line == details.get("line") and t.col == details.get("col")), tokens[-1]
            )
            message = _CLASS_NAME.sub(r"\1", str(details.get("description") or error)).split("\n")[0]
            self.report(Code.PARSE_ERROR, Severity.ERROR, message, at.start, at.end + 1)
            self.statements.append(Parsed(None, start, end, "unparsed", "failed", -1, tokens))
            return
        except RecursionError:
            self.report(Code.TOO_DEEP, Severity.ERROR, "nested too deep to parse", start, end)
            self.statements.append(Parsed(None, start, end, "unparsed", "failed", -1, tokens))
            return
        self.statements.append(Parsed(ast, start, end, kind_of(ast), "parsed", -1, tokens))


def kind_of(ast: Any) -> str:
    if isinstance(ast, exp.Create | exp.Drop | exp.Alter):
        return f"{ast.key} {str(ast.args.get('kind') or '').lower()}".strip()
    if isinstance(ast, exp.SetOperation):
        return "select"
    return ast.key if ast is not None else "unparsed"


def _split_at_semicolons(text: str, tokens: list[Token]) -> list[list[Token]]:
    """Finds `;` in the text first, then among the tokens by bisection: a script of few, long statements costs nothing."""
    pieces: list[list[Token]] = []
    begin = 0
    at = text.find(";")
    while at >= 0:
        index = bisect_left(tokens, at, lo=begin, key=_START)
        if index < len(tokens) and tokens[index].start == at and tokens[index].token_type == TokenType.SEMICOLON:
            if index > begin:
                pieces.append(tokens[begin:index])
            begin = index + 1
        at = text.find(";", at + 1)
    if begin < len(tokens):
        pieces.append(tokens[begin:])
    return pieces
