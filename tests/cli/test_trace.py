"""Traces, impact, show and search: as pages for people, and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lineagraph.cli.output import Screen
from lineagraph.cli.trace_page import print_trace
from lineagraph.lineage.trace import Evidence, Hop, Stop, Trace
from lineagraph.project import Project
from tests.cli.runner import run
from tests.cli.test_output import screen

TOTAL = "mart.revenue.total"


def test_a_trace_is_a_tree_with_evidence_and_influences_after_it(project: Path) -> None:
    result = run("trace", TOTAL, "--project", project)
    assert (result.status, result.err) == (0, "")
    lines = [line.replace(str(project.parents[1]), "") for line in result.out.splitlines()]
    files = [place.rsplit("/", 1)[-1] for line in lines for place in line.split() if ".sql:" in place]
    assert lines[0] == TOTAL
    assert lines[1] == "└─ stage.orders.amount  DIRECT AGGREGATION"
    assert lines[2].startswith("   │  ")
    assert lines[2].endswith("mart.sql:3:18  SUM(o.amount)")
    assert lines[3] == "   └─ raw.orders.amount  DIRECT TRANSFORMATION"
    assert lines[4].endswith("stage.sql:3:12  amount * 2")
    assert lines[6] == "Influences: what decides the rows"
    assert lines[7].startswith("  mart.revenue  ")
    assert lines[8] == "    GROUP_BY  stage.orders.status"
    assert lines[9].startswith("  stage.orders  ")
    assert lines[10] == "    FILTER  raw.orders.status"
    assert files == ["mart.sql:3:18", "stage.sql:3:12", "mart.sql:2:1", "stage.sql:2:1"]


def test_flags_are_shown(project: Path) -> None:
    assert (
        "raw.orders.status  DIRECT TRANSFORMATION  masking"
        in run("trace", "stage.orders.status", "--project", project).out
    )
    assert (
        "elsewhere.feed.*  DIRECT IDENTITY  unresolved" in run("trace", "mart.copy", "--project", project).out
    )


def test_what_the_options_leave_out(project: Path) -> None:
    everything = run("trace", TOTAL, "--project", project).out
    assert "Influences" not in run("trace", TOTAL, "--no-influences", "--project", project).out
    assert "raw.orders.amount" in everything
    near = run("trace", TOTAL, "--depth", "1", "--project", project).out
    assert "raw.orders.amount" not in near
    assert "not followed beyond --depth" in near
    assert "raw.orders.amount" not in run("trace", TOTAL, "--type", "aggregation", "--project", project).out
    cut = run("trace", TOTAL, "--limit", "1", "--project", project).out
    assert "the nearest 1 hop; see --limit" in cut
    assert "see --limit" not in everything


def test_both_directions_have_a_heading_each(project: Path) -> None:
    result = run("trace", "stage.orders.amount", "--direction", "both", "--project", project)
    assert result.out.index("upstream") < result.out.index("raw.orders.amount")
    assert result.out.index("raw.orders.amount") < result.out.index("downstream")
    assert result.out.index("downstream") < result.out.index(TOTAL)


def test_nothing_to_trace_is_said(project: Path) -> None:
    assert "Nothing flows into it" in run("trace", "raw.orders.id", "--project", project).out
    assert (
        "Nothing flows out of it"
        in run("trace", TOTAL, "--direction", "downstream", "--project", project).out
    )
    assert "reaches nothing" in run("impact", TOTAL, "--project", project).out
    assert "Nothing in the graph" in run("search", "zzzzqqqq", "--project", project).out


def test_an_answer_as_json_is_all_of_it(project: Path) -> None:
    with Project(project) as opened:
        asked = opened.trace(TOTAL), opened.impact("raw.orders"), opened.search("amount")
    texts = (
        run("trace", TOTAL, "--project", project, "--json"),
        run("impact", "raw.orders", "--project", project, "--json"),
        run("search", "amount", "--project", project, "--json"),
    )
    for answer, result in zip(asked, texts, strict=True):
        assert (result.status, result.err) == (0, "")
        assert msgspec.convert(result.json, type(answer)) == answer
    assert [hop["subtype"] for hop in texts[0].json["hops"] if hop["type"] == "DIRECT"] == [
        "AGGREGATION",
        "TRANSFORMATION",
    ]


def test_impact_is_a_table_of_datasets(project: Path) -> None:
    out = run("impact", "raw.orders.status", "--project", project).out.splitlines()
    assert out[0] == "raw.orders.status reaches 3 columns of 2 datasets, through 2 files"
    rows = [" ".join(line.split()) for line in out[2:5]]
    assert rows == [
        "hops dataset kind what changes",
        "1 stage.orders view status; which rows there are",
        "2 mart.revenue table status; by choice: total; which rows there are",
    ]
    assert [line.rsplit("/", 1)[-1] for line in out[-2:]] == ["mart.sql", "stage.sql"]


def test_show_tells_of_each_kind_of_node(project: Path) -> None:
    out = run("show", "stage.orders", "--project", project).out
    assert out.startswith("stage.orders  view\n")
    for part in ("Columns", "3  status", "Defined in", "stage.sql:2:1", "Written by", "Read by", "mart.sql"):
        assert part in out
    assert run("show", "raw.orders.amount", "--project", project).out.startswith(
        "raw.orders.amount  column, DECIMAL(10, 2), column 2"
    )
    assert "nothing ingested defines it" in run("show", "elsewhere.feed", "--project", project).out
    file = run("show", "unknown.sql", "--project", project).out
    for part in ("file, dialect postgres", "create view", "unexpanded-star", "unknown.sql:2:"):
        assert part in file


def test_show_as_json_has_diagnostics_as_objects(project: Path) -> None:
    found = run("show", "unknown.sql", "--project", project, "--json").json
    (diagnostic,) = found["diagnostics"]
    assert (diagnostic["code"], diagnostic["severity"]) == ("unexpanded-star", "warning")
    assert diagnostic["file"].endswith("unknown.sql")
    assert diagnostic["span"]["start_line"] == 2
    assert found["statements"][0]["span"]["start_column"] == 1


def test_search_says_when_names_are_only_similar(project: Path) -> None:
    assert "Nothing contains revenu3" in run("search", "revenu3", "--project", project).out
    assert "mart.revenue" in run("search", "revenu3", "--project", project).out
    cut = run("search", "orders", "--limit", "1", "--project", project).out
    assert "the best 1 name is shown" in cut
    kinds = run("search", "orders", "--kind", "dataset", "--project", project, "--json").json["matches"]
    assert {match["label"] for match in kinds} == {"Dataset"}


def test_strange_names_cannot_break_the_page(tmp_path: Path) -> None:
    name = 'we[red]ird\\x\n\t\u202e" x'.replace('"', '""')
    (tmp_path / "a.sql").write_text(
        f'-- dialect: postgres\nCREATE TABLE "{name}" ("[bold]c\x1b[31m" INT);\n'
        f'CREATE VIEW v AS SELECT "[bold]c\x1b[31m" || \'[/]\n\' AS d FROM "{name}";\n'
    )
    assert run("ingest", tmp_path, "--project", tmp_path / "p").status == 0
    for command in (
        ["trace", "v.d"],
        ["show", "v"],
        ["show", "a.sql"],
        ["search", "[red]"],
        ["search", "bold"],
    ):
        result = run(*command, "--project", tmp_path / "p")
        assert result.status == 0, result.err
        assert not set(result.out) & {"\x1b", "\t", "\u202e"}
        assert ("we[red]ird\\x\\n\\t\\u202e" in result.out) is (command != ["show", "v"])
    found = run("search", "[red]", "--kind", "dataset", "--json", "--project", tmp_path / "p").json
    impact = run("impact", found["matches"][0]["key"], "--project", tmp_path / "p")
    assert impact.status == 0
    assert "we[red]ird\\x\\n" in impact.out


# -- the tree by itself ----------------------------------------------------------------------------------------


def column(name: str) -> Stop:
    return Stop(name, name, "Column")


def hop(
    source: str,
    target: str,
    depth: int,
    subtype: str = "IDENTITY",
    flags: tuple[str, ...] = (),
    line: int = 1,
) -> Hop:
    evidence = (Evidence("f.sql", line, 1, line, 9, 1),)
    return Hop(
        column(source), column(target), "FLOWS_TO", "DIRECT", subtype, flags, depth, "upstream", evidence
    )


def printed(hops: Iterable[Hop], start: str = "t.a", width: int | None = None, **options: Any) -> list[str]:
    found, stream = screen(width)
    print_trace(found, Trace(column(start), tuple(hops), options.get("truncated", False), 0), "upstream")
    return stream.getvalue().splitlines()


def branches(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if "─" in line]


def test_a_diamond_is_spread_out_once() -> None:
    hops = [
        hop("l.x", "t.a", 1),
        hop("r.x", "t.a", 1),
        hop("s.x", "l.x", 2),
        hop("s.x", "r.x", 2),
        hop("z.x", "s.x", 3),
    ]
    assert branches(printed(hops)) == [
        "├─ l.x  DIRECT IDENTITY",
        "│  └─ s.x  DIRECT IDENTITY",
        "│     └─ z.x  DIRECT IDENTITY",
        "└─ r.x  DIRECT IDENTITY",
        "   └─ s.x  DIRECT IDENTITY  (shown in another branch)",
    ]


def test_a_stop_is_spread_out_where_it_is_nearest() -> None:
    hops = [hop("l.x", "t.a", 1), hop("z.x", "t.a", 1), hop("z.x", "l.x", 2), hop("y.x", "z.x", 2)]
    assert branches(printed(hops)) == [
        "├─ l.x  DIRECT IDENTITY",
        "│  └─ z.x  DIRECT IDENTITY  (shown in another branch)",
        "└─ z.x  DIRECT IDENTITY",
        "   └─ y.x  DIRECT IDENTITY",
    ]


def test_a_cycle_ends() -> None:
    hops = [hop("b.x", "t.a", 1), hop("t.a", "b.x", 2), hop("t.a", "t.a", 1)]
    assert branches(printed(hops)) == [
        "├─ b.x  DIRECT IDENTITY",
        "│  └─ t.a  DIRECT IDENTITY  (shown in another branch)",
        "└─ t.a  DIRECT IDENTITY  (shown in another branch)",
    ]


def test_parallel_edges_share_a_line_and_say_which_place_is_whose() -> None:
    lines = printed([hop("s.x", "t.a", 1), hop("s.x", "t.a", 1, "AGGREGATION", line=2)])
    assert lines[1:] == [
        "└─ s.x  DIRECT IDENTITY, DIRECT AGGREGATION",
        "      f.sql:1:1  IDENTITY",
        "      f.sql:2:1  AGGREGATION",
    ]


def test_a_column_goes_through_stars_under_its_own_name() -> None:
    stars = [hop("s.*", "t.*", 1, flags=("unresolved",)), hop("r.*", "s.*", 2, flags=("unresolved",))]
    lines = printed([*stars, hop("q.x", "r.a", 3)])
    assert [line for line in lines if "f.sql" not in line] == [
        "t.a",
        "└─ s.*  DIRECT IDENTITY  unresolved",
        "   └─ r.*  DIRECT IDENTITY  unresolved",
        "      └─ q.x  DIRECT IDENTITY",
    ]


def test_a_column_goes_through_datasets_whose_columns_are_not_known() -> None:
    def rows(source: str, target: str, depth: int, type: str = "DIRECT") -> Hop:
        ends = Stop(source, source, "Dataset", "table"), Stop(target, target, "Dataset", "table")
        return msgspec.structs.replace(
            hop("", "", depth), source=ends[0], target=ends[1], type=type, subtype=None
        )

    hops = [rows("s", "t", 1), rows("r", "s", 2), hop("q.x", "r.a", 3), rows("f", "s", 2, "INDIRECT")]
    lines = printed(hops)
    assert [line for line in lines if "f.sql" not in line] == [
        "t.a",
        "└─ s  DIRECT  table",
        "   ├─ r  DIRECT  table",
        "   │  └─ q.x  DIRECT IDENTITY",
        "   └─ f  INDIRECT  table",
    ]
    found, stream = screen()
    print_trace(
        found,
        Trace(Stop("t", "t", "Dataset", "table"), (*hops[:2], hop("z.x", "t.a", 1)), False, 0),
        "upstream",
    )
    lines = [line for line in stream.getvalue().splitlines() if "f.sql" not in line]
    assert lines[0] == "t  table"
    assert lines[-2:] == ["t.a", "└─ z.x  DIRECT IDENTITY"]
    assert len(lines) == 5


def test_nothing_found_stays_unsaid() -> None:
    lines = printed([hop("s.x", "t.a", 1), hop("far.x", "lost.x", 7)])
    assert "lost.x" in lines
    assert "└─ far.x  DIRECT IDENTITY" in lines


def test_a_long_chain_is_no_recursion() -> None:
    length = sys.getrecursionlimit() + 500
    hops = [hop(f"t{n}.a", f"t{n - 1}.a" if n > 1 else "t.a", n) for n in range(1, length + 1)]
    lines = printed(hops)
    assert len(branches(lines)) == length
    assert max(map(len, lines)) < 120


def test_many_places_are_cut_with_their_number() -> None:
    places = tuple(Evidence("f.sql", line, 1, line, 2, 1) for line in range(1, 9))
    one = msgspec.structs.replace(hop("s.x", "t.a", 1), evidence=places, more_evidence=4)
    assert printed([one])[-1] == "      and 7 more places"


def test_long_expressions_are_cut_to_the_width() -> None:
    evidence = (Evidence("f.sql", 1, 1, 1, 2, 1, (), "a +\n  b" * 100),)
    one = msgspec.structs.replace(hop("s.x", "t.a", 1), evidence=evidence)
    assert len(printed([one], width=60)[-1]) == 60
    assert printed([one], width=60)[-1].startswith("      f.sql:1:1  a + b")


@pytest.mark.parametrize("unicode", [True, False])
def test_a_tree_without_box_characters(unicode: bool) -> None:
    found, stream = screen(None, unicode=unicode)
    assert isinstance(found, Screen)
    print_trace(found, Trace(column("t.a"), (hop("s.x", "t.a", 1),), True, 3), "upstream")
    assert stream.getvalue().isascii() is not unicode
