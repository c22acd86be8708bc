"""Reads golden cases from `*.sql` files and compares one with what `analyze()` says; format: `README.md`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lineagraph.analysis import Analysis, analyze

CASES = Path(__file__).parent
_HEADER = re.compile(
    r"--\s*(dialect|schema|why|sources|targets|intermediates|columns|column|influences|influence|hop|hops|changes|change|"
    r"diagnostics|output):\s*(.*)$"
)
_FLAGS = ("masking", "inferred", "unresolved")


@dataclass
class Case:
    file: str
    line: int
    title: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    sql: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.title}"

    def values(self, key: str) -> list[str]:
        return [value for name, value in self.headers if name == key]

    def first(self, key: str) -> str | None:
        found = self.values(key)
        return found[0] if found else None


def read_cases(path: Path) -> Iterator[Case]:
    case: Case | None = None
    in_header = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True), 1):
        if line.startswith("-- case:"):
            if case is not None:
                yield case
            case = Case(path.name, number, line[8:].strip())
            in_header = True
            continue
        if case is None:
            continue
        header = _HEADER.match(line.rstrip("\n")) if in_header else None
        if header is not None:
            case.headers.append((header.group(1), header.group(2).strip()))
            continue
        in_header = in_header and not line.strip()
        case.sql += line
    if case is not None:
        yield case


def all_cases() -> list[Case]:
    return [case for path in sorted(CASES.glob("*.sql")) for case in read_cases(path)]


def split_list(text: str) -> list[str]:
    """Comma-separated names, where brackets, parentheses and quotes protect commas."""
    items: list[str] = []
    depth = 0
    quote = ""
    current = ""
    for char in text:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and depth == 0:
            items.append(current.strip())
            current = ""
            continue
        current += char
    if current.strip():
        items.append(current.strip())
    return items


def _schema(text: str) -> dict[str, list[str]]:
    schema: dict[str, list[str]] = {}
    for part in text.split(";"):
        if part.strip():
            name, columns = part.strip().rstrip(")").split("(", 1)
            schema[name.strip()] = split_list(columns)
    return schema


def _edges(values: list[str]) -> set[tuple[str, ...]]:
    expected: set[tuple[str, ...]] = set()
    for value in values:
        if value == "none":
            continue
        sources, rest = value.split(" -> ", 1)
        words = rest.split()
        flags: list[str] = []
        while words[-1] in _FLAGS:
            flags.append(words.pop())
        type_, subtype = words[-2:]
        targets = rest[: rest.rindex(f"{type_} {subtype}")].strip()
        for source in split_list(sources):
            for target in split_list(targets):
                expected.add((source, target, type_, subtype, *sorted(flags)))
    return expected


def _influences(values: list[str]) -> set[tuple[str, ...]]:
    expected: set[tuple[str, ...]] = set()
    for value in values:
        if value == "none":
            continue
        sources, rest = value.split(" -> ", 1)
        target, subtype = rest.rsplit(" ", 1)
        expected.update((s, t, subtype) for s in split_list(sources) for t in split_list(target))
    return expected


def check(case: Case) -> list[str]:
    """Differences between a case and what we say of it; empty if they agree."""
    schema: dict[str, list[str]] = {}
    for value in case.values("schema"):
        schema.update(_schema(value))
    result = analyze(case.sql, case.first("dialect") or "", schema or None)
    problems: list[str] = []

    def compare(what: str, expected: set, found: set) -> None:
        problems.extend(f"{what}: missing {item}" for item in sorted(expected - found))
        problems.extend(f"{what}: not expected {item}" for item in sorted(found - expected))

    for key in ("sources", "targets", "intermediates"):
        value = case.first(key)
        if value is not None:
            names = set() if value == "none" else set(split_list(value))
            compare(key, names, set(getattr(result, key)))
    if case.values("column") or case.first("columns") == "none":
        compare("column", _edges(case.values("column")), _found(result.columns))
    if case.values("hop") or case.first("hops") == "none":
        compare("hop", _edges(case.values("hop")), _found(result.hops))
    if case.values("influence") or case.first("influences") == "none":
        found = {(i.source, i.target, i.subtype) for i in result.influences}
        compare("influence", _influences(case.values("influence")), found)
    if case.values("change") or case.first("changes") == "none":
        compare("change", {c for c in case.values("change") if c != "none"}, _changes(result))
    value = case.first("diagnostics")
    if value is not None:
        codes = set() if value == "none" else set(split_list(value))
        compare("diagnostic", codes, {str(d.code) for d in result.diagnostics})
    for value in case.values("output"):
        name, columns = value.rsplit(")", 1)[0].split("(", 1)
        got = result.outputs.get(name.strip())
        if got != tuple(split_list(columns)):
            problems.append(f"output: expected {name}({columns}), found {got}")
    return problems


def _found(edges: tuple) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for edge in edges:
        flags = sorted(flag for flag in _FLAGS if getattr(edge, flag))
        found.add((edge.source, edge.target, edge.type, edge.subtype, *flags))
    return found


def _changes(result: Analysis) -> set[str]:
    return {f"{c.kind} {c.dataset}" + (f" -> {c.renamed_to}" if c.renamed_to else "") for c in result.changes}
