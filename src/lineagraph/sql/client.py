"""What belongs to a database's command line and not to SQL: DELIMITER, `\\copy`, PROMPT, `:setvar`, `.LOGON`,
COPY data.

A scan that knows comments, strings and dollar bodies, but no grammar, cuts a text into regions of SQL and
directives. It serves where the tokenizer cannot go: texts with client directives, with an unbalanced quote,
and very large texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from sqlglot.dialects.dialect import Dialect


class Region(NamedTuple):
    """A stretch of the text: SQL to tokenise on its own, or (`directive` set) a client's line, named by its word."""

    start: int
    end: int
    directive: str = ""
    goes_on: bool = False
    """It was cut for its length: a routine or a batch may go on in the next region. Otherwise a statement ends here."""


_PSQL = frozenset({"postgres", "redshift", "materialize", "risingwave", ""})
_SQLPLUS = frozenset({"oracle"})
_MYSQL = frozenset({"mysql", "doris", "starrocks", "singlestore", ""})
_SQLCMD = frozenset({"tsql", "fabric"})
_DOT = frozenset({"teradata", "sqlite", "duckdb"})
_BANG = frozenset({"snowflake", "hive", "oracle", "trino", "presto"})

_SQLPLUS_WORDS = (
    r"prompt|remark|rem|start|spo(?:ol)?|whenever|exit|quit|def(?:ine)?|undef(?:ine)?|acc(?:ept)?|pau(?:se)?|col(?:umn)?"
    r"|tti(?:tle)?|bti(?:tle)?|bre(?:ak)?|comp(?:ute)?|conn(?:ect)?|disc(?:onnect)?|ho(?:st)?|sho(?:w)?|desc(?:ribe)?"
    r"|var(?:iable)?|print|cl(?:ear)?|store|timi(?:ng)?|run|get|edit|save|list|archive|startup|shutdown|passw(?:ord)?|help"
    r"|load|rephe?ader|repf(?:ooter)?|cd|script|alias|ddl|set(?=\s+(?!(?:role|transaction|constraints?)\b))"
)
_COPY_DATA = re.compile(r"COPY\b[^;]*?\bFROM\s+STDIN\b[^;]*;[^\n]*\n", re.IGNORECASE)
_BLOCK = re.compile(
    r"(?:CREATE\b(?:\s+OR\s+REPLACE)?(?:\s+(?:NON)?EDITIONABLE)?\s+(?:PROCEDURE|FUNCTION|PACKAGE|TRIGGER|TYPE)"
    r"|BEGIN|DECLARE|WITH\s+(?:FUNCTION|PROCEDURE))\b|<<",
    re.IGNORECASE,
)
_RESUME = re.compile(
    r";[ \t]*(?:--[^\n]*)?\r?\n\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*"
    r"(?:CREATE|INSERT|SELECT|UPDATE|DELETE|DROP|ALTER|MERGE|WITH|BEGIN|TRUNCATE|GRANT|COMMIT|USE|CALL|EXEC|DECLARE|SET)\b"
    r"|\n[ \t]*(?:GO|/)[ \t]*\r?(?:\n|\Z)",
    re.IGNORECASE | re.DOTALL,
)
"""Where a quote that never closes is taken to have ended: a terminator, a line end, and a statement's first word."""

_OPENING_LINE = re.compile(
    r"(?:INSERT|UPDATE|DELETE|MERGE|CREATE|ALTER|DROP|TRUNCATE|EXEC|DECLARE|PRINT|IF|SELECT|WITH)\b",
    re.IGNORECASE,
)
_SLASH_LINE = re.compile(r"[ \t]*/[ \t\r]*(?=\n|\Z)")
_GO_LINE = re.compile(r"[ \t]*GO(?:[ \t]+\d+)?[ \t;\r]*(?=\n|\Z)", re.IGNORECASE)
_ORACLE_QUOTE = re.compile(r"[qQ]'(.)", re.DOTALL)
_PAIRED = {"[": "]", "(": ")", "{": "}", "<": ">"}


