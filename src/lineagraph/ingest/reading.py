"""One file's bytes → what is kept of it: its facts and what they tell other files. Pure: any worker may do it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from lineagraph.catalog.catalog import Catalog
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.catalog.interface import NOTHING
from lineagraph.catalog.interface import encode as encode_interface
from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.ingest.reading_context import ReadingContext, ReadingTask, model_name
from lineagraph.sql.decode import decode
from lineagraph.sql.dialects import choose, resolve
from lineagraph.sql.extract import extract, extract_encoded
from lineagraph.sql.facts import EXTRACTOR_VERSION, FileFacts, is_reproducible
from lineagraph.sql.facts import encode as encode_facts
from lineagraph.sql.packed_facts import open_packed
from lineagraph.sql.stack import deep_recursion
from lineagraph.sql.templates import TemplateContext, looks_templated


class Reading(Struct, frozen=True, array_like=True, gc=False):
    """What is kept of one file, whatever it is called."""

    dialect: str
    outcome: str
    names: tuple[str, ...]
    """Last parts of the datasets that its interface speaks of."""
    interface: bytes
    facts: bytes
    reproducible: bool
    """False where the clock had a say: another machine may get further."""


def read_task(task: ReadingTask, context: ReadingContext) -> Reading:
    text, problems = decode(task.data)
    if any(problem.code == Code.BINARY_FILE for problem in problems):
        return unreadable(problems)
    dialect = resolve(task.dialect) if task.dialect is not None else context.dialect
    if dialect is None:
        rules = (("*", task.rule),) if task.rule is not None else ()
        dialect, _ = choose(text, task.path, rules=rules)
    template: TemplateContext | None = None
    if "{" in text and looks_templated(text):
        template = TemplateContext(vars=dict(context.variables), this=model_name(task.path))
    facts, packed = _extracted(text, dialect, template, context.statement_seconds, problems)
    own = FileColumns("", facts, Catalog(), context.defaults)
    with deep_recursion():
        interface = own.interface()
    return Reading(
        facts.dialect or "ansi",
        outcome_of(facts),
        tuple(sorted(interface.names())),
        encode_interface(interface),
        packed,
        is_reproducible(facts),
    )


def _extracted(
    text: str,
    dialect: str,
    template: TemplateContext | None,
    budget_seconds: float,
    problems: Sequence[Diagnostic],
) -> tuple[FileFacts, bytes]:
    """A file's facts, and the same packed. Of a large text the statements are never all objects at once."""
    if len(text) >= _LARGE_TEXT and not problems:
        _, packed = extract_encoded(text, dialect, template=template, budget_seconds=budget_seconds)
        return open_packed(packed), packed
    facts = extract(text, dialect, template=template, budget_seconds=budget_seconds)
    if problems:
        facts = msgspec.structs.replace(facts, diagnostics=(*problems, *facts.diagnostics))
    return facts, encode_facts(facts)


_LARGE_TEXT = 1_000_000
"""Characters."""


def unreadable(problems: Sequence[Diagnostic]) -> Reading:
    """What is kept of a file that gives no text."""
    facts = FileFacts(EXTRACTOR_VERSION, "", diagnostics=tuple(problems))
    return Reading("", "unreadable", (), encode_interface(NOTHING), encode_facts(facts), True)


def failed(error: str) -> Reading:
    """What is kept of a file whose reading ended a worker, or did not end."""
    hint = "Please report the file; meanwhile it can be left out in .lineagraphignore."
    problem = Diagnostic(
        Code.INTERNAL_ERROR, Severity.ERROR, f"the file could not be read: {error}", hint=hint
    )
    return msgspec.structs.replace(unreadable([problem]), reproducible=False)


def outcome_of(facts: FileFacts) -> str:
    """`parsed`, `partial` or `failed`, by what became of the statements."""
    outcomes = {statement.outcome for statement in facts.statements}
    if "failed" in outcomes:
        return "failed" if outcomes <= {"failed", "ignored"} else "partial"
    if any(diagnostic.severity == Severity.ERROR for diagnostic in facts.diagnostics):
        return "partial" if outcomes - {"ignored"} else "failed"
    return "partial" if "partial" in outcomes else "parsed"
