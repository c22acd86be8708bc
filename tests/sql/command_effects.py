"""Reads statements the way extraction does with those sqlglot has no AST for, and writes effects as short lines."""

from __future__ import annotations

from sqlglot import expressions as exp
from sqlglot.errors import ParseError
from sqlglot.tokens import Token

from lineagraph.sql import definitions, scopes, writes
from lineagraph.sql.commands import read_command
from lineagraph.sql.facts import Change, Create, Effect, Output, Select, SetOperation, Synonym, Table, Use
from lineagraph.sql.lexing import quiet, toolkit
from lineagraph.sql.state import Names, Readers, StatementState
from lineagraph.sql.token_rewrites import rewrite


def tokens_of(sql: str, dialect: str) -> list[Token]:
    return toolkit(dialect).tokenize(sql)


def new_state(sql: str, tokens: list[Token], dialect: str) -> StatementState:
    readers = Readers(scopes.read_query, writes.read_dml, scopes.read_output, scopes.enter_ctes)
    return StatementState(sql, tokens, Names(dialect), readers)


def command(sql: str, dialect: str) -> tuple[bool, StatementState]:
    """Whether `read_command` understands the statement, and the state it filled."""
    tokens = tokens_of(sql, dialect)
    state = new_state(sql, tokens, dialect)
    return read_command(tokens, state), state


def rewritten(sql: str, dialect: str) -> tuple[list[Token] | None, StatementState]:
    """The rewritten tokens, and the state that their AST fills; None if they do not parse."""
    tokens = tokens_of(sql, dialect)
    state = new_state(sql, tokens, dialect)
    changed = rewrite(tokens, dialect)
    if changed is None:
        return None, state
    try:
        with quiet():
            ast = toolkit(dialect).parse(changed, sql, 100_000)
    except ParseError:
        return None, state
    if isinstance(ast, exp.Command):
        return None, state
    if isinstance(ast, exp.DML):
        state.read_dml(ast)
    elif isinstance(ast, exp.Create):
        definitions.read_create(ast, state)
    elif isinstance(ast, exp.TruncateTable):
        definitions.read_truncate(ast, state)
    elif isinstance(ast, exp.Query):
        state.read_query(ast)
    return changed, state


def lines(state: StatementState) -> list[str]:
    """The effects as lines: `t(a) << [x] s`, `RENAME a -> b`, `USE db: schema`; a query alone as its relation."""
    if not state.effects and state.relations:
        return [_relation(len(state.relations) - 1, state)]
    return [_line(effect, state) for effect in state.effects]


def _line(effect: Effect, state: StatementState) -> str:
    if isinstance(effect, Use):
        return f"USE {effect.database or ''}: {', '.join(effect.schemas)}".rstrip()
    if isinstance(effect, Synonym):
        return f"SYNONYM {_relation(effect.name, state)} = {_relation(effect.target, state)}"
    target = _relation(effect.target, state)
    if isinstance(effect, Change):
        line = f"{effect.kind} {target}"
        line += f" -> {_relation(effect.other, state)}" if effect.other >= 0 else ""
        line += "".join(f" +{column.name}" for column in effect.added)
        line += "".join(f" -{name}" for name in effect.dropped)
        line += "".join(f" {old}>{new}" for old, new in effect.renamed)
        return line + (f" : {_relation(effect.relation, state)}" if effect.relation >= 0 else "")
    if isinstance(effect, Create):
        columns = [column.name for column in effect.columns] or list(effect.names)
        line = f"CREATE {effect.kind} {target}" + (f"({', '.join(columns)})" if columns else "")
        line += f" LIKE {_relation(effect.like, state)}" if effect.like >= 0 else ""
        return line + (f" << {_relation(effect.relation, state)}" if effect.relation >= 0 else "")
    columns = f"({', '.join(effect.columns)})" if effect.columns else ""
    how = "<<=" if effect.by_name else "<<"
    return f"{target}{columns} {how} {_relation(effect.relation, state)}"


def _relation(index: int, state: StatementState) -> str:
    relation = state.relations[index]
    if isinstance(relation, Table):
        return ".".join(relation.parts)
    if isinstance(relation, Select):
        outputs = [
            (output.name + (":" + "+".join(ref.name for ref in output.refs) if output.refs else ""))
            if isinstance(output, Output)
            else "*"
            for output in relation.outputs
        ]
        sources = " ".join(_relation(source.relation, state) for source in relation.sources)
        influences = "".join(f" ?{ref.name}" for ref in relation.influences)
        return f"[{', '.join(outputs)}] {sources}".rstrip() + influences
    if isinstance(relation, SetOperation):
        return f"{_relation(relation.left, state)} {relation.operator} {_relation(relation.right, state)}"
    return type(relation).__name__.lower()
