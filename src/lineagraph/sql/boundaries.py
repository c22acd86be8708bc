"""Where statements end in dialects that terminate them with `;`, and where a routine or a block ends among many `;`."""

from __future__ import annotations

from bisect import bisect_left
from operator import attrgetter

from sqlglot.tokens import Token, TokenType

_START = attrgetter("start")

QUOTED = frozenset(
    {
        TokenType.STRING,
        TokenType.IDENTIFIER,
        TokenType.NATIONAL_STRING,
        TokenType.RAW_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.BYTE_STRING,
        TokenType.UNICODE_STRING,
    }
)
"""Tokens whose text is never a keyword."""

ROUTINE_KINDS = frozenset(
    {"PROCEDURE", "PROC", "FUNCTION", "TRIGGER", "TASK", "PACKAGE", "MACRO", "EVENT", "ALERT", "TYPE"}
)

_TRANSACTION = frozenset(
    {
        "",
        "TRAN",
        "TRANSACTION",
        "WORK",
        "ISOLATION",
        "READ",
        "DEFERRED",
        "IMMEDIATE",
        "EXCLUSIVE",
        "CONCURRENT",
        "NAME",
        "DEFERRABLE",
        "DISTRIBUTED",
    }
)
"""What follows a BEGIN that opens a transaction ("" stands for the end of the statement)."""

# PostgreSQL, SQLite and MySQL know BEGIN outside a routine only as the start of a transaction.
_NO_BLOCKS = frozenset({"postgres", "redshift", "sqlite", "mysql", "duckdb", "materialize", "risingwave"})
# A DECLARE that opens a block's declarations rather than being a statement of its own.
_DECLARE_OPENS_BLOCK = frozenset({"oracle", "snowflake", "exasol"})
_SCRIPTING = frozenset({"IF", "LOOP", "WHILE", "FOR", "REPEAT", "CASE"})
_SUBPROGRAM_DIALECTS = frozenset({"oracle", "exasol", "", "ansi"})

_FOLLOWS_HEADER = frozenset(
    """
    OR REPLACE ALTER TEMP TEMPORARY SECURE AGGREGATE DEFINER IF NOT EXISTS EDITIONABLE NONEDITIONABLE EXTERNAL
    CONSTRAINT TABLE PRIVATE PUBLIC UNSAFE WINDOW
    """.split()
)


_METHOD = frozenset({"MEMBER", "STATIC", "CONSTRUCTOR", "MAP", "ORDER", "OVERRIDING"})
_STRUCTURE = _METHOD | frozenset(
    """
    END CASE BEGIN DECLARE IS AS COMPOUND PROCEDURE FUNCTION IF WHILE FOR FOREACH REPEAT LOOP DO THEN ELSE
    EXCEPTION ATOMIC : >>
    """.split()
)
_AFTER_END = frozenset({"IF", "LOOP", "CASE", "WHILE", "FOR", "REPEAT"})
_NO_DECLARATIONS = _SCRIPTING | {"BEGIN"}


def word(token: Token) -> str:
    """The token's text in upper case; "" for strings and quoted identifiers."""
    return "" if token.token_type in QUOTED else token.text.upper()


def next_semicolon(text: str, tokens: list[Token], begin: int) -> int:
    """Index of the first `;` token at or after `begin`, or the number of tokens.

    Looks in the text first and finds the token by bisection: a script of few, long statements costs next to nothing.
    """
    size = len(tokens)
    if begin >= size:
        return size
    at = text.find(";", tokens[begin].start)
    base = begin - tokens[begin].start
    while at >= 0:
        # There are no more tokens than characters, which bounds the search.
        index = bisect_left(tokens, at, lo=begin, hi=min(size, base + at + 1), key=_START)
        if index == size:
            return size
        token = tokens[index]
        if token.start == at and token.token_type == TokenType.SEMICOLON:
            return index
        # Inside a string, a comment or a quoted name: on from the end of that token.
        previous = tokens[index - 1]
        at = text.find(";", max(at + 1, previous.end + 1))
    return size


