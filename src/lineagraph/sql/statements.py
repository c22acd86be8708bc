"""Text → statements: a script is tokenised once, its tokens are cut into statements, each is parsed on its own."""

from __future__ import annotations

from msgspec import Struct
from sqlglot.errors import TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.sql import blocks, bodies, boundaries, client, facts, literal_rows, placeholders, verbs
from lineagraph.sql.boundaries import word
from lineagraph.sql.lexing import quiet
from lineagraph.sql.parsed import Collector, Parsed


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

_LARGE = 4_000_000
_REGION = 1_000_000
"""A larger text is tokenised in regions of about this many characters: a token takes some 200 bytes (measured)."""


def parse_script(text: str, dialect: str, *, budget_seconds: float = 10.0) -> Script:
    """The statements of a script, parsed; what cannot be is a diagnostic. Raises nothing, whatever the text.

    `dialect` is one of sqlglot's names. `budget_seconds` bounds the work on each statement, counted in AST
    nodes so that the outcome does not depend on the machine.
    """
    collector = Collector(text, "" if dialect == "ansi" else dialect, budget_seconds)
    with quiet():
        _read(collector)
    return Script(collector.statements, collector.routines, collector.diagnostics, collector.line_starts)


def _read(collector: Collector) -> None:
    text, dialect = collector.text, collector.dialect
    marked = placeholders.has_marks(text, dialect)
    source = placeholders.mask(text, dialect) if marked else text
    for invisible in ("\ufeff", "\x00", "\u200b"):
        # A byte order mark, null bytes and zero-width spaces are blanks in no one's eyes but the tokenizer's.
        if invisible in source:
            source = source.replace(invisible, " ")
    if len(text) > _LARGE:
        for region in client.regions(source, dialect, largest=_REGION):
            _region(collector, source, region, marked)
        return
    if not client.has_directives(text, dialect):
        try:
            tokens = collector.tools.tokenize(source)
        except TokenError:
            pass
        else:
            _tokens(collector, placeholders.merge(tokens, text, dialect) if marked else tokens)
            return
    for region in client.regions(source, dialect):
        _region(collector, source, region, marked)


def _region(collector: Collector, source: str, region: client.Region, marked: bool) -> None:
    """One region of the text, tokenised on its own; one statement at a time if it does not tokenise."""
    if region.directive:
        _directive(collector, region)
        return
    tokens = _tokenize(collector, source, region.start, region.end, marked)
    if tokens is not None:
        _tokens(collector, tokens)
        return
    part = source[region.start : region.end]
    for inner in client.regions(part, collector.dialect, resume=True):
        start, end = region.start + inner.start, region.start + inner.end
        tokens = _tokenize(collector, source, start, end, marked)
        if tokens is not None:
            _tokens(collector, tokens)
        else:
            _untokenized(collector, source, start, end)


def _tokenize(collector: Collector, source: str, start: int, end: int, marked: bool) -> list[Token] | None:
    part = source[start:end]
    if end - start > 2 * _REGION:
        part = literal_rows.without_rows(part, collector.dialect)
    try:
        tokens = collector.tools.tokenize(part)
    except TokenError:
        return None
    if start:
        for token in tokens:
            token.start += start
            token.end += start
    return placeholders.merge(tokens, collector.text, collector.dialect) if marked else tokens


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


def _directive(collector: Collector, region: client.Region) -> None:
    """A client's line: SQL*Plus' EXECUTE calls a routine, everything else is passed over."""
    text = collector.text[region.start : region.end].rstrip()
    end = region.start + len(text)
    if region.directive in ("exec", "execute"):
        tokens = _tokenize(collector, collector.text, region.start, end, False)
        while tokens and tokens[-1].token_type == TokenType.SEMICOLON:
            tokens.pop()
        if tokens:
            bodies.execute(collector, tokens, -1)
            return
    collector.statements.append(Parsed(None, region.start, end, region.directive, "ignored", -1, []))


def _tokens(collector: Collector, tokens: list[Token]) -> None:
    if collector.dialect in bodies.TSQL:
        bodies.transact_script(collector, tokens)
        return
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
            collector.sql(tokens[begin:end], -1)
        else:
            end = boundaries.statement_end(text, tokens, begin, dialect)
            if end > begin:
                _statement(collector, tokens[begin:end])
        begin = end + 1


def _statement(collector: Collector, tokens: list[Token]) -> None:
    """A statement that is not plain: a routine, a block, a call, a command, or after all something to parse."""
    first = word(tokens[0])
    if first in ("CREATE", "REPLACE", "ALTER"):
        if boundaries.routine_kind(tokens, 0):
            bodies.create_routine(collector, tokens)
            return
    elif boundaries.is_block_start(tokens, 0, collector.dialect):
        bodies.block(collector, tokens, -1)
        return
    elif first in ("CALL", "EXEC", "EXECUTE", "PREPARE"):
        bodies.execute(collector, tokens, -1)
        return
    elif first == "DO" and bodies.string_body(collector, tokens[1:], -1):
        return
    elif first == "DECLARE":
        query = blocks.cursor_query(tokens)
        if query:
            collector.sql(query, -1)
        else:
            collector.value(tokens, -1)
        return
    elif first == "SET" and not verbs.moves_names(tokens):
        collector.value(tokens, -1)
        return
    collector.sql(tokens, -1)
