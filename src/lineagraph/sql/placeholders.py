"""Parameters of SQL clients inside SQL text (`$(var)`, `${var}`, `&var.`, `@var.table`, `:var.table`,
`{var}`, `{{var}}`).

Where one stands for a name or a value, its tokens become one name token that keeps the text as written, so that the
statement parses and its spans stay exact.
"""

from __future__ import annotations

import re

from sqlglot.tokens import Token, TokenType

_TSQL = frozenset({"tsql", "fabric"})
_CLOSERS = {"{": "}", "(": ")"}
_NAME = frozenset({TokenType.VAR, TokenType.NUMBER})
_WORDLIKE = re.compile(r"[\w$.\-]+\Z")
_CONDITION = re.compile(r"\}\s*\?\s*\{")
_BRACED = re.compile(r"\$\(|[$#@]\{|\{[@:]?[A-Za-z_]|\{\{")
_DOTTED = re.compile(r"[:@](?<![\w:@][:@])[A-Za-z_]\w*\.")
_SIGNS = frozenset({"$", "@", "#", "{", "&", "&&", ":"})
_OTHERWISE = re.compile(r"\}\s*:\s*\{")
_TEMPLATE_PARAMETER = re.compile(r"<([A-Za-z_@][\w@ ]*),[^<>,\n]{0,40},([^<>\n]*)>")
_DEFAULT = re.compile(r"\{\s*DEFAULT\b[^{}\n]*\}", re.IGNORECASE)


def has_marks(text: str, dialect: str) -> bool:
    """A cheap look: False where no parameter can be."""
    if ("{" in text or "$(" in text) and _BRACED.search(text) is not None:
        return True
    if dialect == "oracle":
        return "&" in text or (":" in text and _DOTTED.search(text) is not None)
    if dialect in _TSQL:
        return ("@" in text and _DOTTED.search(text) is not None) or (
            "<" in text and _TEMPLATE_PARAMETER.search(text) is not None
        )
    return ":" in text and _DOTTED.search(text) is not None


def mask(text: str, dialect: str) -> str:
    """The text with what only a template processor reads blanked; every other character keeps its place.

    SqlRender's `{condition}?{then}:{else}` keeps its first branch
    (https://ohdsi.github.io/SqlRender/articles/UsingSqlRender.html), Management Studio's `<name, type, default>` its
    default, or its name if it has none.
    """
    if dialect in _TSQL and "<" in text:
        text = _TEMPLATE_PARAMETER.sub(_template_default, text)
    if "{" in text and (_CONDITION.search(text) is not None or _DEFAULT.search(text) is not None):
        text = _mask_conditions(_DEFAULT.sub(lambda match: _spaces(match.group()), text))
    return text


def _template_default(match: re.Match[str]) -> str:
    written = match.group()
    value = match.group(2).strip() or match.group(1).strip()
    if (
        match.string[match.start() - 1 : match.start()] == "["
        and match.string[match.end() : match.end() + 1] == "]"
    ):
        return written
    return value + _spaces(written[len(value) :])


def _spaces(text: str) -> str:
    """Blanks of the same length; line ends stay."""
    return "".join(character if character in "\r\n" else " " for character in text)


def _mask_conditions(text: str) -> str:
    characters = list(text)
    # Open braces: (offset, role), role "" an ordinary one, "then" and "else" the branches of a condition.
    opened: list[tuple[int, str]] = []
    at = 0
    role = ""
    while at < len(text):
        character = text[at]
        if character == "{":
            opened.append((at, role))
            role = ""
        elif character == "}" and opened:
            start, was = opened.pop()
            condition = _CONDITION.match(text, at)
            otherwise = _OTHERWISE.match(text, at) if was == "then" else None
            if was == "then":
                characters[start] = characters[at] = " "
            elif was == "else":
                _blank(characters, start, at + 1)
            if condition is not None and not was:
                _blank(characters, start, condition.end() - 1)
                role, at = "then", condition.end() - 1
                continue
            if otherwise is not None:
                _blank(characters, at, otherwise.end() - 1)
                role, at = "else", otherwise.end() - 1
                continue
        at += 1
    return "".join(characters)