def statement_end(text: str, tokens: list[Token], begin: int, dialect: str) -> int:
    """Index after the last token of the statement that starts at `begin` (its terminator, or the number of tokens)."""
    token = tokens[begin]
    first = word(token)
    if first in ("CREATE", "REPLACE", "ALTER"):
        kind = routine_kind(tokens, begin)
        if kind == "MACRO" and dialect == "teradata":
            return _macro_end(tokens, begin)
        if kind:
            return block_end(tokens, begin, dialect, kind)
    elif is_block_start(tokens, begin, dialect):
        return block_end(tokens, begin, dialect, "")
    end = next_semicolon(text, tokens, inline_functions_end(tokens, begin, dialect))
    if dialect == "oracle":
        end = _lone_slash(text, tokens, begin, end)
    return end


def inline_functions_end(tokens: list[Token], begin: int, dialect: str) -> int:
    """Oracle's `WITH FUNCTION f … END; SELECT …`: the index after the functions; `begin` where there are none."""
    if dialect != "oracle" or word(tokens[begin]) != "WITH":
        return begin
    at = begin + 1
    while at < len(tokens) and word(tokens[at]) in ("FUNCTION", "PROCEDURE"):
        at = block_end(tokens, at, dialect, word(tokens[at])) + 1
    return at if at > begin + 1 else begin


def is_block_start(tokens: list[Token], begin: int, dialect: str) -> bool:
    """Whether an anonymous block starts here (`BEGIN …`, `DECLARE … BEGIN …`), and not a transaction or a cursor."""
    first = word(tokens[begin])
    following = word(tokens[begin + 1]) if begin + 1 < len(tokens) else ""
    if first == "BEGIN":
        if dialect in _NO_BLOCKS and not (following == "NOT" and dialect == "mysql"):
            return False
        at_end = begin + 1 >= len(tokens) or tokens[begin + 1].token_type == TokenType.SEMICOLON
        return not at_end and (following == "" or following not in _TRANSACTION)
    if first == "DECLARE":
        return dialect in _DECLARE_OPENS_BLOCK
    if dialect == "bigquery" and first in _SCRIPTING:
        # https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language
        return not (
            first in ("IF", "REPEAT")
            and following == "("
            and tokens[begin].end + 1 == tokens[begin + 1].start
        )
    return first == "<<" and dialect == "oracle"


def routine_kind(tokens: list[Token], begin: int) -> str:
    """`PROCEDURE`, `FUNCTION` … if a routine is created at `begin`, else "" (`TYPE` only where it has a body)."""
    for index in range(begin + 1, min(begin + 12, len(tokens))):
        text = word(tokens[index])
        if text in ROUTINE_KINDS:
            if text == "TYPE":
                body = index + 1 < len(tokens) and word(tokens[index + 1]) == "BODY"
                return "TYPE" if body else ""
            if text == "TRIGGER" and word(tokens[begin]) == "ALTER":
                return ""
            return "PROCEDURE" if text == "PROC" else text
        if text not in _FOLLOWS_HEADER:
            # MySQL: CREATE DEFINER = 'user'@'host' PROCEDURE …
            if "DEFINER" not in {word(token) for token in tokens[begin:index]}:
                return ""
    return ""


