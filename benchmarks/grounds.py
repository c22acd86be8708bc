"""Statements to compare lineage tools on: golden cases with their expected answers, TPC's queries, the examples."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.sql_cases.reader import Case, all_cases, split_list

from benchmarks.corpus import tpc
from lineagraph.catalog.bind import FileBinder
from lineagraph.catalog.catalog import Catalog
from lineagraph.catalog.contribution import file_lineage
from lineagraph.catalog.file_columns import FileColumns
from lineagraph.model import NodeLabel
from lineagraph.sql.dialects import choose
from lineagraph.sql.extract import extract
from lineagraph.sql.templates import looks_templated

ROOT = Path(__file__).parents[1]


class Item(NamedTuple):
    """One statement or script to ask about."""

    ground: str
    name: str
    sql: str
    dialect: str
    schema: dict[str, list[str]]
    tables: tuple[frozenset[str], frozenset[str]] | None = None
    """Expected sources and targets, where somebody has written them down."""
    columns: frozenset[tuple[str, str]] | None = None
    """Expected DIRECT pairs, likewise."""


def golden() -> list[Item]:
    return [_case(case) for case in all_cases()]


def _case(case: Case) -> Item:
    tables: tuple[frozenset[str], frozenset[str]] | None = None
    sources, targets = case.first("sources"), case.first("targets")
    if sources is not None and targets is not None:
        tables = (_names(sources), _names(targets))
    lines = case.values("column")
    columns: frozenset[tuple[str, str]] | None = None
    if lines:
        columns = frozenset(pair for line in lines for pair in _direct(line))
    elif case.first("columns") == "none":
        columns = frozenset()
    dialect = case.first("dialect") or ""
    return Item(
        "golden",
        f"{case.file}:{case.line} {case.title}",
        case.sql,
        "" if dialect == "ansi" else dialect,
        _schema(case.first("schema") or ""),
        tables,
        columns,
    )


def _names(text: str) -> frozenset[str]:
    return frozenset() if text == "none" else frozenset(split_list(text))


def _direct(line: str) -> list[tuple[str, str]]:
    left, _, rest = line.partition(" -> ")
    target, found, _ = rest.partition(" DIRECT ")
    if not found:
        return []
    return [(source, one) for source in split_list(left) for one in split_list(target)]


def _schema(text: str) -> dict[str, list[str]]:
    schema: dict[str, list[str]] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, _, columns = part.rstrip(")").partition("(")
        schema[name.strip()] = split_list(columns)
    return schema


def tpc_items() -> list[Item]:
    return [
        Item(name, f"{name}/{query}", sql, corpus.dialect, corpus.schema)
        for name in ("tpcds", "tpch")
        for corpus in (tpc(name),)
        for query, sql in corpus.files.items()
    ]


def examples() -> list[Item]:
    """The files of `examples/`, with the columns of all datasets they define; templated files are left out.

    (Only we render templates, so nothing could be compared.)
    """
    texts = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in sorted((ROOT / "examples").rglob("*.sql"))
    }
    plain = {name: text for name, text in texts.items() if not looks_templated(text)}
    dialects = {name: choose(text, name)[0] for name, text in plain.items()}
    catalog = Catalog()
    binders = [
        FileBinder(FileColumns(name, extract(text, dialects[name]), catalog)) for name, text in plain.items()
    ]
    for binder in binders:
        binder.own.contribute()
    schema: dict[str, list[str]] = {}
    for binder in binders:
        nodes = file_lineage(binder).nodes
        for node in nodes:
            if node.label == NodeLabel.COLUMN and node.position is not None and nodes[node.parent].defined:
                schema.setdefault(nodes[node.parent].name, []).append(node.name)
    return [Item("examples", name, text, dialects[name], schema) for name, text in plain.items()]
