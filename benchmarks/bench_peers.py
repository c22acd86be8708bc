"""Ours against other lineage tools on the same statements: where all agree, what only one resolves, who is right.

Grounds are our golden cases (with written answers, so it can be said who is right), TPC-DS, TPC-H and `examples/`.
Every disagreement is written to a file with both answers; reasons are kept in `peers/explained.json`, by patterns of
the disagreement's key.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import lineagraph
from benchmarks.grounds import Item, examples, golden, tpc_items
from benchmarks.peers.asking import ENVIRONMENT, HERE, PEERS, Answer, Peer
from benchmarks.reporting import arguments, note, publish, table

Pairs = frozenset[tuple[str, str]]

_PER_STATEMENT = {"datahub", "openlineage"}
"""Peers that answer statement by statement: their pairs are compared with our hops, not with the way end to end."""

_EXPLAINED = HERE / "explained.json"


class Ours(NamedTuple):
    sources: frozenset[str]
    targets: frozenset[str]
    intermediates: frozenset[str]
    direct: Pairs
    indirect: Pairs


def plain(name: str) -> str:
    """A name as all tools could have written it: no quotes, no case, no white space."""
    text = re.sub(r"[\s\"`\[\]]", "", name).lower()
    if text.startswith("<query>.") and "(" in text:
        # an output without a name is called by its expression, which some tools write with all qualifiers
        return "<query>." + re.sub(r"\b[a-z_]\w*\.(?=[a-z_])", "", text.removeprefix("<query>."))
    return text


def plain_pairs(pairs: Any) -> Pairs:
    return frozenset((plain(source), plain(target)) for source, target in pairs)


def ask_ours(item: Item, hops: bool) -> Ours:
    answer = lineagraph.analyze(item.sql, item.dialect, item.schema or None)
    edges = answer.hops if hops else answer.columns
    return Ours(
        frozenset(map(plain, answer.sources)),
        frozenset(map(plain, answer.targets)),
        frozenset(map(plain, answer.intermediates)),
        plain_pairs((edge.source, edge.target) for edge in edges if edge.type == "DIRECT"),
        plain_pairs((edge.source, edge.target) for edge in edges if edge.type != "DIRECT"),
    )


def without_rows(pairs: Pairs) -> Pairs:
    """`COUNT(*)` as `t.*` is our way of saying it; no peer says it, so it is not compared."""
    return frozenset(pair for pair in pairs if not pair[0].endswith(".*") or pair[1].endswith(".*"))


def columns_verdict(ours: Ours, theirs: Answer) -> str:
    direct, given = without_rows(ours.direct), without_rows(plain_pairs(theirs.columns))
    if direct == given:
        return "same" if direct else "nothing"
    # Several peers count a CASE condition or a window's keys as sources, without telling them apart.
    if direct <= given <= direct | ours.indirect:
        return "same"
    if not given:
        return "only ours"
    return "only theirs" if not direct else "differ"


def tables_verdict(ours: Ours, theirs: Answer, hops: bool) -> str:
    sources, targets = frozenset(map(plain, theirs.sources)), frozenset(map(plain, theirs.targets))
    if hops:
        # Statement by statement, what is written and read on the way is target and source as well.
        between = ours.intermediates
        alike = sources - between == ours.sources - between and targets - between == ours.targets - between
    else:
        alike = (sources, targets) == (ours.sources, ours.targets)
    if alike:
        return "same"
    return "only ours" if not sources and not targets else "differ"


def right(item: Item, pairs: Pairs, indirect: Pairs) -> bool | None:
    """Whether these pairs are the written answer; None where none is written."""
    if item.columns is None:
        return None
    expected, given = without_rows(plain_pairs(item.columns)), without_rows(pairs)
    return expected <= given <= expected | indirect


def compare(
    peer: Peer, items: list[Item], explained: dict[str, str]
) -> tuple[dict[str, Counter[str]], list[dict[str, Any]]]:
    hops = peer.name in _PER_STATEMENT
    counts: dict[str, Counter[str]] = {}
    disagreements: list[dict[str, Any]] = []
    for item in items:
        ours, theirs = ask_ours(item, hops), peer.ask(item.name, item.sql, item.dialect, item.schema)
        count = counts.setdefault(item.ground, Counter())
        verdict = columns_verdict(ours, theirs)
        tables = tables_verdict(ours, theirs, hops)
        whole = ask_ours(item, hops=False) if hops else ours
        ours_right = right(item, whole.direct, whole.indirect)
        theirs_right = right(item, plain_pairs(theirs.columns), ours.indirect)
        count["asked"] += 1
        count["failed"] += theirs.error is not None
        count[f"columns {verdict}"] += 1
        count[f"tables {tables}"] += 1
        if theirs_right is not None:
            count["written answers"] += 1
            count["theirs right"] += theirs_right
            count["ours right"] += bool(ours_right)
        if verdict in ("same", "nothing") and tables == "same":
            continue
        key = f"{peer.name} {item.ground} {item.name}"
        reason = next(
            (text for pattern, text in explained.items() if fnmatch.fnmatchcase(key, pattern)), None
        )
        if reason is None and theirs.error is not None:
            reason = f"the peer fails: {theirs.error}"
        if reason is None and ours_right and not theirs_right:
            reason = "the golden case says what is right, and why"
        if reason is None and verdict in ("only theirs", "differ"):
            count["unexplained"] += 1
        disagreements.append(
            {
                "key": key,
                "dialect": item.dialect,
                "sql": item.sql,
                "columns": verdict,
                "tables": tables,
                "explanation": reason,
                "ours": {
                    "sources": sorted(ours.sources),
                    "targets": sorted(ours.targets),
                    "more_pairs": sorted(without_rows(ours.direct) - plain_pairs(theirs.columns)),
                },
                "theirs": {
                    "sources": sorted(theirs.sources),
                    "targets": sorted(theirs.targets),
                    "more_pairs": sorted(plain_pairs(theirs.columns) - ours.direct - ours.indirect),
                    "error": theirs.error,
                },
            }
        )
    return counts, disagreements


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ground", choices=("golden", "tpcds", "tpch", "examples"), action="append")
    parser.add_argument("--peer", choices=PEERS, action="append")
    parser.add_argument(
        "--list", type=Path, default=ENVIRONMENT / "disagreements.jsonl", help="where to write them"
    )


def main() -> None:
    given = arguments("Ours against other lineage tools on the same statements.", options)
    items = [
        item
        for item in (*golden(), *tpc_items(), *examples())
        if not given.ground or item.ground in given.ground
    ]
    explained: dict[str, str] = json.loads(_EXPLAINED.read_text(encoding="utf-8"))
    rows: list[tuple[Any, ...]] = []
    result: dict[str, Any] = {}
    listed: list[dict[str, Any]] = []
    for name in given.peer or PEERS:
        peer = Peer.start(name)
        if peer is None:
            raise SystemExit(2)
        with peer, note(f"{name} on {len(items)} statements"):
            counts, disagreements = compare(peer, items, explained)
        listed += disagreements
        result[name] = {ground: dict(count) for ground, count in counts.items()}
        for ground, count in counts.items():
            asked = count["asked"]
            answers = count["written answers"]
            rows.append(
                (
                    name,
                    ground,
                    asked,
                    count["failed"],
                    100 * count["tables same"] / asked,
                    100 * (count["columns same"] + count["columns nothing"]) / asked,
                    count["columns only ours"],
                    count["columns only theirs"],
                    count["columns differ"],
                    count["unexplained"],
                    100 * count["theirs right"] / answers if answers else None,
                    100 * count["ours right"] / answers if answers else None,
                )
            )
    given.list.parent.mkdir(parents=True, exist_ok=True)
    given.list.write_text("".join(json.dumps(entry) + "\n" for entry in listed), encoding="utf-8")
    headers = (
        "peer", "ground", "asked", "peer fails", "tables alike %", "columns alike %", "only ours", "only theirs",
        "differ", "unexplained", "peer right %", "ours right %",
    )  # fmt: skip
    text = table("Peers, on the same statements (right: of those with a written answer)", headers, rows)
    publish(
        {"peers": result},
        f"{text}\nboth answers of every disagreement: {os.path.relpath(given.list)}",
        given.json,
    )


if __name__ == "__main__":
    main()
