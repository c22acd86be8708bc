"""The front door of the front end: (text, dialect, template context) → `FileFacts`. Pure, and raises for no text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from sqlglot import expressions as exp
from sqlglot.tokens import TokenType

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.model import DatasetKind, RoutineKind, Span
from lineagraph.sql import copies, definitions, projections, scopes, writes
from lineagraph.sql.commands import read_command
from lineagraph.sql.creations import read_external_source
from lineagraph.sql.decode import line_starts, span_of
from lineagraph.sql.embedded import parse as parse_embedded
from lineagraph.sql.facts import (
    EXTRACTOR_VERSION,
    Create,
    FileFacts,
    Relation,
    Routine,
    Statement,
    Table,
)
from lineagraph.sql.lexing import is_blank, quiet
from lineagraph.sql.misreads import misread
from lineagraph.sql.packed_facts import Packer
from lineagraph.sql.parsed import Collector, Parsed
from lineagraph.sql.routines import called_routine
from lineagraph.sql.stack import deep_recursion
from lineagraph.sql.state import Names, Readers, StatementState
from lineagraph.sql.statements import collector_of, read_script
from lineagraph.sql.templates import Rendered, TemplateContext, looks_templated, render
from lineagraph.sql.variables import declared_names, listed_names

_PARSER_CODES = frozenset({Code.PARSE_ERROR, Code.UNSUPPORTED_STATEMENT})
_LIMIT_CODES = frozenset({Code.TOO_DEEP, Code.PARSE_TIMEOUT, Code.INTERRUPTED})

_READERS = Readers(scopes.read_query, writes.read_dml, projections.read_output, scopes.enter_ctes)


def extract(
    text: str, dialect: str = "", *, template: TemplateContext | None = None, budget_seconds: float = 10.0
) -> FileFacts:
    """Facts of one file's text. `dialect` is one of sqlglot's names (`ansi` is its base dialect).

    A templated text is rendered first, with `template` or an empty context. `budget_seconds` bounds the parsing of each
    statement; what takes longer is a diagnostic.
    """
    statements: list[Statement] = []
    try:
        head = _extract(text, dialect, template, budget_seconds, statements.append)
    except Exception as error:  # noqa: BLE001 - a slip of ours must cost no more than the file
        return _lost(text, dialect, error)
    return msgspec.structs.replace(head, statements=tuple(statements))


def extract_encoded(
    text: str, dialect: str = "", *, template: TemplateContext | None = None, budget_seconds: float = 10.0
) -> tuple[FileFacts, bytes]:
    """The same facts as `extract` gives, without their statements, and encoded with them (`packed_facts`).

    For texts of any size: as objects, the statements of a file of many small ones take 15 to 40 times the text.
    """
    packer = Packer()
    try:
        head = _extract(text, dialect, template, budget_seconds, packer.add)
    except Exception as error:  # noqa: BLE001 - as in `extract`
        head, packer = _lost(text, dialect, error), Packer()
    return head, packer.finish(head)


def _lost(text: str, dialect: str, error: Exception) -> FileFacts:
    code, message = Code.INTERNAL_ERROR, f"the file could not be read: {type(error).__name__}: {error}"
    if isinstance(error, MemoryError):
        code, message = Code.INTERRUPTED, "not enough memory to read the file"
    lost = Diagnostic(code, Severity.ERROR, message, Span(1, 1, 1, 1))
    dialect = "" if dialect == "ansi" else dialect
    return FileFacts(EXTRACTOR_VERSION, dialect, diagnostics=(lost,), line_starts=line_starts(text))


def _extract(
    text: str,
    dialect: str,
    template: TemplateContext | None,
    budget_seconds: float,
    keep: Callable[[Statement], None],
) -> FileFacts:
    """The facts but for the statements, which are given to `keep` one by one."""
    if dialect == "ansi":
        dialect = ""
    with quiet(), deep_recursion():
        rendered: Rendered | None = None
        if template is not None or ("{" in text and looks_templated(text)):
            rendered = render(text, template or TemplateContext())
            text = rendered.text
        names = Names(dialect)
        names.templated = rendered is not None
        reader = _Reader(collector_of(text, dialect, budget_seconds), names)
        if rendered is not None and template is not None and template.this:
            statements = list(reader.read())
            for statement in _as_model(statements, template.this, rendered, names):
                keep(statement)
        else:
            for statement in reader.read():
                keep(statement)
        return reader.head(rendered)


_RETURNS_ROWS = re.compile(
    r"\bRETURNS\s+(?:TABLE|SETOF)\b\s*(\([^()]*(?:\([^()]*\)[^()]*)*\))?", re.IGNORECASE
)


def _make_table_functions(
    statements: list[Statement], routines: list[Routine], text: str, names: Names
) -> None:
    """The one query of a function that RETURNS TABLE makes the dataset that callers read: its statement is replaced.

    `statements` are all of the routines among them.
    """
    followed: dict[int, list[int]] = {}
    for index, statement in enumerate(statements):
        if statement.routine >= 0 and (statement.query >= 0 or statement.effects):
            followed.setdefault(statement.routine, []).append(index)
    for number, indices in followed.items():
        statement, routine = statements[indices[0]], routines[number]
        if len(indices) == 1 and not statement.effects and routine.kind == RoutineKind.FUNCTION:
            statements[indices[0]] = _as_table_function(statement, routine, text, names)


def _as_table_function(statement: Statement, routine: Routine, text: str, names: Names) -> Statement:
    header = _RETURNS_ROWS.search(text, routine.start, max(statement.start, routine.start))
    if header is None:
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


class _Reader:
    """Facts of a script's statements, one after the other: no syntax tree outlives its statement."""

    def __init__(self, collector: Collector, names: Names) -> None:
        self._collector = collector
        self._names = names
        self._count = 0
        """Statements read so far."""
        self._interrupted = collector.tools.interrupted
        self._said: list[Diagnostic] = []
        """The parser's diagnostics, as far as they still hold."""
        self._diagnostics: list[Diagnostic] = []
        """Those of reading the trees."""
        self._variables: list[frozenset[str]] = []
        """Of each routine, the names it declares."""

    def read(self) -> Iterator[Statement]:
        for _ in read_script(self._collector):
            yield from self._taken()
        yield from self._taken()

    def _taken(self) -> list[Statement]:
        collector = self._collector
        variables = collector.block_variables | collector.script_variables
        taken, said = collector.take()
        if not taken:
            self._said.extend(said)
            return []
        while len(self._variables) < len(collector.routines):
            routine = collector.routines[len(self._variables)]
            self._variables.append(declared_names(collector.text[routine.start : routine.end]))
        statements: list[Statement] = []
        for parsed in taken:
            self._count += 1
            declared = self._variables[parsed.routine] if parsed.routine >= 0 else variables
            statements.append(self._statement(self._count, parsed, said, declared))
        self._said.extend(said)
        self._note_interruption(taken[-1])
        _make_table_functions(statements, collector.routines, collector.text, self._names)
        return statements

    def _note_interruption(self, parsed: Parsed) -> None:
        """An attempt that the clock ended is said even where another one understood the statement."""
        tools = self._collector.tools
        if tools.interrupted == self._interrupted:
            return
        self._interrupted = tools.interrupted
        if not any(d.code == Code.INTERRUPTED and d.statement == self._count for d in self._said):
            span = span_of(self._collector.line_starts, parsed.start, parsed.end)
            message = "not everything in it was tried: it took too long"
            self._diagnostics.append(
                Diagnostic(Code.INTERRUPTED, Severity.WARNING, message, span, self._count)
            )

    def head(self, rendered: Rendered | None) -> FileFacts:
        """All facts but the statements; `rendered` is the template that the text was."""
        names, collector = self._names, self._collector
        diagnostics = [
            *(rendered.diagnostics if rendered is not None else ()),
            *self._said,
            *self._diagnostics,
        ]
        if not self._count and not diagnostics and not is_blank(collector.text, names.dialect):
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
            names.dialect,
            (),
            tuple(
                msgspec.structs.replace(routine, variables=tuple(sorted(declared)))
                for routine, declared in zip(collector.routines, self._variables, strict=True)
            ),
            tuple(diagnostics),
            names.spellings(),
            names.table_spellings(),
            collector.line_starts,
            source_lines,
        )

    def _statement(
        self, number: int, parsed: Parsed, said: list[Diagnostic], variables: frozenset[str]
    ) -> Statement:
        try:
            return self._understand(number, parsed, said, variables)
        except MemoryError:
            code, message = Code.INTERRUPTED, "not enough memory to read the statement"
        except RecursionError:
            code, message = Code.TOO_DEEP, "the statement is nested too deep to follow"
        except Exception as error:  # noqa: BLE001 - one statement that we cannot read must not cost its file
            code = Code.INTERNAL_ERROR
            message = f"{parsed.kind} could not be read: {type(error).__name__}: {error}"
            if parsed.ast is not None and _is_incomplete(parsed.ast):
                code, message = Code.PARSE_ERROR, f"a part of this {parsed.kind} is missing"
        span = span_of(self._collector.line_starts, parsed.start, parsed.end)
        self._diagnostics.append(Diagnostic(code, Severity.ERROR, message, span, number))
        return Statement(number, parsed.kind, parsed.start, parsed.end, "failed", routine=parsed.routine)

    def _understand(
        self, number: int, parsed: Parsed, said: list[Diagnostic], variables: frozenset[str]
    ) -> Statement:
        names = self._names
        ast = parsed.ast
        if ast is not None and misread(parsed.tokens, names.dialect):
            ast = None
        state = StatementState(self._collector.text, parsed.tokens, names, _READERS)
        state.templated = names.templated
        if variables:
            state.parameters = variables
            if parsed.routine < 0:
                state.records = _records(parsed.tokens, variables)
        outcome = parsed.outcome
        query = -1
        if (
            (ast is None or ast.__class__ is exp.Command)
            and parsed.tokens
            and not _given_up(number, parsed, said)
        ):
            understood = read_command(parsed.tokens, state)
            if not understood:
                # a bare query in words that the parser refuses
                ast = parse_embedded(parsed.tokens, state)
                understood = ast is not None and ast.__class__ is not exp.Command
            if understood:
                # what the parser said of it does not count
                said[:] = [d for d in said if d.statement != number or d.code not in _PARSER_CODES]
                outcome = "parsed"
        calls: tuple[tuple[str, ...], ...] = ()
        if ast is not None and ast.__class__ is not exp.Command and not state.effects:
            query = read_statement_tree(ast, state)
            if (
                ast.__class__ is exp.Create
                and "EXTERNAL" in self._collector.text[parsed.start : parsed.end].upper()
            ):
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


