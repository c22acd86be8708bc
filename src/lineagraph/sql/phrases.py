"""Token lists read as phrases: words in a row, brackets, names, lists; and tokens that stand in for others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlglot.tokens import Token, TokenType

from lineagraph.sql.boundaries import QUOTED, word
from lineagraph.sql.lexing import toolkit

OPEN = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE})
CLOSE = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE})
STRINGS = QUOTED - {TokenType.IDENTIFIER}
_PREFIXES = frozenset({"#", "@", "$", ":", "%"})
_NOT_IN_NAMES = frozenset("( ) , ; = < > + * [ ] { } ' \" |".split())


def at(tokens: Sequence[Token], index: int) -> str:
    """The word at an index; "" beyond the ends, for strings and for quoted identifiers."""
    return word(tokens[index]) if 0 <= index < len(tokens) else ""


def follows(tokens: Sequence[Token], index: int, phrase: str) -> int:
    """The index after `phrase` if it stands at `index`, else 0. `A|B` allows both, a final `?` makes a word optional.

    sqlglot has tokens of several words (`PRIMARY KEY`, `GROUP BY`); they are matched word by word.
    """
    parts = _phrase(phrase)
    position = 0
    while position < len(parts):
        words, optional = parts[position]
        text = at(tokens, index)
        if text in words:
            index += 1
            position += 1
        elif " " in text and index >= 0:
            matched = _match_words(text.split(), parts, position)
            if matched > position:
                index += 1
                position = matched
            elif optional:
                position += 1
            else:
                return 0
        elif optional:
            position += 1
        else:
            return 0
    return index


@lru_cache(maxsize=1024)
def _phrase(phrase: str) -> tuple[tuple[frozenset[str], bool], ...]:
    return tuple(
        (
            frozenset(part.removesuffix("?").split("|")) if len(part) > 1 else frozenset({part}),
            part != "?" and part[-1] == "?",
        )
        for part in phrase.split()
    )


def _match_words(words: list[str], parts: Sequence[tuple[frozenset[str], bool]], position: int) -> int:
    """How far the words of one token take the phrase; `position` if they do not all belong to it."""
    begin = position
    for text in words:
        while position < len(parts) and text not in parts[position][0] and parts[position][1]:
            position += 1
        if position >= len(parts) or text not in parts[position][0]:
            return begin
        position += 1
    return position


def closing(tokens: Sequence[Token], index: int) -> int:
    """The index of the bracket that closes the one at `index`; the last index where nothing does."""
    depth = 0
    for position in range(index, len(tokens)):
        kind = tokens[position].token_type
        if kind in OPEN:
            depth += 1
        elif kind in CLOSE:
            depth -= 1
            if depth <= 0:
                return position
    return len(tokens) - 1


def after_brackets(tokens: Sequence[Token], index: int) -> int:
    """The index behind a bracketed group that starts at `index`; `index` itself where none does."""
    if index < len(tokens) and tokens[index].token_type in OPEN:
        return closing(tokens, index) + 1
    return index


def find(tokens: Sequence[Token], phrases: Sequence[str], begin: int = 0, end: int | None = None) -> int:
    """The first index in [begin, end), outside of brackets, where one of the phrases stands; -1 if none does."""
    index = begin
    end = len(tokens) if end is None else min(end, len(tokens))
    while 0 <= index < end:
        if tokens[index].token_type in OPEN:
            index = closing(tokens, index) + 1
            continue
        if any(follows(tokens, index, phrase) for phrase in phrases):
            return index
        index += 1
    return -1


def find_or_end(tokens: Sequence[Token], phrases: Sequence[str], begin: int = 0) -> int:
    found = find(tokens, phrases, begin)
    return found if found >= 0 else len(tokens)


def items(tokens: Sequence[Token]) -> list[list[Token]]:
    """A comma-separated list cut into its items; brackets hold together."""
    found: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        kind = token.token_type
        if kind == TokenType.COMMA and depth == 0:
            found.append([])
            continue
        depth += (kind in OPEN) - (kind in CLOSE)
        found[-1].append(token)
    return [item for item in found if item]


def bracketed(tokens: Sequence[Token], index: int) -> list[list[Token]]:
    """The items of the bracketed list that starts at `index`."""
    return items(tokens[index + 1 : closing(tokens, index)])


def first_word(tokens: Sequence[Token], index: int) -> str:
    """Like `at`, but only the first word of a token of several."""
    return at(tokens, index).partition(" ")[0]


def is_string(tokens: Sequence[Token], index: int) -> bool:
    return 0 <= index < len(tokens) and tokens[index].token_type in STRINGS


def name_end(tokens: Sequence[Token], index: int) -> int:
    """The index behind the (qualified) name that starts at `index`; `index` itself where none does.

    Parts are joined by dots; BigQuery's `my-project.d.t`, T-SQL's `#t`, `@t` and `db..t`, stages (`@s/path`) hold
    together.
    """
    if index < len(tokens) and (
        tokens[index].token_type in STRINGS
        or (word(tokens[index]) in _NOT_IN_NAMES or word(tokens[index]) == ".")
    ):
        return index
    is_stage = at(tokens, index) == "@"
    expects_part = True
    position = index
    while position < len(tokens):
        text = word(tokens[position])
        if is_stage and position > index and tokens[position - 1].end + 1 != tokens[position].start:
            break
        if text == ".":
            expects_part = True
        elif text in _PREFIXES and expects_part:
            pass
        elif text in ("-", "/", "~", "%", "=") and position > index and (is_stage or text == "-"):
            if tokens[position - 1].end + 1 != tokens[position].start:
                break
            expects_part = True
        elif text in _NOT_IN_NAMES or not expects_part:
            break
        elif tokens[position].token_type in STRINGS:
            break
        else:
            expects_part = False
        position += 1
    return position


def skip_words(tokens: Sequence[Token], index: int, words: frozenset[str]) -> int:
    while at(tokens, index) in words:
        index += 1
    return index


@lru_cache(maxsize=512)
def _prototypes(text: str, dialect: str) -> tuple[tuple[TokenType, str], ...]:
    return tuple((token.token_type, token.text) for token in toolkit(dialect).tokenize(text))


def stand_in(text: str, anchor: Token, dialect: str) -> list[Token]:
    """Tokens for words that are not in the file; they point at `anchor`, so that errors have a place."""
    return [
        Token(kind, value, line=anchor.line, col=anchor.col, start=anchor.start, end=anchor.end)
        for kind, value in _prototypes(text, dialect)
    ]


def quoted_sql(token: Token, text: str, dialect: str) -> list[Token]:
    """Tokens of the SQL inside a string token, at the offsets they have in `text`. Raises sqlglot's `TokenError`."""
    content = token.text
    raw = text[token.start : token.end + 1]
    starts: list[int] = []
    ends: list[int] = []
    position = raw.find("$", 1) + 1 if raw[:1] == "$" else raw.find("'") + 1
    for character in content:
        starts.append(token.start + position)
        # an escaped quote is two characters in the file and one in the content
        if character in "'\"\\" and raw[position : position + 2] in (character * 2, "\\" + character):
            position += 1
        ends.append(token.start + position)
        position += 1
    found: list[Token] = []
    for inner in toolkit(dialect).tokenize(content):
        if inner.token_type == TokenType.SEMICOLON:
            break
        start, end = starts[inner.start], ends[inner.end]
        found.append(
            Token(inner.token_type, inner.text, line=token.line, col=token.col, start=start, end=end)
        )
    return found


__all__ = [
    "CLOSE",
    "OPEN",
    "STRINGS",
    "after_brackets",
    "at",
    "bracketed",
    "closing",
    "find",
    "find_or_end",
    "first_word",
    "follows",
    "is_string",
    "items",
    "name_end",
    "quoted_sql",
    "skip_words",
    "stand_in",
    "word",
]
