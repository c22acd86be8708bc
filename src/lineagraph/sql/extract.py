"""The front door of the front end: (text, dialect, template context) → `FileFacts`. Pure, and raises for no text."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from sqlglot import expressions as exp

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import DatasetKind, RoutineKind, Span
from lineagraph.sql import copies, definitions, projections, scopes, writes
from lineagraph.sql.commands import read_command
from lineagraph.sql.creations import read_external_source
from lineagraph.sql.decode import line_starts, span_of
from lineagraph.sql.embedded import parse as parse_embedded
from lineagraph.sql.facts import EXTRACTOR_VERSION, Create, FileFacts, Relation, Statement, Table
from lineagraph.sql.lexing import is_blank, quiet
from lineagraph.sql.misreads import misread
from lineagraph.sql.routines import called_routine
from lineagraph.sql.stack import deep_recursion
from lineagraph.sql.state import Names, Readers, StatementState
from lineagraph.sql.statements import Parsed, Script, parse_script
from lineagraph.sql.templates import Rendered, TemplateContext, looks_templated, render
from lineagraph.sql.variables import declared_names, listed_names

_PARSER_CODES = frozenset({Code.PARSE_ERROR, Code.UNSUPPORTED_STATEMENT})
_LIMIT_CODES = frozenset({Code.TOO_DEEP, Code.PARSE_TIMEOUT})

_READERS = Readers(scopes.read_query, writes.read_dml, projections.read_output, scopes.enter_ctes)


def extract(
    text: str, dialect: str = "", *, template: TemplateContext | None = None, budget_seconds: float = 10.0
) -> FileFacts:
    """Facts of one file's text. `dialect` is one of sqlglot's names (`ansi` is its base dialect).

    A templated text is rendered first, with `template` or an empty context. `budget_seconds` bounds the parsing of each
    statement; what takes longer is a diagnostic.
    """
    if dialect == "ansi":
        dialect = ""
    try:
        with quiet(), deep_recursion():
            return _extract(text, dialect, template, budget_seconds)
    except Exception as error:  # noqa: BLE001 - a slip of ours must cost no more than the file
        message = f"the file could not be read: {type(error).__name__}: {error}"
        lost = Diagnostic(Code.INTERNAL_ERROR, Severity.ERROR, message, Span(1, 1, 1, 1))
        return FileFacts(EXTRACTOR_VERSION, dialect, diagnostics=(lost,), line_starts=line_starts(text))


def _extract(text: str, dialect: str, template: TemplateContext | None, budget_seconds: float) -> FileFacts:
    rendered: Rendered | None = None
    diagnostics: list[Diagnostic] = []
    if template is not None or ("{" in text and looks_templated(text)):
        rendered = render(text, template or TemplateContext())
        text = rendered.text
        diagnostics.extend(rendered.diagnostics)
    script = parse_script(text, dialect, budget_seconds=budget_seconds)
    diagnostics.extend(script.diagnostics)
    names = Names(dialect)
    names.templated = rendered is not None
    variables = [declared_names(text[routine.start : routine.end]) for routine in script.routines]
    statements = [
        _read_statement(number, parsed, text, names, script, diagnostics, variables)
        for number, parsed in enumerate(script.statements, 1)
    ]
    if rendered is not None and template is not None and template.this:
        statements = _as_model(statements, template.this, rendered, names)
    statements = [_as_table_function(statement, statements, script, text, names) for statement in statements]
    if not statements and not diagnostics and not is_blank(text, dialect):
        message = "no statement was found in this text"
        hint = "check that the file is SQL, and of this dialect"
        diagnostics.append(
            Diagnostic(Code.UNSUPPORTED_STATEMENT, Severity.WARNING, message, Span(1, 1, 1, 1), hint=hint)
        )
    source_lines = rendered.source_lines if rendered is not None else ()
    if source_lines:
        diagnostics = rendered_diagnostics(diagnostics, rendered)
    return FileFacts(
        EXTRACTOR_VERSION,
        dialect,
        tuple(statements),
        tuple(
            msgspec.structs.replace(routine, variables=tuple(sorted(declared)))
            for routine, declared in zip(script.routines, variables, strict=True)
        ),
        tuple(diagnostics),
        names.spellings(),
        names.table_spellings(),
        script.line_starts,
        source_lines,
    )


_RETURNS_ROWS = re.compile(
    r"\bRETURNS\s+(?:TABLE|SETOF)\b\s*(\([^()]*(?:\([^()]*\)[^()]*)*\))?", re.IGNORECASE
)


def _as_table_function(
    statement: Statement, statements: list[Statement], script: Script, text: str, names: Names
) -> Statement:
    """The one query of a function that RETURNS TABLE makes the dataset that callers read."""
    if statement.query < 0 or statement.routine < 0 or statement.effects:
        return statement
    routine = script.routines[statement.routine]
    header = _RETURNS_ROWS.search(text, routine.start, max(statement.start, routine.start))
    siblings = [s for s in statements if s.routine == statement.routine and (s.query >= 0 or s.effects)]
    if routine.kind != RoutineKind.FUNCTION or header is None or len(siblings) != 1:
        return statement
    declared = (header.group(1) or "")[1:-1]
    columns = tuple(names.text(name) for name in listed_names(declared))
    target = Table(tuple(names.dataset(part) for part in routine.parts), kind=DatasetKind.TABLE_FUNCTION)
    effect = Create(
        len(statement.relations), DatasetKind.TABLE_FUNCTION, names=columns, relation=statement.query
    )
    return msgspec.structs.replace(
        statement,
        relations=(*statement.relations, target),
        effects=(effect,),
        query=-1,
        kind="create function",
    )


_MODEL_KINDS = {
    "table": "table",
    "incremental": "table",
    "snapshot": "table",
    "materialized_view": "materialized_view",
}


def _as_model(statements: list[Statement], this: str, rendered: Rendered, names: Names) -> list[Statement]:
    """A template that is one bare SELECT builds the relation it is named after, as dbt does."""
    queries = [statement for statement in statements if statement.query >= 0]
    if len(queries) != 1 or any(statement.effects for statement in statements):
        return statements
    config = rendered.config
    name = str(config.get("alias") or this)
    parts = [str(config[key]) for key in ("database", "schema") if config.get(key)] + [name]
    kind = _MODEL_KINDS.get(str(config.get("materialized") or "view"), "view")
    query = queries[0]
    target = Table(tuple(names.dataset(part) for part in parts))
    model = msgspec.structs.replace(
        query,
        kind="model",
        relations=(*query.relations, target),
        effects=(Create(len(query.relations), kind, relation=query.query),),
        query=-1,
    )
    return [model if statement is query else statement for statement in statements]


def rendered_diagnostics(diagnostics: list[Diagnostic], rendered: Rendered | None) -> list[Diagnostic]:
    """Spans of the rendered text moved to the lines of the template; the template's own diagnostics are there
    already.
    """
    if rendered is None:
        return diagnostics
    own = len(rendered.diagnostics)
    lines = rendered.source_lines

    def moved(span: Span) -> Span:
        first = lines[min(span.start_line, len(lines)) - 1]
        last = lines[min(span.end_line, len(lines)) - 1]
        return Span(first, span.start_column, max(first, last), span.end_column)

    mapped = [
        Diagnostic(
            d.code,
            d.severity,
            d.message,
            moved(d.span) if d.span else None,
            d.statement,
            d.hint,
            d.candidates,
        )
        for d in diagnostics[own:]
    ]
    return diagnostics[:own] + mapped


def _read_statement(
    number: int,
    parsed: Parsed,
    text: str,
    names: Names,
    script: Script,
    diagnostics: list[Diagnostic],
    variables: list[frozenset[str]],
) -> Statement:
    try:
        return _understand(number, parsed, text, names, script, diagnostics, variables)
    except RecursionError:
        code, message = Code.TOO_DEEP, "the statement is nested too deep to follow"
    except Exception as error:  # noqa: BLE001 - one statement that we cannot read must not cost its file
        code = Code.INTERNAL_ERROR
        message = f"{parsed.kind} could not be read: {type(error).__name__}: {error}"
        if parsed.ast is not None and _is_incomplete(parsed.ast):
            code, message = Code.PARSE_ERROR, f"a part of this {parsed.kind} is missing"
    diagnostics.append(_skipped(number, parsed, script, code, message))
    return Statement(number, parsed.kind, parsed.start, parsed.end, "failed", routine=parsed.routine)


def _understand(
    number: int,
    parsed: Parsed,
    text: str,
    names: Names,
    script: Script,
    diagnostics: list[Diagnostic],
    variables: list[frozenset[str]],
) -> Statement:
    ast = parsed.ast
    if ast is not None and misread(parsed.tokens, names.dialect):
        ast = None
    state = StatementState(text, parsed.tokens, names, _READERS)
    state.templated = names.templated
    if parsed.routine >= 0:
        state.parameters = variables[parsed.routine]
    outcome = parsed.outcome
    query = -1
    calls: tuple[tuple[str, ...], ...] = ()
    if (
        (ast is None or ast.__class__ is exp.Command)
        and parsed.tokens
        and not _given_up(number, parsed, diagnostics)
    ):
        understood = read_command(parsed.tokens, state)
        if not understood:
            # a bare query in words that the parser refuses
            ast = parse_embedded(parsed.tokens, state)
            understood = ast is not None and ast.__class__ is not exp.Command
        if understood:
            # what the parser said of it does not count
            diagnostics[:] = [d for d in diagnostics if d.statement != number or d.code not in _PARSER_CODES]
            outcome = "parsed"
    if ast is not None and ast.__class__ is not exp.Command and not state.effects:
        query = _read_ast(ast, state)
        if ast.__class__ is exp.Create and "EXTERNAL" in text[parsed.start : parsed.end].upper():
            read_external_source(parsed.tokens, state)
        called = called_routine(parsed)
        if called:
            calls = (tuple(names.text(part) for part in called),)
    if state.calls:
        calls = (*calls, *state.calls)
    relations: tuple[Relation, ...] = tuple([r for r in state.relations if r is not None])
    if len(relations) != len(state.relations):
        raise AssertionError("a relation slot was reserved and never filled")
    if outcome == "parsed" and query < 0 and not state.effects and not calls:
        outcome = "ignored"
    return Statement(
        number,
        parsed.kind,
        parsed.start,
        parsed.end,
        outcome,
        relations,
        tuple(state.effects),
        query,
        parsed.routine,
        calls,
    )


def _is_incomplete(ast: Any) -> bool:
    """Does the parser's tree lack what it says itself it must have? Then the SQL is wrong, and it let that pass."""
    if ast.__class__ is exp.Insert and ast.args.get("this") is None:
        return True
    return any(
        not node.args[name] for node in ast.walk() for name in node.required_args if name in node.args
    ) or any(node.error_messages() for node in ast.walk())


