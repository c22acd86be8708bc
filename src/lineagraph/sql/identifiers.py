"""Identifiers folded by each dialect's own case rules, so that two spellings of one name compare equal.

The folded form is chosen so that names also meet across dialects: what was written unquoted folds to lower case
everywhere, also where the database itself folds to upper case. A quoted identifier that an unquoted one could not
reach keeps its case (PostgreSQL's `"Orders"`), and one that would collide with the unquoted form keeps its quotes
(Snowflake's `"orders"`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_FOLD_UP = frozenset({"snowflake", "oracle", "exasol", "db2"})
"""Unquoted names are upper case in the catalog; quoted ones are exact."""

_FOLD_DOWN = frozenset({"postgres", "materialize", "risingwave", "", "ansi"})
"""Unquoted names are lower case in the catalog; quoted ones are exact. SQL:2016 folds up, which compares the same."""

_SENSITIVE = frozenset({"clickhouse"})
"""Every name is exact."""

_SENSITIVE_TABLES = frozenset({"bigquery", "mysql", "doris", "starrocks", "singlestore"})
"""Tables are exact (MySQL on Linux, lower_case_table_names=0), columns and aliases are not."""


def keeps_case(dialect: str, *, table: bool = False) -> bool:
    """Whether a name written without quotes is compared as it is written."""
    return dialect in _SENSITIVE or (table and dialect in _SENSITIVE_TABLES)


def fold(text: str, quoted: bool, dialect: str, *, table: bool = False) -> str:
    """The form of an identifier that is compared. `table`: it names a dataset or one of its containers."""
    if dialect in _FOLD_UP:
        if not quoted:
            return text.lower()
        if text == text.upper():
            return text.lower()
        return f'"{text}"' if text == text.lower() else text
    if dialect in _FOLD_DOWN:
        return text if quoted else text.lower()
    return text if keeps_case(dialect, table=table) else text.lower()


def quote_part(part: str) -> str:
    """A part of a qualified name, in double quotes where it could not be told apart otherwise."""
    if ("." in part or '"' in part) and not (
        len(part) > 1 and part[0] == part[-1] == '"' and "." not in part
    ):
        return '"' + part.replace('"', '""') + '"'
    return part


def dataset_key(parts: Sequence[str]) -> str:
    """Folded parts, outermost first, as one key: `shop.orders`, `"odd.name".orders`."""
    if len(parts) == 1:
        return parts[0] if "." not in parts[0] and '"' not in parts[0] else quote_part(parts[0])
    return ".".join([p if "." not in p and '"' not in p else quote_part(p) for p in parts])


def split_name(text: str) -> list[tuple[str, bool]]:
    """Parts of a name a person typed, each with whether it was quoted: `a."b.c"` → [("a", False), ("b.c", True)]."""
    parts: list[tuple[str, bool]] = []
    current: list[str] = []
    quoted = False
    closing = ""
    i = 0
    while i < len(text):
        char = text[i]
        if closing:
            if char == closing:
                if text[i + 1 : i + 2] == closing:
                    current.append(char)
                    i += 1
                else:
                    closing = ""
            else:
                current.append(char)
        elif char in '"`[' and not current:
            closing = "]" if char == "[" else char
            quoted = True
        elif char == ".":
            parts.append(("".join(current), quoted))
            current, quoted = [], False
        else:
            current.append(char)
        i += 1
    parts.append(("".join(current), quoted))
    return parts


def spelled_key(key: str, spellings: Mapping[str, str]) -> str:
    """A dataset's key with its parts as they were first written."""
    if not spellings or "/" in key:
        return key
    if '"' in key:
        return spellings.get(key, key)
    return ".".join([spellings.get(part, part) for part in key.split(".")])
