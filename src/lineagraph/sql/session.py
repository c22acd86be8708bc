"""What moves unqualified names to another schema: SET search_path, SET SCHEMA, ALTER SESSION, USE … → `Use`."""

from __future__ import annotations

from sqlglot import expressions as exp
from sqlglot.tokens import Token, TokenType

from lineagraph.sql.facts import Use
from lineagraph.sql.identifiers import split_name
from lineagraph.sql.phrases import STRINGS, at, bracketed, find, follows, is_string, items, name_end
from lineagraph.sql.state import StatementState

_PATH = ("SET SESSION|LOCAL? SEARCH_PATH TO|=?", "RESET SEARCH_PATH")
_SCHEMA = (
    "SET SESSION|LOCAL|CURRENT? SCHEMA =|TO?",
    "SET CURRENT_SCHEMA =?",
    "SET CURRENT SQLID =",
    "SET NAMESPACE",
    "USE NAMESPACE|KEYSPACE|SCHEMA",
    "OPEN SCHEMA",
    "SET @ @ DATASET_ID =",
)
_DATABASE = (
    "SET CURRENT? CATALOG =?",
    "SET SESSION? DATABASE =?",
    "\\ C|CONNECT",
    "SET @ @ DATASET_PROJECT_ID =",
    "USE CATALOG",
)
_DEFAULT_PATH = ("public",)
"""PostgreSQL's default is "$user", public; nobody knows whose file it is."""


def sets_session(tokens: list[Token]) -> bool:
    """Is this one of the forms that `read_session` reads?"""
    return bool(
        _set_config(tokens) or _altered_session(tokens) or _phrase(tokens, (*_PATH, *_SCHEMA, *_DATABASE))
    )


def read_session(tokens: list[Token], state: StatementState) -> bool:
    """Append the `Use` of a statement that changes where names are looked up; False if it does not."""
    arguments = _set_config(tokens)
    if arguments:
        schemas = _split_path(arguments[1].text, state) if arguments[1].token_type in STRINGS else ()
        return _use(None, schemas, state)
    index = _altered_session(tokens)
    if index:
        return _qualified(tokens, index, state, outer_first=False)
    index = _phrase(tokens, _PATH)
    if index:
        return _read_path(tokens, index, state)
    index = _phrase(tokens, _SCHEMA)
    if index:
        return _qualified(tokens, index, state, outer_first=False)
    index = _phrase(tokens, _DATABASE)
    if index or (at(tokens, 0) == "DATABASE" and len(tokens) == 2):
        return _qualified(tokens, index or 1, state, outer_first=state.dialect != "teradata")
    return False


def _phrase(tokens: list[Token], phrases: tuple[str, ...]) -> int:
    for phrase in phrases:
        index = follows(tokens, 0, phrase)
        if index and (index < len(tokens) or phrase.startswith("RESET")):
            return index
    return 0


def _altered_session(tokens: list[Token]) -> int:
    """ALTER SESSION SET CURRENT_SCHEMA = x (Oracle; Snowflake's USE by another name)."""
    return follows(tokens, 0, "ALTER SESSION SET CURRENT_SCHEMA =")


def _set_config(tokens: list[Token]) -> list[Token]:
    """The arguments of PostgreSQL's SELECT [pg_catalog.]set_config('search_path', …, …)."""
    index = follows(tokens, 0, "SELECT SET_CONFIG (") or follows(
        tokens, 0, "SELECT PG_CATALOG . SET_CONFIG ("
    )
    arguments = bracketed(tokens, index - 1) if index else []
    if len(arguments) > 1 and arguments[0][0].text.lower() == "search_path":
        return [argument[0] for argument in arguments]
    return []


def _use(database: str | None, schemas: tuple[str, ...], state: StatementState) -> bool:
    if database is not None or schemas:
        state.effects.append(Use(database, schemas))
    return True


def _split_path(text: str, state: StatementState) -> tuple[str, ...]:
    """`mart, "$user", public` inside of a string."""
    return tuple(
        _folded(name, quoted, state)
        for name, quoted in split_name(text.replace(",", ".").replace(" ", ""))
        if name.strip("$") != "user" and name
    )


def _folded(text: str, quoted: bool, state: StatementState) -> str:
    return state.names.table(exp.Identifier(this=text, quoted=quoted))


def _read_path(tokens: list[Token], index: int, state: StatementState) -> bool:
    schemas: list[str] = []
    for item in items(tokens[index:]):
        token = item[0]
        if at(item, 0) == "DEFAULT":
            schemas.extend(_DEFAULT_PATH)
        elif token.token_type in STRINGS and ("," in token.text or state.dialect == "duckdb"):
            schemas.extend(_split_path(token.text, state))
        elif token.text.lstrip("$").lower() != "user" and token.text != "$":
            schemas.append(_folded(token.text, token.token_type == TokenType.IDENTIFIER, state))
    if index == len(tokens):
        schemas.extend(_DEFAULT_PATH)
    return _use(None, tuple(schemas), state)


def _qualified(tokens: list[Token], index: int, state: StatementState, *, outer_first: bool) -> bool:
    """`schema`, `database.schema`, 'schema'; with `outer_first` a single name is the database."""
    if is_string(tokens, index):
        parts = [(name, quoted) for name, quoted in split_name(tokens[index].text) if name]
    else:
        named = tokens[index : name_end(tokens, index)]
        parts = [
            (t.text, t.token_type == TokenType.IDENTIFIER) for t in named if t.token_type != TokenType.DOT
        ]
        if not named or at(named, 0) in ("@", "$", ":", "%") or find(named, ["("]) >= 0:
            return False
    folded = [_folded(name, quoted, state) for name, quoted in parts]
    if not folded or folded == ["default"]:
        return True
    if len(folded) > 1:
        return _use(folded[-2], (folded[-1],), state)
    return _use(folded[0], (), state) if outer_first else _use(None, (folded[0],), state)
