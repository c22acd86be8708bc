"""Names, queries and statements inside of a command: their tokens → relations and effects of a `StatementState`."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from lineagraph.model import DatasetKind
from lineagraph.sql import definitions, writes
from lineagraph.sql.facts import ColumnDef, Create, Select, Source, Star, Table, Write
from lineagraph.sql.identifiers import split_name
from lineagraph.sql.lexing import quiet, toolkit
from lineagraph.sql.phrases import at, first_word, is_string, name_end, quoted_sql, stand_in
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import add_table
from lineagraph.sql.token_rewrites import main_verb, rewrite

_MAX_NODES = 1_000_000
"""A bound like the one on whole statements (`lexing.NODES_PER_SECOND`)."""


def parse(tokens: list[Token], state: StatementState) -> Any:
    """The AST of a statement or a slice of one, rewritten if need be; None where it cannot be parsed.

    Also for whole statements that `read_command` leaves: a bare query has an AST after `rewrite`, but no effects.
    """
    rewritten = rewrite(tokens, state.dialect)
    misread = first_word(tokens, main_verb(tokens)) in ("DELETE", "DEL", "MERGE")
    for candidate in (rewritten, tokens) if misread else (tokens, rewritten):
        if not candidate:
            continue
        try:
            with quiet():
                ast = toolkit(state.dialect).parse(candidate, state.text, _MAX_NODES)
        except (
            ParseError,
            RecursionError,
            MemoryError,
            ValueError,
            TypeError,
            AttributeError,
            KeyError,
            IndexError,
        ):
            # the latter are sqlglot's own slips on odd input (None.name …)
            continue
        if isinstance(ast, exp.Expr) and ast.find(exp.Command) is None:
            return ast
    return None


def read_query(tokens: list[Token], state: StatementState) -> int:
    """Add the relation of a query given by its tokens (brackets around it are fine); -1 if they are no query."""
    while len(tokens) > 1 and at(tokens, 0) == "(" and at(tokens, -1) == "" and tokens[-1].text == ")":
        tokens = tokens[1:-1]
    ast = parse(tokens, state)
    return state.read_query(ast) if isinstance(ast, (exp.Query, exp.Values)) else -1


def read_quoted_query(token: Token, state: StatementState) -> int:
    """Add the relation of a query inside a string; -1 if it is none. Its spans are those inside the string."""
    try:
        tokens = quoted_sql(token, state.text, state.dialect)
    except TokenError:
        return -1
    inner = copy.copy(
        state
    )  # shares relations and effects; only the tokens, where spans are looked up, are its own
    inner.tokens = tokens
    return read_query(tokens, inner)


def read_statement(tokens: list[Token], state: StatementState) -> int:
    """Add the effects of an embedded statement; returns the relation of the rows it hands on, -1 if there is none."""
    ast = parse(tokens, state)
    if isinstance(ast, exp.DML):
        return state.read_dml(ast)
    if isinstance(ast, exp.MultitableInserts):
        writes.read_multitable_insert(ast, state)
    elif isinstance(ast, exp.Create):
        definitions.read_create(ast, state)
    elif isinstance(ast, exp.TruncateTable):
        definitions.read_truncate(ast, state)
    elif isinstance(ast, exp.Query):
        return state.read_query(ast)
    else:
        return -1
    return state.add(Select(depth=state.depth)) if state.effects else -1


def add_name(tokens: Sequence[Token], state: StatementState) -> int:
    """Add the dataset named by tokens, or by the address in a string; -1 where they are no name."""
    if not tokens:
        return -1
    if is_string(tokens, 0):
        return add_address(tokens[0], state)
    ast = parse([*stand_in("SELECT * FROM", tokens[0], state.dialect), *tokens], state)
    from_ = ast.args.get("from_") if isinstance(ast, exp.Select) else None
    table = from_.args["this"] if from_ is not None else None
    return add_table(table, state) if isinstance(table, exp.Table) else -1


def add_name_at(tokens: Sequence[Token], index: int, state: StatementState) -> int:
    return add_name(tokens[index : name_end(tokens, index)], state)


def add_address(token: Token, state: StatementState) -> int:
    """Add the file, stage or URL whose address a string is."""
    return state.add(Table((token.text,), token.start, token.end + 1, kind=DatasetKind.EXTERNAL_FILE))


def add_parts(parts: Sequence[str], quoted: Sequence[bool], token: Token, state: StatementState) -> int:
    folded = tuple(
        state.names.table(exp.Identifier(this=part, quoted=is_quoted))
        for part, is_quoted in zip(parts, quoted, strict=True)
    )
    return state.add(Table(folded, token.start, token.end + 1))


def add_quoted_name(token: Token, state: StatementState) -> int:
    """Add the dataset whose (qualified) name is the content of a string."""
    parts = [part for part in split_name(token.text.strip()) if part[0]]
    return add_parts([p for p, _ in parts], [q for _, q in parts], token, state) if parts else -1


def sibling(relation: int, name: Sequence[Token], state: StatementState) -> int:
    """Add the dataset that a RENAME makes: an unqualified new name stays in the schema of the old."""
    new = add_name(name, state)
    old = state.relations[relation]
    if new < 0 or not isinstance(old, Table):
        return new
    table = state.relations[new]
    if isinstance(table, Table) and len(table.parts) == 1 and len(old.parts) > 1 and not table.kind:
        state.relations[new] = Table((*old.parts[:-1], *table.parts), table.start, table.end)
    return new


def all_rows(relation: int, state: StatementState) -> int:
    """Add `SELECT *` over a relation."""
    return state.add(Select((Source(relation),), (Star(),), depth=state.depth))


def flow(target: int, source: int, state: StatementState, *, overwrite: bool = False) -> None:
    """Every row of `source` goes into `target`, column by column of the same name."""
    state.effects.append(Write(target, all_rows(source, state), by_name=True, overwrite=overwrite))


def define(target: int, kind: str, relation: int, state: StatementState, *, replace: bool = False) -> None:
    state.effects.append(Create(target, kind, relation=relation, replace=replace))


def column_definitions(tokens: Sequence[Token], state: StatementState) -> tuple[ColumnDef, ...]:
    """The columns of a list of definitions (without its brackets); types and generated columns as far as they parse."""
    if not tokens:
        return ()
    anchor = tokens[0]
    dialect = state.dialect
    ast = parse(
        [*stand_in("CREATE TABLE x_ (", anchor, dialect), *tokens, *stand_in(")", tokens[-1], dialect)], state
    )
    schema = ast.args.get("this") if isinstance(ast, exp.Create) else None
    if not isinstance(schema, exp.Schema):
        return ()
    return tuple(
        definitions.column_definition(item, state)
        for item in schema.args.get("expressions") or ()
        if isinstance(item, exp.ColumnDef)
    )


def column_name(token: Token, state: StatementState) -> str:
    return state.names.column(
        exp.Identifier(this=token.text, quoted=token.token_type == TokenType.IDENTIFIER)
    )