class Lexical(NamedTuple):
    """What the scan must know of a dialect's lexis."""

    interesting: re.Pattern[str]
    line_comments: tuple[str, ...]
    quotes: dict[str, str]
    escapes: bool
    dollars: bool
    nested: bool


@lru_cache(maxsize=64)
def lexical_of(dialect: str) -> Lexical:
    tokenizer: Any = Dialect.get_or_raise(dialect or None).tokenizer_class
    quotes: dict[str, str] = {**tokenizer._IDENTIFIERS, **tokenizer._QUOTES}
    quotes = {opening: closing for opening, closing in quotes.items() if opening[-1:] in "'\"`["}
    line_comments = tuple(
        mark for mark, end in tokenizer._COMMENTS.items() if end is None and mark in ("--", "#", "//")
    )
    formats: dict[str, Any] = tokenizer._FORMAT_STRINGS
    dollars = "$" in formats or "$$" in quotes or dialect in ("snowflake", "")
    marks = sorted({*quotes, *line_comments, "/*", *(("$",) if dollars else ())}, key=len, reverse=True)
    oracle = r"[qQ]'|" if dialect == "oracle" else ""
    interesting = re.compile(oracle + "|".join(re.escape(mark) for mark in marks) + r"|;|\n")
    return Lexical(
        interesting,
        line_comments,
        quotes,
        "\\" in tokenizer._STRING_ESCAPES,
        dollars,
        bool(tokenizer.NESTED_COMMENTS),
    )


