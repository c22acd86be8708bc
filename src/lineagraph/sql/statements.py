"""Text → statements: a script is tokenised in stretches, their tokens are cut into statements, each is parsed on its
own. One can be taken away before the next is parsed: no more than one syntax tree need be held at a time.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator

from msgspec import Struct
from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.sql import blocks, bodies, boundaries, client, facts, literal_rows, placeholders, verbs
from lineagraph.sql.boundaries import word
from lineagraph.sql.lexing import quiet
from lineagraph.sql.parsed import Collector, Parsed
from lineagraph.sql.variables import declared_names


class Script(Struct, frozen=True):
    """A parsed text: the statement number of a diagnostic is its place in `statements`, from 1."""

    statements: list[Parsed]
    routines: list[facts.Routine]
    diagnostics: list[Diagnostic]
    line_starts: tuple[int, ...]


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

_SCRIPT_VARIABLES = frozenset({"bigquery"})
"""Where DECLARE outside of blocks makes a name that later statements use without a sign."""

_LARGE = 1_000_000
_REGION = 250_000
"""A larger text is tokenised in regions of about this many characters: the tokens of a text take about 75 bytes per
character (measured), so that they never take much more than those 75 MB."""


def parse_script(text: str, dialect: str, *, budget_seconds: float = 10.0) -> Script:
    """The statements of a script, parsed; what cannot be is a diagnostic. Raises nothing, whatever the text.

    All syntax trees are held at once, some 20 times the text: `read_script` is for texts of any size. `dialect` is
    one of sqlglot's names. `budget_seconds` bounds the work on each statement, counted in AST nodes so that the
    outcome does not depend on the machine.
    """
    collector = collector_of(text, dialect, budget_seconds)
    with quiet():
        for _ in read_script(collector):
            pass
    return Script(collector.statements, collector.routines, collector.diagnostics, collector.line_starts)


def collector_of(text: str, dialect: str, budget_seconds: float) -> Collector:
    """What `read_script` reads into; see `parse_script` for the parameters."""
    return Collector(text, "" if dialect == "ansi" else dialect, budget_seconds)


def read_script(collector: Collector) -> Iterator[None]:
    """Reads a text bit by bit. At each step the collector's statements are whole and may be taken, and its routines'
    ends are known; the last one need not be a step."""
    text, dialect = collector.text, collector.dialect
    marked = placeholders.has_marks(text, dialect)
    source = placeholders.mask(text, dialect) if marked else text
    for invisible in ("\ufeff", "\x00", "\u200b"):
        # A byte order mark, null bytes and zero-width spaces are blanks in no one's eyes but the tokenizer's.
        if invisible in source:
            source = source.replace(invisible, " ")
    stream = _Stream(collector, source, marked)
    large = len(text) > _LARGE
    if not large and not client.has_directives(text, dialect):
        tokens = stream.tokens(0, len(text))
        if tokens is not None:
            yield from stream.feed(tokens, goes_on=False)
            return
    for region in client.regions(source, dialect, largest=_REGION if large else 0):
        yield from _region(collector, stream, region)
    yield from stream.feed([], goes_on=False)


def _region(collector: Collector, stream: _Stream, region: client.Region) -> Iterator[None]:
    """One region of the text, tokenised on its own; one statement at a time if it does not tokenise."""
    if region.directive:
        yield from stream.feed([], goes_on=False)
        _directive(collector, stream, region)
        yield
        return
    tokens = stream.tokens(region.start, region.end)
    if tokens is not None:
        yield from stream.feed(tokens, goes_on=region.goes_on)
        return
    part = stream.source[region.start : region.end]
    for inner in client.regions(part, collector.dialect, resume=True):
        start, end = region.start + inner.start, region.start + inner.end
        tokens = stream.tokens(start, end)
        if tokens is not None:
            yield from stream.feed(tokens, goes_on=inner.goes_on)
        else:
            yield from stream.feed([], goes_on=False)
            _untokenized(collector, stream.source, start, end)
            yield
    if not region.goes_on:
        yield from stream.feed([], goes_on=False)


class _Stream:
    """Tokens, stretch by stretch → statements; what a stretch leaves unfinished waits for the next."""

    def __init__(self, collector: Collector, source: str, marked: bool) -> None:
        self.source = source
        """The text, with what only its client understands blanked."""
        self._collector = collector
        self._marked = marked
        self._lines = 0
        """Lines before the next stretch."""
        self._waiting: list[Token] = []
        self._seen = 0
        """How many of those waiting were already looked through."""
        self._transact = bodies.TransactReader(collector) if collector.dialect in bodies.TSQL else None

    def tokens(self, start: int, end: int) -> list[Token] | None:
        """The tokens of a stretch; None where it does not tokenise."""
        collector = self._collector
        part = self.source[start:end]
        if end - start > 2 * _REGION:
            part = literal_rows.without_rows(part, collector.dialect)
        try:
            tokens = collector.tools.tokenize(part)
        except TokenError:
            return None
        if start and tokens:
            lines = self._lines
            for token in tokens:
                token.start += start
                token.end += start
                token.line += lines
        if tokens:
            self._lines = tokens[-1].line
        return placeholders.merge(tokens, collector.text, collector.dialect) if self._marked else tokens

    def feed(self, tokens: list[Token], *, goes_on: bool) -> Iterator[None]:
        """Reads the statements that are complete; `goes_on`: more follows that may belong to the last one."""
        waiting = self._waiting
        waiting.extend(tokens)
        if not waiting and goes_on:
            return
        if goes_on and len(waiting) < 2 * self._seen:
            # Each look goes through all that waits: at twice the length, a statement of any length costs two.
            return
        self._waiting = []
        if self._transact is not None:
            self._waiting = yield from self._transact.read(waiting, more=goes_on)
        else:
            self._waiting = yield from _terminated(self._collector, waiting, more=goes_on)
        self._seen = len(self._waiting)


def _untokenized(collector: Collector, source: str, start: int, end: int) -> None:
    part = source[start:end]
    lead = len(part) - len(part.lstrip())
    stripped = part.rstrip().rstrip(";").rstrip()
    if len(stripped) <= lead:
        return
    found = client.unclosed(part, collector.dialect)
    message, at = "cannot be read as SQL text", lead
    if found is not None:
        at = found[0]
        message = f"the {found[1]} is never closed"
    collector.report(Code.TOKENIZE_ERROR, Severity.ERROR, message, start + at, start + at + 1)
    collector.statements.append(
        Parsed(None, start + lead, start + len(stripped), "unparsed", "failed", -1, [])
    )


def _directive(collector: Collector, stream: _Stream, region: client.Region) -> None:
    """A client's line: SQL*Plus' EXECUTE calls a routine, everything else is passed over."""
    text = collector.text[region.start : region.end].rstrip()
    end = region.start + len(text)
    if region.directive in ("exec", "execute"):
        tokens = stream.tokens(region.start, end)
        while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            tokens.pop()
        if tokens:
            bodies.execute(collector, tokens, -1)
            return
    collector.statements.append(Parsed(None, region.start, end, region.directive, "ignored", -1, []))


def _terminated(
    collector: Collector, tokens: list[Token], *, more: bool
) -> Generator[None, None, list[Token]]:
    """Statements that end with `;`. `more`: the text goes on; gives the tokens of the last statement if it may, too."""
    text, dialect = collector.text, collector.dialect
    begin = 0
    size = len(tokens)
    while begin < size:
        token_type = tokens[begin].token_type
        if token_type == TokenType.SEMICOLON:
            begin += 1
            continue
        if token_type in _PLAIN and dialect != "oracle":
            end = boundaries.next_semicolon(text, tokens, begin)
            if end == size and more:
                break
            collector.sql(tokens[begin:end], -1)
        else:
            end = boundaries.statement_end(text, tokens, begin, dialect)
            if end == size and more:
                break
            if end > begin:
                _statement(collector, tokens[begin:end])
        begin = end + 1
        yield
    return tokens[begin:]


def _statement(collector: Collector, tokens: list[Token]) -> None:
    """A statement that is not plain: a routine, a block, a call, a command, or after all something to parse."""
    first = word(tokens[0])
    if first in ("CREATE", "REPLACE", "ALTER"):
        if boundaries.routine_kind(tokens, 0):
            bodies.create_routine(collector, tokens)
            return
    elif boundaries.is_block_start(tokens, 0, collector.dialect):
        collector.declare_block(tokens)
        bodies.block(collector, tokens, -1)
        return
    elif first == "WITH":
        functions = boundaries.inline_functions_end(tokens, 0, collector.dialect)
        if 0 < functions < len(tokens):
            rest = tokens[functions:]
            tokens = rest if word(rest[0]) == "SELECT" else [tokens[0], *rest]
    elif first in ("CALL", "EXEC", "EXECUTE", "PREPARE"):
        bodies.execute(collector, tokens, -1)
        return
    elif first == "DO" and bodies.string_body(collector, tokens[1:], -1):
        collector.declare_block(tokens)
        return
    elif first == "DECLARE":
        query = blocks.cursor_query(tokens)
        if blocks.find(tokens[:6], 1, "TABLE") > 0:
            # Db2: DECLARE GLOBAL TEMPORARY TABLE …
            collector.sql(tokens, -1)
        elif query:
            collector.sql(query, -1)
        else:
            collector.value(tokens, -1)
            if collector.dialect in _SCRIPT_VARIABLES:
                declared = declared_names(collector.text[tokens[0].start : tokens[-1].end + 1])
                collector.script_variables |= declared
        return
    elif first == "SET" and not verbs.moves_names(tokens):
        collector.value(tokens, -1)
        return
    collector.sql(tokens, -1)
