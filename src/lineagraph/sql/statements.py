"""Text → statements: a script is tokenised once, its tokens are cut into statements, each is parsed on its own."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct
from sqlglot import expressions as exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.sql import blocks, boundaries, facts, nesting, placeholders, routines, transact, verbs
from lineagraph.sql.boundaries import word
from lineagraph.sql.decode import line_starts, span_of
from lineagraph.sql.lexing import NODES_PER_SECOND, Toolkit, quiet, toolkit


class Parsed(Struct, frozen=True):
    """One statement of a script. Offsets are characters of the text, `end` exclusive: first token to last token.

    `routine` is an index of `Script.routines`, or -1. `ast` is None where there is nothing to extract, or no parse.
    """

    ast: Any | None
    start: int
    end: int
    kind: str
    outcome: str
    routine: int
    tokens: list[Any]


class Script(Struct, frozen=True):
    """A parsed text: the statement number of a diagnostic is its place in `statements`, from 1."""

    statements: list[Parsed]
    routines: list[facts.Routine]
    diagnostics: list[Diagnostic]
    line_starts: tuple[int, ...]


_CLASS_NAME = re.compile(r"<class 'sqlglot\.expressions\.(?:\w+\.)*(\w+)'>")
_PLAIN = frozenset(
    {
        TokenType.SELECT,
        TokenType.WITH,
        TokenType.INSERT,
        TokenType.UPDATE,
        TokenType.DELETE,
        TokenType.MERGE,
        TokenType.FROM,
        TokenType.L_PAREN,
        TokenType.VALUES,
        TokenType.DROP,
        TokenType.TRUNCATE,
    }
)
"""First tokens of what is handed to the parser without a second look."""

_TSQL = frozenset({"tsql", "fabric"})


def parse_script(text: str, dialect: str, *, budget_seconds: float = 10.0) -> Script:
    """The statements of a script, parsed; what cannot be is a diagnostic. Raises nothing, whatever the text.

    `dialect` is one of sqlglot's names. `budget_seconds` bounds the work on each statement, counted in AST nodes so that
    the outcome does not depend on the machine.
    """
    reader = _Reader(text, "" if dialect == "ansi" else dialect, budget_seconds)
    with quiet():
        reader.read()
    return Script(reader.statements, reader.routines, reader.diagnostics, reader.line_starts)


class _Reader:
    """Collects the statements of one text."""

    def __init__(self, text: str, dialect: str, budget_seconds: float) -> None:
        self.text = text
        self.dialect = dialect
        self.tools: Toolkit = toolkit(dialect)
        self.max_nodes = max(1000, int(budget_seconds * NODES_PER_SECOND))
        self.statements: list[Parsed] = []
        self.routines: list[facts.Routine] = []
        self.diagnostics: list[Diagnostic] = []
        self.line_starts = line_starts(text)

    def read(self) -> None:
        text = self.text
        marked = placeholders.has_marks(text, self.dialect)
        try:
            tokens = self.tools.tokenize(placeholders.mask_conditions(text) if marked else text)
        except TokenError as error:
            self.report(Code.TOKENIZE_ERROR, Severity.ERROR, str(error)[:100], 0, len(text))
            return
        if marked:
            tokens = placeholders.merge(tokens, text, self.dialect)
        if self.dialect in _TSQL:
            self.transact(tokens)
        else:
            self.terminated(tokens)

    # -- cutting ---------------------------------------------------------------------------------------------------

    def terminated(self, tokens: list[Token]) -> None:
        """Statements ended by `;`."""
        text, dialect = self.text, self.dialect
        begin = 0
        size = len(tokens)
        while begin < size:
            token_type = tokens[begin].token_type
            if token_type in _PLAIN:
                end = boundaries.next_semicolon(text, tokens, begin)
                if dialect == "oracle":
                    end = boundaries.statement_end(text, tokens, begin, dialect)
                self.sql(tokens[begin:end], -1)
            elif token_type == TokenType.SEMICOLON:
                end = begin
            else:
                end = boundaries.statement_end(text, tokens, begin, dialect)
                if end > begin:
                    self.statement(tokens[begin:end])
            begin = end + 1

    def transact(self, tokens: list[Token]) -> None:
        """T-SQL: a routine's body goes on to the end of its batch."""
        routine = -1
        header: transact.Piece | None = None
        opened = 0
        last = 0
        for piece in transact.split(tokens, self.text):
            if piece.header:
                if routine >= 0:
                    self.close_routine(routine, opened, last)
                    routine = -1
                if piece.header != "END BATCH":
                    header = piece
                    routine = self.open_routine(header.tokens, header.tokens[-1].end + 1)
                    opened = len(self.statements)
                continue
            last = piece.tokens[-1].end + 1
            self.transact_piece(piece, routine)
        if routine >= 0:
            self.close_routine(routine, opened, last)

    def transact_piece(self, piece: transact.Piece, routine: int) -> None:
        verb, tokens = piece.verb, piece.tokens
        if verb in ("EXEC", "EXECUTE"):
            self.execute(tokens, routine)
        elif verb in ("BEGIN", "END", "ELSE", "BREAK", "CONTINUE"):
            self.skip(tokens, routine, flow=len(tokens) == 1 or word(tokens[1]) in ("TRY", "CATCH", "ATOMIC"))
        elif verb in ("IF", "WHILE"):
            self.value(tokens, routine, flow=True)
        elif verb == "DECLARE":
            query = blocks.cursor_query(tokens) if any(word(token) == "CURSOR" for token in tokens[:4]) else []
            if query:
                self.sql(query, routine)
            elif any(word(token) == "TABLE" for token in tokens[:6]):
                self.sql(tokens, routine)
            else:
                self.value(tokens, routine)
        elif verb == "RETURN":
            inner = tokens[1:]
            if inner and word(inner[0]) in ("SELECT", "WITH"):
                self.sql(inner, routine)
            else:
                self.value(tokens, routine)
        elif verb == "SET":
            query = blocks.cursor_query(tokens) if any(word(token) == "CURSOR" for token in tokens[:6]) else []
            if query:
                self.sql(query, routine)
            else:
                self.value(tokens, routine)
        elif verb in verbs.IGNORED:
            self.value(tokens, routine)
        elif len(tokens) >= 2 and tokens[0].token_type == TokenType.VAR and tokens[1].text == ":":
            rest = tokens[2:]
            if rest:
                self.transact_piece(transact.Piece(rest, word(rest[0])), routine)
        elif len(self.statements) == 0 and routine < 0 and tokens[0].token_type in (TokenType.VAR, TokenType.IDENTIFIER):
            # The first statement of a batch may be a procedure's bare name.
            self.execute(tokens, routine)
        else:
            self.sql(tokens, routine)

    def statement(self, tokens: list[Token]) -> None:
        """A statement that is not plain: a routine, a block, a call, a command, or after all something to parse."""
        first = word(tokens[0])
        if first in ("CREATE", "REPLACE", "ALTER"):
            if boundaries.routine_kind(tokens, 0):
                self.routine(tokens)
                return
        elif boundaries.is_block_start(tokens, 0, self.dialect):
            self.block(tokens, -1)
            return
        elif first in ("CALL", "EXEC", "EXECUTE", "PREPARE"):
            self.execute(tokens, -1)
            return
        elif first == "DO" and len(tokens) > 1 and self.string_body(tokens[1:], -1):
            return
        elif first == "DECLARE":
            query = blocks.cursor_query(tokens)
            if query:
                self.sql(query, -1)
            else:
                self.value(tokens, -1)
            return
        elif first == "SET" and not verbs.moves_names(tokens):
            self.value(tokens, -1)
            return
        self.sql(tokens, -1)

    # -- routines --------------------------------------------------------------------------------------------------

    def open_routine(self, tokens: list[Token], end: int, prefix: tuple[str, ...] = ()) -> int:
        header = routines.read_header(tokens)
        start = tokens[0].start
        if header is None:
            return -1
        self.routines.append(routines.routine_of(header, start, end, self.dialect, prefix))
        kind = f"create {header.kind.lower()}"
        self.statements.append(Parsed(None, start, end, kind, "parsed", len(self.routines) - 1, tokens))
        self.skipped = 0
        return len(self.routines) - 1

    def close_routine(self, routine: int, opened: int, end: int) -> None:
        fact = self.routines[routine]
        if end > fact.end:
            self.routines[routine] = facts.Routine(fact.parts, fact.kind, fact.start, end, fact.attached_to)
            created = self.statements[opened - 1]
            self.statements[opened - 1] = Parsed(
                created.ast, created.start, end, created.kind, created.outcome, routine, created.tokens
            )
        if self.skipped:
            fact = self.routines[routine]
            self.report(
                Code.ROUTINE_BODY,
                Severity.INFO,
                f"{self.skipped} parts of {'.'.join(fact.parts)} are control flow or variables and were not followed",
                fact.start,
                self.statements[opened - 1].tokens[-1].end + 1,
                opened,
            )
            self.skipped = 0

    def routine(self, tokens: list[Token]) -> None:
        """CREATE PROCEDURE, FUNCTION … with its body."""
        header = routines.read_header(tokens)
        body, in_string = routines.body_of(tokens)
        if header is None or body >= len(tokens):
            self.sql(tokens, -1)
            return
        routine = self.open_routine(tokens[:body], tokens[-1].end + 1)
        opened = len(self.statements)
        if header.language:
            self.report(
                Code.ROUTINE_BODY,
                Severity.WARNING,
                f"the body of {'.'.join(header.parts)} is written in {header.language.lower()}",
                tokens[0].start,
                tokens[body - 1].end + 1,
                opened,
            )
        elif in_string:
            self.string_body(tokens[body:], routine)
        else:
            self.block(tokens[body:], routine)
        self.close_routine(routine, opened, tokens[-1].end + 1)

    def string_body(self, tokens: list[Token], routine: int) -> bool:
        """A body in a string constant: `AS $$ … $$`, `DO '…'`; False if there is no constant."""
        body = next((token for token in tokens if token.token_type in boundaries.QUOTED), None)
        inner = self.constant(body) if body is not None else None
        if not inner:
            return False
        if word(inner[0]) in blocks.SQL_VERBS and boundaries.next_semicolon(self.text, inner, 0) >= len(inner) - 1:
            self.sql([token for token in inner if token.token_type != TokenType.SEMICOLON], routine)
        else:
            self.block(inner, routine)
        return True

    def constant(self, token: Token) -> list[Token] | None:
        """The tokens of SQL in a string constant, at their offsets in the text; None if it does not tokenise."""
        written = self.text[token.start : token.end + 1]
        match = re.match(r"(?:[A-Za-z]{1,2})?('''|\"\"\"|'|\"|\$\w*\$|[qQ]'.)", written)
        if match is None:
            return None
        opening = match.end()
        closing = len(match.group(1)) if match.group(1)[:1] != "q" else 2
        inner = written[opening : len(written) - closing]
        if match.group(1) in ("'", '"'):
            inner = _unescaped(inner, match.group(1))
        try:
            tokens = self.tools.tokenize(inner)
        except TokenError:
            return None
        offset = token.start + opening
        first = token.line
        for inner_token in tokens:
            inner_token.start += offset
            inner_token.end += offset
            inner_token.line += first - 1
        return tokens

    def block(self, tokens: list[Token], routine: int, prefix: tuple[str, ...] = ()) -> None:
        """A body of `;`-terminated statements with control flow."""
        for part in blocks.split_body(tokens, self.dialect):
            role = part.role
            if not part.tokens:
                continue
            if role == "sql":
                self.sql(blocks.without_into(part.tokens), routine)
            elif role == "call":
                self.execute(part.tokens, routine)
            elif role == "dynamic":
                self.dynamic(part.tokens, routine)
            elif role == "value":
                self.value(part.tokens, routine, flow=True)
            elif role == "subprogram":
                self.subprogram(part, routine, prefix)
            else:
                self.skip(part.tokens, routine, flow=True)

    def subprogram(self, part: blocks.Part, routine: int, prefix: tuple[str, ...]) -> None:
        """A procedure inside a package is a routine; one inside another procedure is part of that."""
        outer = self.routines[routine] if routine >= 0 else None
        created = self.statements[routine_statement(self.statements, routine)] if outer else None
        if outer is not None and created is not None and created.kind in ("create package", "create type"):
            skipped = self.skipped
            inner = self.open_routine(part.tokens, part.body[-1].end + 1 if part.body else part.tokens[-1].end + 1, outer.parts)
            opened = len(self.statements)
            self.block(part.body, inner)
            self.close_routine(inner, opened, part.body[-1].end + 1 if part.body else 0)
            self.skipped = skipped
        else:
            self.block(part.body, routine)

    # -- what becomes of a statement -------------------------------------------------------------------------------

    skipped = 0

    def report(
        self, code: Code, severity: Severity, message: str, start: int, end: int, number: int | None = None
    ) -> None:
        span = span_of(self.line_starts, start, end)
        self.diagnostics.append(Diagnostic(code, severity, message, span, number or len(self.statements) + 1))

    def skip(self, tokens: list[Token], routine: int, *, flow: bool = False) -> None:
        """A statement without lineage: recorded at the top of a script, counted inside a routine."""
        if routine >= 0:
            self.skipped += not flow or len(tokens) > 1
        elif not flow:
            self.add(None, tokens, verbs.first_words(tokens, 1) or "unparsed", "ignored", routine)

    def value(self, tokens: list[Token], routine: int, *, flow: bool = False) -> None:
        """No statement to follow, but the subqueries in it read data."""
        for query in blocks.subqueries(tokens):
            self.sql(blocks.without_into(query), routine, kind="condition")
        self.skip(tokens, routine, flow=flow)

    def add(self, ast: Any, tokens: list[Token], kind: str, outcome: str, routine: int) -> None:
        self.statements.append(Parsed(ast, tokens[0].start, tokens[-1].end + 1, kind, outcome, routine, tokens))

    def execute(self, tokens: list[Token], routine: int) -> None:
        """EXEC, CALL, EXECUTE IMMEDIATE, PREPARE, or a bare name: a call by name, or dynamic SQL."""
        first = word(tokens[0])
        at = 1 if first in ("EXEC", "EXECUTE", "CALL", "PREPARE") else 0
        if at < len(tokens) and word(tokens[at]) == "IMMEDIATE":
            self.dynamic(tokens, routine)
            return
        if first == "PREPARE":
            self.prepare(tokens, routine)
            return
        if first in ("EXECUTE", "EXEC") and at < len(tokens):
            if word(tokens[at]) == "AS":
                self.skip(tokens, routine)
                return
            if word(tokens[at]) == "@" and at + 2 < len(tokens) and tokens[at + 2].token_type == TokenType.EQ:
                at += 3
            if at < len(tokens) and (
                tokens[at].token_type == TokenType.L_PAREN or (tokens[at].token_type in boundaries.QUOTED
                and tokens[at].token_type != TokenType.IDENTIFIER)
            ):
                self.dynamic(tokens, routine)
                return
        call = routines.call_expression(tokens, at)
        if call is None:
            self.skip(tokens, routine)
            return
        name = call.this.name.lower()
        if name in ("sp_executesql", "sp_prepexec", "dbms_sql"):
            self.dynamic(tokens, routine)
            return
        for query in blocks.subqueries(tokens):
            self.sql(query, routine, kind="condition")
        self.add(call, tokens, "call", "parsed", routine)

    def prepare(self, tokens: list[Token], routine: int) -> None:
        at = blocks.find(tokens, 1, "AS", "FROM")
        if at > 0 and at + 1 < len(tokens) and word(tokens[at + 1]) in blocks.SQL_VERBS:
            self.sql(tokens[at + 1 :], routine)
        else:
            self.dynamic(tokens, routine)

    def dynamic(self, tokens: list[Token], routine: int) -> None:
        """SQL made at run time: followed if it is one constant, else said to be unknown."""
        strings = [token for token in tokens if token.token_type in boundaries.QUOTED - {TokenType.IDENTIFIER}]
        inner = None
        if strings and not self.is_composed(tokens, strings[0]):
            inner = self.constant(strings[0])
        if inner:
            if self.dialect in _TSQL:
                for piece in transact.split(inner, self.text):
                    if not piece.header:
                        self.transact_piece(piece, routine)
            elif boundaries.is_block_start(inner, 0, self.dialect) or boundaries.next_semicolon(self.text, inner, 0) < len(inner) - 1:
                self.block(inner, routine)
            else:
                self.sql([token for token in inner if token.token_type != TokenType.SEMICOLON], routine)
            return
        start, end = tokens[0].start, tokens[-1].end + 1
        self.report(Code.DYNAMIC_SQL, Severity.WARNING, "SQL made at run time cannot be followed", start, end)
        self.add(None, tokens, "dynamic sql", "partial", routine)

    def is_composed(self, tokens: list[Token], constant: Token) -> bool:
        """Whether the constant is only a piece of the SQL (concatenated, or an argument after the SQL)."""
        at = tokens.index(constant)
        before = tokens[at - 1] if at else None
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if after is not None and word(after) in ("||", "+", "|", "&"):
            return True
        if before is None:
            return False
        if word(before) in ("IMMEDIATE", "EXECUTE", "EXEC", "FROM", "SP_EXECUTESQL", "FOR", "AS"):
            return False
        if before.text == "(":
            return at >= 2 and word(tokens[at - 2]) not in ("EXEC", "EXECUTE", "IMMEDIATE")
        return not (before.text == "=" and at >= 2 and word(tokens[at - 2]) in ("STMT", "STATEMENT"))

    def sql(self, tokens: list[Token], routine: int, *, kind: str | None = None) -> None:
        """One statement for the parser."""
        if not tokens:
            return
        first_type = tokens[0].token_type
        if first_type in self.tools.commands or word(tokens[0]) in verbs.IGNORED:
            self.command(tokens, routine)
            return
        text = self.text
        if nesting.too_deep(text, tokens):
            self.failed(tokens, routine, Code.TOO_DEEP, f"nested deeper than {nesting.MAX_DEPTH} levels", None)
            return
        parsed_tokens = nesting.without_literal_rows(tokens)
        try:
            ast = self.tools.parse(parsed_tokens, text, self.max_nodes)
        except ParseError as error:
            self.unparsed(tokens, routine, error)
            return
        except RecursionError:
            self.failed(tokens, routine, Code.TOO_DEEP, "nested too deep to parse", None)
            return
        except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            # sqlglot's own slips on odd input (int('x'), None.name …): they cost the statement, not the file.
            self.failed(tokens, routine, Code.PARSE_ERROR, f"sqlglot failed: {type(error).__name__}", None)
            return
        if ast is None:
            return
        if isinstance(ast, exp.Command):
            self.command(tokens, routine)
            return
        self.statements.append(
            Parsed(ast, tokens[0].start, tokens[-1].end + 1, kind or verbs.kind_of(ast), "parsed", routine, parsed_tokens)
        )

    def command(self, tokens: list[Token], routine: int) -> None:
        """What sqlglot has no syntax for."""
        kind = verbs.first_words(tokens, 2)
        if verbs.is_ignorable(tokens):
            self.add(None, tokens, kind, "ignored", routine)
            return
        start, end = tokens[0].start, tokens[-1].end + 1
        self.report(
            Code.UNSUPPORTED_STATEMENT,
            Severity.WARNING,
            f"{verbs.first_words(tokens).upper()} is not understood; lineage in it is missing",
            start,
            end,
        )
        ast = exp.Command(this=word(tokens[0]), expression=self.text[tokens[0].end + 1 : end].strip())
        self.add(ast, tokens, kind, "partial", routine)

    def unparsed(self, tokens: list[Token], routine: int, error: ParseError) -> None:
        if verbs.is_ignorable(tokens):
            self.add(None, tokens, verbs.first_words(tokens, 2), "ignored", routine)
            return
        details = error.errors[0] if error.errors else {}
        line, column = details.get("line"), details.get("col")
        at = next((token for token in tokens if token.line == line and token.col == column), None)
        message = _CLASS_NAME.sub(r"\1", str(details.get("description") or error)).split("\n")[0].rstrip(".")
        if message.startswith("Maximum number of AST nodes"):
            self.failed(tokens, routine, Code.PARSE_TIMEOUT, "took too long to parse", None)
        else:
            self.failed(tokens, routine, Code.PARSE_ERROR, message, at or tokens[-1])

    def failed(self, tokens: list[Token], routine: int, code: Code, message: str, at: Token | None) -> None:
        start, end = (at.start, at.end + 1) if at is not None else (tokens[0].start, tokens[-1].end + 1)
        self.report(code, Severity.ERROR, message, start, end)
        self.add(None, tokens, "unparsed", "failed", routine)


def routine_statement(statements: list[Parsed], routine: int) -> int:
    """Index of the statement that creates a routine."""
    for index in range(len(statements) - 1, -1, -1):
        if statements[index].routine == routine and statements[index].kind.startswith("create "):
            return index
    return -1


def _unescaped(inner: str, quote: str) -> str:
    """SQL inside a string with its doubled quotes single, at unchanged offsets: a blank goes outside the inner string."""
    doubled = quote * 2
    if doubled not in inner:
        return inner.replace("\\" + quote, " " + quote)
    parts = inner.split(doubled)
    out = [parts[0]]
    for index, part in enumerate(parts[1:]):
        out.append(" " + quote if index % 2 == 0 else quote + " ")
        out.append(part)
    return "".join(out)