def _given_up(number: int, parsed: Parsed, diagnostics: list[Diagnostic]) -> bool:
    """Was the statement too much for the parser? Then nobody else tries."""
    return parsed.outcome == "failed" and any(
        d.statement == number and d.code in _LIMIT_CODES for d in diagnostics
    )


def _skipped(number: int, parsed: Parsed, script: Script, code: Code, message: str) -> Diagnostic:
    span = span_of(script.line_starts, parsed.start, parsed.end)
    return Diagnostic(code, Severity.ERROR, message, span, number)


def _read_ast(ast: Any, state: StatementState) -> int:
    """Add what a statement reads and does; returns the relation of a bare query, or -1."""
    cls = ast.__class__
    if isinstance(ast, exp.Query) or cls in (exp.Values, exp.Pivot):
        relation = state.read_query(ast)
        select = ast
        while select.__class__ is exp.Subquery or isinstance(select, exp.SetOperation):
            select = select.args["this"]
        if select.__class__ is exp.Select and definitions.select_into(select, relation, state):
            return -1
        return relation
    reader = _STATEMENTS.get(cls)
    if reader is not None:
        reader(ast, state)
    return -1


def _multitable(ast: Any, state: StatementState) -> None:
    writes.read_multitable_insert(ast, state)


def _export(ast: Any, state: StatementState) -> None:
    copies.read_export(ast, state)


_STATEMENTS: dict[type, Any] = {
    exp.Insert: writes.read_dml,
    exp.Update: writes.read_dml,
    exp.Delete: writes.read_dml,
    exp.Merge: writes.read_dml,
    exp.Copy: writes.read_dml,
    exp.MultitableInserts: _multitable,
    exp.LoadData: copies.read_load,
    exp.Export: _export,
    exp.Create: definitions.read_create,
    exp.Drop: definitions.read_drop,
    exp.Alter: definitions.read_alter,
    exp.TruncateTable: definitions.read_truncate,
    exp.Use: definitions.read_use,
    exp.Cache: definitions.read_cache,
    exp.Declare: definitions.read_declare,
    exp.Put: copies.read_put,
}