def block_end(tokens: list[Token], begin: int, dialect: str, kind: str) -> int:
    """Index of the `;` that ends the routine or block starting at `begin`, or the number of tokens.

    Openers (BEGIN, CASE, IF, LOOP …) go on a stack, END takes one off. `pending` counts subprograms whose
    BEGIN is still to come: between IS and BEGIN stand declarations, whose `;` end nothing. `kind` is "" for
    an anonymous block and for the declarations after a nested subprogram's IS.
    """
    size = len(tokens)
    subprograms = dialect in _SUBPROGRAM_DIALECTS
    package = kind in ("PACKAGE", "TYPE")
    stack: list[str] = []
    parens = 0
    pending = 1 if not kind and word(tokens[begin]) not in _NO_DECLARATIONS else 0
    header = subprograms and kind in ("PROCEDURE", "FUNCTION", "PACKAGE", "TYPE")
    loop = False
    boundary = True
    index = begin
    while index < size:
        token = tokens[index]
        token_type = token.token_type
        if token_type == TokenType.SEMICOLON:
            if not stack and pending == 0:
                return index
            parens = 0
            header = loop = False
            boundary = True
        elif token_type == TokenType.L_PAREN:
            parens += 1
            boundary = False
        elif token_type == TokenType.R_PAREN:
            parens -= 1
        elif token_type not in QUOTED:
            text = token.text.upper()
            if text not in _STRUCTURE:
                boundary = False
                index += 1
                continue
            following = word(tokens[index + 1]) if index + 1 < size else ""
            at_boundary, boundary = boundary, False
            if text == "END":
                if stack:
                    stack.pop()
                if following in _AFTER_END:
                    index += 1
            elif text == "CASE":
                stack.append("CASE" if at_boundary else "EXPRESSION")
            elif parens > 0:
                pass
            elif text == "BEGIN":
                boundary = True
                header = False
                if following in ("TRANSACTION", "TRAN", "WORK"):
                    pass
                elif pending:
                    pending -= 1
                    stack.append(text)
                elif stack != ["PACKAGE"]:
                    # A package's own BEGIN shares its END.
                    stack.append(text)
            elif text == "DECLARE":
                if not stack and (kind == "TRIGGER" or not subprograms):
                    pending = max(pending, 1)
            elif text in ("IS", "AS"):
                boundary = True
                if header and not (index > begin and word(tokens[index - 1]) == "EXECUTE"):
                    header = False
                    quoted = index + 1 < size and tokens[index + 1].token_type in QUOTED
                    if package and not stack:
                        stack.append("PACKAGE")
                    elif following not in ("LANGUAGE", "EXTERNAL") and not quoted:
                        pending += 1
            elif text == "COMPOUND":
                if following == "TRIGGER":
                    stack.append(text)
            elif text in ("PROCEDURE", "FUNCTION"):
                header = header or (at_boundary and subprograms)
            elif text in _METHOD:
                boundary = at_boundary
            elif text == "IF":
                if at_boundary and (stack or pending or index == begin):
                    stack.append(text)
            elif text in ("WHILE", "FOR", "FOREACH"):
                loop = loop or at_boundary
            elif text == "REPEAT":
                if at_boundary and (stack or index == begin):
                    stack.append(text)
                    boundary = True
            elif text in ("LOOP", "DO"):
                if loop or (at_boundary and text == "LOOP"):
                    stack.append(text)
                loop = False
                boundary = True
            elif not (stack and stack[-1] == "EXPRESSION"):
                # THEN, ELSE, EXCEPTION, a label
                boundary = True
        index += 1
    return size


def _macro_end(tokens: list[Token], begin: int) -> int:
    """Teradata: `CREATE MACRO m AS ( statement; statement; );`."""
    depth = 0
    for index in range(begin, len(tokens)):
        kind = tokens[index].token_type
        if kind == TokenType.L_PAREN:
            depth += 1
        elif kind == TokenType.R_PAREN:
            depth -= 1
        elif kind == TokenType.SEMICOLON and depth <= 0:
            return index
    return len(tokens)


def is_alone(text: str, token: Token) -> bool:
    """Whether nothing but blanks shares the token's line."""
    line = max(text.rfind("\n", 0, token.start), text.rfind("\r", 0, token.start)) + 1
    if text[line : token.start].strip():
        return False
    after = token.end + 1
    stop = len(text)
    for mark in ("\n", "\r"):
        at = text.find(mark, after)
        stop = min(stop, at) if at >= 0 else stop
    return not text[after:stop].strip()


def _lone_slash(text: str, tokens: list[Token], begin: int, end: int) -> int:
    """SQL*Plus: a line holding only `/` ends a statement, with or without a `;` before it."""
    first, last = tokens[begin].start, tokens[end - 1].end + 1 if end > begin else 0
    at = text.find("/", first, last)
    while at >= 0:
        index = bisect_left(tokens, at, lo=begin, hi=end, key=_START)
        if index < end:
            token = tokens[index]
            if token.start == at and token.token_type == TokenType.SLASH and is_alone(text, token):
                return index
        at = text.find("/", at + 1, last)
    return end
