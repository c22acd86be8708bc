"""What became of the files of a run, for its report: counted from what the database has of them."""

from __future__ import annotations

import re
from collections import Counter

import msgspec

from lineagraph.diagnostics import Diagnostic, Severity
from lineagraph.ingest.discover import Discovery, read_file
from lineagraph.ingest.reports import FailedStatement
from lineagraph.sql.decode import decode
from lineagraph.store.sqlite import SqliteStore

_QUOTED_FAILURES = 10_000
"""Failures that come with their source line: a report shows a few per cause, and there may be many causes."""
_QUOTED_CHARACTERS = 400
_LINE_END = re.compile(r"\r\n?|\n")
"""As `line_starts` counts lines; `str.splitlines` knows more ends than that."""


class Outcomes:
    """Statements by outcome, diagnostics by code, and what was lost."""

    def __init__(self, store: SqliteStore, found: Discovery) -> None:
        absolute = {file.path: file.absolute for file in found.files}
        statements, diagnostics = store.outcomes(absolute)
        codes: Counter[str] = Counter(diagnostics)
        lost = [
            (path, one)
            for path, ones in store.errors(absolute)
            for one in ones
            if one.severity == Severity.ERROR
        ]
        for problem in found.problems:
            codes[str(problem.code)] += 1
            if problem.severity == Severity.ERROR:
                lost.append((problem.file or "", problem))
        failures = [_failure(path, diagnostic) for path, diagnostic in lost]
        self.statements = dict(sorted(statements.items()))
        self.codes = dict(sorted(codes.items()))
        self.failed = len({failure.file for failure in failures} & absolute.keys())
        self.failures = tuple(_with_lines(failures, absolute))


def _failure(path: str, diagnostic: Diagnostic) -> FailedStatement:
    return FailedStatement(path, diagnostic.span, str(diagnostic.code), diagnostic.message)


def _with_lines(failures: list[FailedStatement], absolute: dict[str, str]) -> list[FailedStatement]:
    """Give each lost statement the source line it starts on."""
    lines: list[str] = []
    of = ""
    for index, failure in enumerate(failures[:_QUOTED_FAILURES]):
        if failure.span is None or failure.file not in absolute:
            continue
        if failure.file != of:
            of = failure.file
            try:
                lines = _LINE_END.split(decode(read_file(absolute[of]))[0])
            except OSError:  # gone meanwhile: the report does without the line
                lines = []
        number = failure.span.start_line
        if 0 < number <= len(lines):
            start = max(0, failure.span.start_column - _QUOTED_CHARACTERS // 2)
            line = lines[number - 1][start : start + _QUOTED_CHARACTERS]
            failures[index] = msgspec.structs.replace(failure, line=line, line_start=start + 1)
    return failures
