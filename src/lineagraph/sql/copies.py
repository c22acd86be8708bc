"""Data that moves between datasets and files: COPY, LOAD DATA, EXPORT DATA, PUT."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import expressions as exp

from lineagraph.model import DatasetKind
from lineagraph.sql.facts import Output, Ref, Select, Source, Star, Table, Write
from lineagraph.sql.kinds import IDENTITY
from lineagraph.sql.sources import read_from
from lineagraph.sql.state import StatementState
from lineagraph.sql.tables import add_target, target_columns


def read_copy(node: Any, state: StatementState) -> int:
    """COPY in both directions: `kind` is true where data comes from the files (or INTO what is named first)."""
    args = node.args
    columns, this = target_columns(args["this"], state)
    files = args.get("files") or []
    if args.get("kind"):
        target = add_target(this, state)
        for file in files:
            relation = _copied(file, state)
            if relation < 0:
                # FROM STDIN: the data comes with the script
                relation = state.add(Select(depth=state.depth))
            state.effects.append(Write(target, relation, columns))
        return target
    outputs: tuple[Output | Star, ...] = (Star(),)
    if columns:
        outputs = tuple(Output(name, (Ref(IDENTITY, name),)) for name in columns)
    if not args.get("kind") and not files:
        return -1
    if isinstance(this, exp.Query):
        relation = state.read_query(this)
    elif isinstance(this, exp.DML):
        relation = state.read_dml(this)
    else:
        relation = state.add(Select(tuple(read_from([this], state)), outputs, depth=state.depth))
    target = -1
    for file in files:
        if file.__class__ in (exp.Identifier, exp.Var) and file.name.upper() in ("STDIN", "STDOUT"):
            continue
        target = add_target(file, state)
        state.effects.append(Write(target, relation, overwrite=True))
    return target


def _copied(file: Any, state: StatementState) -> int:
    if isinstance(file, exp.Query):
        return state.read_query(file)
    if file.__class__ is exp.Table and file.args.get("this").__class__ is exp.Identifier:
        return state.add(Select(tuple(read_from([file], state)), (Star(),), depth=state.depth))
    if file.__class__ in (exp.Identifier, exp.Var) and file.name.upper() in ("STDIN", "STDOUT"):
        return -1
    this = file.args.get("this")
    name = this.name if isinstance(this, exp.Expr) else str(this)
    table = state.add(Table((name,), kind=DatasetKind.EXTERNAL_FILE))
    return state.add(Select((Source(table, ""),), (Star(),), depth=state.depth))


def read_load(node: Any, state: StatementState) -> int:
    """LOAD DATA: files into a table (Hive's INPATH, BigQuery's FROM FILES)."""
    args = node.args
    columns, this = target_columns(args["this"], state)
    target = add_target(this, state)
    addresses = [args["inpath"].name] if isinstance(args.get("inpath"), exp.Expr) else []
    files = args.get("files")
    if isinstance(files, exp.Expr):
        addresses.extend(_property_addresses(files, ("uris", "uri")))
    for address in addresses:
        table = state.add(Table((address,), kind=DatasetKind.EXTERNAL_FILE))
        relation = state.add(Select((Source(table, ""),), (Star(),), depth=state.depth))
        state.effects.append(Write(target, relation, columns, overwrite=bool(args.get("overwrite"))))
    return target


def read_export(node: Any, state: StatementState) -> int:
    """EXPORT DATA OPTIONS (uri = '…') AS SELECT …"""
    relation = state.read_query(node.args["this"])
    options = node.args.get("options")
    target = -1
    for address in _property_addresses(options, ("uri", "path")) if isinstance(options, exp.Expr) else ():
        target = state.add(Table((address,), kind=DatasetKind.EXTERNAL_FILE))
        state.effects.append(Write(target, relation, overwrite=True))
    return target


def read_put(node: Any, state: StatementState) -> int:
    """Snowflake's PUT file @stage: a copy of the file."""
    source = state.add(Table((node.args["this"].name,), kind=DatasetKind.EXTERNAL_FILE))
    relation = state.add(Select((Source(source, ""),), (Star(),), depth=state.depth))
    target = state.add(Table((node.args["target"].name,), kind=DatasetKind.EXTERNAL_FILE))
    state.effects.append(Write(target, relation))
    return target


def _property_addresses(properties: Any, wanted: Sequence[str]) -> list[str]:
    found: list[str] = []
    for option in properties.find_all(exp.Property):
        if option.name.lower() in wanted:
            found.extend(literal.name for literal in option.args["value"].find_all(exp.Literal))
    return found