def _blank(characters: list[str], start: int, end: int) -> None:
    for index in range(start, end):
        if characters[index] not in "\r\n":
            characters[index] = " "


def merge(tokens: list[Token], text: str, dialect: str) -> list[Token]:
    """The tokens with each client parameter, and the name it is glued to, as one VAR token."""
    merged: list[Token] = []
    index = 0
    size = len(tokens)
    while index < size:
        token = tokens[index]
        end = _parameter_end(tokens, index, text, dialect) if token.text in _SIGNS else index
        if end == index:
            merged.append(token)
            index += 1
            continue
        first = token
        # Glued to a name before it (`stage_${env}`) and after it (`${env}_stage`).
        if merged and merged[-1].token_type in _NAME and merged[-1].end + 1 == token.start:
            first = merged.pop()
        last = tokens[end - 1]
        while end < size and tokens[end].start == last.end + 1:
            following = _parameter_end(tokens, end, text, dialect) if tokens[end].text in _SIGNS else end
            if following > end:
                end = following
            elif tokens[end].token_type in _NAME or tokens[end].text[:1] == "_":
                end += 1
            else:
                break
            last = tokens[end - 1]
        written = text[first.start : last.end + 1]
        merged.append(
            Token(
                TokenType.VAR,
                written,
                last.line,
                last.col,
                first.start,
                last.end,
                first.comments + last.comments,
            )
        )
        index = end
    return merged


def _parameter_end(tokens: list[Token], index: int, text: str, dialect: str) -> int:
    """Index after the parameter that starts at `index`, or `index` if none does."""
    token = tokens[index]
    mark = token.text
    size = len(tokens)
    if token.token_type in (TokenType.STRING, TokenType.IDENTIFIER) or len(mark) > 2:
        return index
    if mark in ("$", "@", "#") and index + 1 < size and tokens[index + 1].text in ("{", "("):
        if mark != "$" and tokens[index + 1].text == "(":
            return index
        return _bracketed(tokens, index + 1) or index
    if mark == "{" and index + 1 < size:
        end = _bracketed(tokens, index)
        if end and (tokens[end - 2].text[:1].isalpha() or tokens[index + 1].text == "@"):
            return end
        return index
    if mark in ("&", "&&") and dialect == "oracle" and index + 1 < size and _adjacent(tokens, index):
        name = tokens[index + 1]
        if name.text[:1].isalnum() or name.text[:1] == "_":
            end = index + 2
            if name.text.endswith("."):
                return end
            # The first dot ends the parameter's name, the second one separates: &schema..table
            if (
                end + 1 < size
                and tokens[end].token_type == TokenType.DOT
                and tokens[end].start == name.end + 1
            ):
                if tokens[end + 1].start == tokens[end].end + 1:
                    return end + 1 if tokens[end + 1].token_type == TokenType.DOT else end
            return end
    # `@schema.table` is SqlRender's, written for T-SQL; elsewhere it is a stage (Snowflake).
    if (mark == ":" or (mark == "@" and dialect in _TSQL)) and index + 2 < size and _adjacent(tokens, index):
        name, dot = tokens[index + 1], tokens[index + 2]
        if dot.token_type == TokenType.DOT and dot.start == name.end + 1 and name.token_type == TokenType.VAR:
            before = tokens[index - 1] if index else None
            if before is None or before.end + 1 < token.start or before.text in ("(", ",", ".", "["):
                return index + 2
    return index


def _adjacent(tokens: list[Token], index: int) -> bool:
    return tokens[index].end + 1 == tokens[index + 1].start


def _bracketed(tokens: list[Token], index: int) -> int:
    """Index after `{name}` or `(name)` opened at `index`, its parts glued together; 0 if it is something else."""
    closer = _CLOSERS[tokens[index].text]
    end = index + 1
    while end < min(len(tokens), index + 8):
        if tokens[end].text == closer:
            return end + 1 if end > index + 1 else 0
        if not (_WORDLIKE.match(tokens[end].text) or tokens[end].text in ("@", ":", "{", "}")):
            return 0
        end += 1
    return 0