def _records(tokens: list[Any], variables: frozenset[str]) -> frozenset[str]:
    """Variables that a statement only uses before a dot, so that no relation of it is called so: a record's fields are
    no columns. (Binding knows the variables of routines, but not those of anonymous blocks.)"""
    used: set[str] = set()
    for index, token in enumerate(tokens):
        name = token.text.lower()
        if name in variables:
            following = tokens[index + 1] if index + 1 < len(tokens) else None
            if following is None or following.token_type != TokenType.DOT:
                variables -= {name}
            else:
                used.add(name)
    return variables & used


def _is_incomplete(ast: Any) -> bool:
    """Does the parser's tree lack what it says itself it must have? Then the SQL is wrong, and it let that pass."""
    if ast.__class__ is exp.Insert and ast.args.get("this") is None:
        return True
    return any(
        not node.args[name] for node in ast.walk() for name in node.required_args if name in node.args
    ) or any(node.error_messages() for node in ast.walk())


def _given_up(number: int, parsed: Parsed, said: list[Diagnostic]) -> bool:
    """Was the statement too much for the parser? Then nobody else tries."""
    return parsed.outcome == "failed" and any(d.statement == number and d.code in _LIMIT_CODES for d in said)


def read_statement_tree(ast: Any, state: StatementState) -> int:
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