@lru_cache(maxsize=64)
def _candidates(dialect: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """(a quick search for any line that may be a directive, the match of one at a line's start)."""
    options: list[str] = []
    if dialect in _PSQL:
        options.append(r"\\[A-Za-z!?.;]")
    if dialect in _MYSQL:
        options.append(r"(?:delimiter[ \t]+\S|source[ \t]+\S+[ \t;]*\r?(?:\n|\Z)|\\[A-Za-z.])")
    if dialect in _SQLPLUS:
        options.append(rf"@@?|(?:{_SQLPLUS_WORDS})(?=\s|;|\Z)")
        options.append(r"exec(?:ute)?[ \t]+(?!immediate\b)|\.(?=[ \t\r]*(?:\n|\Z))")
    if dialect in _SQLCMD:
        options.append(
            r":(?:setvar|r|on|connect|out|error|list|listvar|quit|exit|reset|serverlist|xml|help|ed|perftrace)\b"
        )
        options.append(r"!!")
    if dialect in _DOT:
        options.append(r"\.[A-Za-z]\w*")
    if dialect in _BANG:
        options.append(r"![A-Za-z]")
    if not options:
        never = re.compile(r"(?!)")
        return never, never
    body = "|".join(options)
    return re.compile(rf"\n[ \t]*(?:{body})", re.IGNORECASE), re.compile(rf"[ \t]*({body})", re.IGNORECASE)


def has_directives(text: str, dialect: str) -> bool:
    """A cheap look for lines that may be a client's."""
    search, match = _candidates(dialect)
    if match.match(text) is not None or search.search(text) is not None:
        return True
    return (
        dialect in _PSQL and _COPY_DATA.search(text) is not None
        if "STDIN" in text or "stdin" in text
        else False
    )


def regions(text: str, dialect: str, *, resume: bool = False, largest: int = 0) -> Iterator[Region]:
    """Cuts a text at client directives; at every `;` if `resume` or `largest`.

    `resume`: a quote that spans what looks like the start of another statement is taken to be unbalanced, and
    ends there. `largest`: gathers statements up to about this many characters per region instead of one each;
    T-SQL, whose statements need no `;`, is then also cut before lines that begin with a statement's first word.
    """
    lexical = lexical_of(dialect)
    opening = _OPENING_LINE if largest and dialect in _SQLCMD else None
    _, directive = _candidates(dialect)
    cut = resume or largest > 0
    size = len(text)
    start = statement = position = 0
    dirty = block = False
    delimiter = ";"
    line_start = True
    while position < size:
        if line_start:
            line_start = False
            found = directive.match(text, position)
            if found is not None and _applies(text, found, dialect, dirty, block):
                word = found.group(1).split()[0].lower()
                end = _line_end(text, position, dialect)
                if start < position:
                    yield Region(start, position)
                if word == "delimiter":
                    delimiter = _delimiter(text[found.start(1) + 9 : end])
                yield Region(found.start(1), end, word)
                start = statement = position = end
                dirty = block = False
                line_start = True
                continue
            end = _separator_end(text, position, dialect)
            if end:
                if dialect == "oracle" or (cut and end - start >= largest):
                    # T-SQL's GO stays with its region: the splitter of statements looks for it.
                    stop = end if dialect != "oracle" else position
                    if start < stop:
                        yield Region(start, stop, goes_on=dialect != "oracle")
                    start = end
                statement = position = end
                dirty = block = False
                continue
        match = lexical.interesting.search(text, position)
        stop = match.start() if match is not None else size
        if delimiter != ";":
            at = text.find(delimiter, position, stop + len(delimiter))
            if at >= 0:
                if start < at:
                    yield Region(start, at)
                start = statement = position = at + len(delimiter)
                dirty = block = False
                continue
        run = text[position:stop]
        if not dirty and run and not run.isspace():
            dirty = True
            block = (
                dialect == "oracle"
                and _BLOCK.match(text, position + len(run) - len(run.lstrip())) is not None
            )
        if match is None:
            break
        mark = match.group()
        position = match.end()
        if mark == "\n":
            line_start = True
            if opening is not None and position - start >= largest and opening.match(text, position):
                yield Region(start, position, goes_on=True)
                start = position
        elif mark != ";":
            if mark not in lexical.line_comments and mark != "/*":
                dirty = True
            position = _skip(text, match, lexical, resume)
        elif block and largest and position - start >= largest:
            yield Region(start, position, goes_on=True)
            start = position
        elif delimiter == ";" and not block:
            dirty = False
            data = _COPY_DATA.match(text, _first(text, statement)) if dialect in _PSQL else None
            statement = position
            if data is not None:
                at = text.find("\n\\.", data.end() - 1)
                end = at + 3 if at >= 0 else size
                yield Region(start, position)
                yield Region(data.end(), end, "data")
                start = statement = position = end
            elif cut and position - start >= largest:
                yield Region(start, position, goes_on=True)
                start = position
    if start < size:
        yield Region(start, size)


def _delimiter(written: str) -> str:
    """DELIMITER's argument; `DELIMITER //;` is a slip the client forgives."""
    words = written.split()
    delimiter = words[0] if words else ";"
    return delimiter.rstrip(";") or ";"


def _separator_end(text: str, position: int, dialect: str) -> int:
    """The end of a line that holds only `/` (SQL*Plus) or `GO` (T-SQL), if such a line starts here; else 0."""
    if dialect == "oracle":
        found = _SLASH_LINE.match(text, position)
    elif dialect in _SQLCMD:
        found = _GO_LINE.match(text, position)
    else:
        return 0
    return found.end() if found is not None else 0


def _first(text: str, start: int) -> int:
    """Past blanks and line comments."""
    while start < len(text):
        if text[start].isspace():
            start += 1
        elif text.startswith("--", start):
            end = text.find("\n", start)
            start = end if end >= 0 else len(text)
        else:
            break
    return start


def _applies(text: str, found: re.Match[str], dialect: str, dirty: bool, block: bool) -> bool:
    word = found.group(1)
    if word[:1] in ("\\", ":", "!") or word[:9].lower() == "delimiter":
        return True
    if block:
        return False
    if not dirty:
        return True
    # SQL*Plus ends an unterminated statement at a blank line.
    before = text.rfind("\n", 0, max(0, found.start() - 1))
    return dialect == "oracle" and not text[before + 1 : found.start()].strip()


def _eol(text: str, position: int) -> int:
    end = text.find("\n", position)
    return end if end >= 0 else len(text)


def _line_end(text: str, position: int, dialect: str) -> int:
    """End of a directive: its line, or lines where SQL*Plus' `-` continues it."""
    end = _eol(text, position)
    while dialect == "oracle" and text[position:end].rstrip().endswith("-") and end < len(text):
        if text[position:end].lstrip()[:3].lower() in ("rem", "pro"):
            break
        position = end + 1
        end = _eol(text, position)
    return end


def _skip(text: str, match: re.Match[str], lexical: Lexical, resume: bool) -> int:
    """The offset after the comment or quoted thing that `match` opens."""
    mark, position = match.group(), match.end()
    size = len(text)
    if mark in lexical.line_comments:
        if mark == "--" or mark == "//" or match.start() == 0 or text[match.start() - 1].isspace():
            return _eol(text, position)
        return position
    if mark == "/*":
        return _comment_end(text, position, lexical.nested)
    if mark in ("q'", "Q'"):
        quoted = _ORACLE_QUOTE.match(text, match.start())
        if quoted is None:
            return position
        closing = _PAIRED.get(quoted.group(1), quoted.group(1)) + "'"
    elif mark == "$":
        tag = re.compile(r"\$(?:[A-Za-z_]\w*)?\$").match(text, match.start())
        if tag is None:
            return position
        position, closing = tag.end(), tag.group()
    else:
        closing = lexical.quotes[mark]
    begin = position
    while True:
        at = text.find(closing, position)
        if at < 0:
            break
        if lexical.escapes and closing in ("'", '"') and _escaped(text, begin, at):
            position = at + 1
        elif len(closing) == 1 and text.startswith(closing, at + 1):
            position = at + 2
        else:
            end = at + len(closing)
            if resume and mark != "$":
                cut = _RESUME.search(text, begin, at)
                if cut is not None:
                    return cut.start() if text[cut.start()] == ";" else cut.start() + 1
            return end
    if resume:
        cut = _RESUME.search(text, begin)
        if cut is not None:
            return cut.start() if text[cut.start()] == ";" else cut.start() + 1
    return size


def _escaped(text: str, begin: int, at: int) -> bool:
    """An odd number of backslashes before the quote."""
    count = 0
    while at - 1 - count >= begin and text[at - 1 - count] == "\\":
        count += 1
    return count % 2 == 1


def _comment_end(text: str, position: int, nested: bool) -> int:
    depth = 1
    while depth:
        closing = text.find("*/", position)
        if closing < 0:
            return len(text)
        opening = text.find("/*", position, closing) if nested else -1
        if opening >= 0:
            depth += 1
            position = opening + 2
        else:
            depth -= 1
            position = closing + 2
    return position


def unclosed(text: str, dialect: str) -> tuple[int, str] | None:
    """Where the first quote or comment that never closes is, and what it is; None if all close."""
    lexical = lexical_of(dialect)
    position = 0
    while True:
        match = lexical.interesting.search(text, position)
        if match is None:
            return None
        mark = match.group()
        position = match.end()
        if mark in (";", "\n"):
            continue
        position = _skip(text, match, lexical, False)
        if mark not in lexical.line_comments and position >= len(text) and not _closes(text, match, lexical):
            return match.start(), f"comment {mark}" if mark == "/*" else f"quote {mark}"


def _closes(text: str, match: re.Match[str], lexical: Lexical) -> bool:
    """Whether a quoted thing that reaches the end of the text is closed there."""
    mark = match.group()
    if mark == "$":
        tag = re.compile(r"\$(?:[A-Za-z_]\w*)?\$").match(text, match.start())
        return tag is None or text.endswith(tag.group(), tag.end())
    closing = "'" if mark in ("q'", "Q'") else "*/" if mark == "/*" else lexical.quotes[mark]
    return len(text) >= match.end() + len(closing) and text.endswith(closing)
