"""A trace as a tree that a person can read: a hop per branch, with its evidence; influences after it, by dataset."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from lineagraph.cli.output import Screen, cells, clipped, counted, one_line, shown
from lineagraph.lineage.names import split_name
from lineagraph.lineage.trace import Evidence, Hop, Stop, Trace

EVIDENCE_SHOWN = 5
"""Places per branch and per line of influences; --json has more."""
_EXPRESSION_IN_A_PIPE = 160
"""Cells of an expression where lines may be of any length."""
_DEEPEST_INDENT = 24
"""Levels drawn with their branches; below, the level is written as a number."""

_Group = list[Hop]
"""All hops between the same two stops."""


def print_trace(screen: Screen, trace: Trace, direction: str) -> None:
    """Print the answer of `trace`; `direction` as it was asked for."""
    screen.line(_title(screen, trace.start))
    for wanted in ("upstream", "downstream"):
        if direction not in (wanted, "both"):
            continue
        hops = [hop for hop in trace.hops if hop.direction == wanted]
        flows = [hop for hop in hops if hop.relationship == "FLOWS_TO"]
        influences = [hop for hop in hops if hop.relationship != "FLOWS_TO"]
        if direction == "both":
            screen.heading(wanted)
        if not hops:
            screen.line(
                f"Nothing flows {'into' if wanted == 'upstream' else 'out of'} it, as far as the ingested files say."
            )
        _Tree(screen, trace.start, flows, upstream=wanted == "upstream").print()
        if influences:
            _print_influences(screen, influences, upstream=wanted == "upstream")
    if trace.truncated:
        screen.line()
        screen.line(
            screen.paint(
                f"There is more: these are the nearest {counted(len(trace.hops), 'hop')}; see --limit.",
                "yellow",
            )
        )
    if trace.unexplored:
        screen.line()
        nodes = counted(trace.unexplored, "name was", "names were")
        screen.line(screen.paint(f"There may be more: {nodes} not followed beyond --depth.", "yellow"))


class _Branch(NamedTuple):
    """One line of the tree: from the stop it hangs on, by the edges at `near` (it, its `*` or dataset), to `far`."""

    stop: str
    near: str
    far: str


class _Tree:
    """The flows of one direction. What a stop is made of is spread out once, where it is nearest to the start."""

    def __init__(self, screen: Screen, start: Stop, flows: Sequence[Hop], upstream: bool) -> None:
        self._screen = screen
        self._upstream = upstream
        self._stops: dict[str, Stop] = {start.key: start}
        self._groups: dict[str, dict[str, _Group]] = {}
        """By the stop nearer to the start, then by the other one."""
        self._home: dict[str, _Branch | None] = {}
        """Stop → the branch it is spread out below; None for those the tree starts from."""
        self._led_to: set[str] = set()
        """Stops with groups that some branch shows."""
        self._told: set[tuple[str, str]] = set()
        """Groups whose evidence was printed."""
        self._whole = split_name(start.key) if start.label == "Dataset" else None
        """The dataset that was asked for: its columns, its `*` and itself are roots side by side."""
        roots = [start.key]
        for hop in flows:
            near, far = (hop.target, hop.source) if upstream else (hop.source, hop.target)
            self._stops.setdefault(near.key, near)
            self._stops.setdefault(far.key, far)
            self._groups.setdefault(near.key, {}).setdefault(far.key, []).append(hop)
            if start.label == "Dataset" and hop.depth == 1:
                roots.append(near.key)
        self._datasets = {
            far for groups in self._groups.values() for far in groups if self._stops[far].label == "Dataset"
        }
        """Those that are stops themselves: what flows into all of one hangs there, and not on its columns."""
        self._spread(roots)
        self._roots = list(dict.fromkeys(roots))
        for near in self._groups:
            if near not in self._led_to:  # led to by no branch; nothing found may stay unsaid
                self._spread([near])
                self._roots.append(near)

    def _spread(self, roots: Iterable[str]) -> None:
        queue = deque(roots)
        self._home.update(dict.fromkeys(queue))
        while queue:
            for branch in self._branches(queue.popleft()):
                self._led_to.add(branch.near)
                for key in self._beyond(branch):
                    if key not in self._home:
                        self._home[key] = branch
                        queue.append(key)

    def _branches(self, key: str) -> list[_Branch]:
        """What hangs on a stop: its own groups, and those that a column has through all of its dataset."""
        found = [_Branch(key, key, far) for far in self._groups.get(key, ())]
        stop = self._stops.get(key)
        *dataset, column = split_name(key)
        if (stop is None or stop.label == "Column") and dataset != self._whole:
            nears = [".".join([*dataset, "*"])] if column != "*" else []
            if ".".join(dataset) not in self._datasets:
                nears.append(".".join(dataset))
            for near in nears:
                groups = self._groups.get(near, {})
                found += [
                    _Branch(key, near, far)
                    for far in groups
                    if any(one.type == "DIRECT" for one in groups[far])
                ]
        return found

    def _beyond(self, branch: _Branch) -> list[str]:
        """The stops a branch leads to, the exact one first.

        Between two stars, and where rows move as they are, a column goes on under its own name.
        """
        far = split_name(branch.far)
        inside = far
        if branch.near.endswith(".*"):
            if far[-1] != "*":
                return [branch.far]
            inside = far[:-1]
        elif self._stops[branch.near].label != "Dataset" or self._whole is not None:
            return [branch.far]
        column = split_name(branch.stop)[-1]
        if branch.stop == branch.near:  # which columns came this way is known by those that go on
            return [
                *(key for key in self._groups if split_name(key)[:-1] == inside and key != branch.far),
                branch.far,
            ]
        return [".".join([*inside, column]), branch.far]

    def print(self) -> None:
        for number, root in enumerate(self._roots):
            if number:
                if not self._branches(root):
                    continue
                self._screen.line(_title(self._screen, self._stops[root]))
            self._print_below(root)

    def _print_below(self, root: str) -> None:
        """Depth first, with a stack of our own: a chain may be longer than Python's."""
        above: tuple[bool, ...] = ()
        pending = [(branch, above, last) for branch, last in _backwards(self._branches(root))]
        while pending:
            branch, above, last = pending.pop()
            beyond = [key for key in self._beyond(branch) if self._branches(key)]
            hanging = [one for key in beyond if self._home[key] == branch for one in self._branches(key)]
            below = list({one[1:]: one for one in reversed(hanging)}.values())[::-1]
            self._print_branch(branch, above, last, bool(below), bool(beyond) and not below)
            pending += [(one, (*above, last), is_last) for one, is_last in _backwards(below)]

    def _print_branch(
        self, branch: _Branch, above: tuple[bool, ...], last: bool, below: bool, elsewhere: bool
    ) -> None:
        screen = self._screen
        group = self._groups[branch.near][branch.far]
        stop = group[0].source if self._upstream else group[0].target
        told = (branch.near, branch.far) in self._told
        self._told.add((branch.near, branch.far))
        indent = _indent(above)
        text = screen.paint(indent + ("└─ " if last else "├─ "), "dim") + screen.paint(
            shown(stop.name), "cyan"
        )
        text += "  " + ", ".join(dict.fromkeys(_words(hop) for hop in group))
        flags = " ".join(dict.fromkeys(flag for hop in group for flag in hop.flags))
        if flags:
            text += "  " + screen.paint(flags, "yellow")
        if stop.label == "Dataset" and stop.kind:
            text += "  " + screen.paint(stop.kind.replace("_", " "), "dim")
        if elsewhere or (told and not below):
            text += "  " + screen.paint("(shown in another branch)", "dim")
        screen.line(text)
        if told:
            return
        margin = indent + ("   " if last else "│  ") + ("│  " if below else "   ")
        for place in _places(group, screen, cells(margin)):
            screen.line(screen.paint(margin + place, "dim"))


def _backwards(branches: Sequence[_Branch]) -> Iterator[tuple[_Branch, bool]]:
    """(branch, is the last), the last first, as a stack takes them."""
    return ((branch, place == 0) for place, branch in enumerate(reversed(branches)))


def _indent(above: tuple[bool, ...]) -> str:
    if len(above) <= _DEEPEST_INDENT:
        return "".join(["   " if last else "│  " for last in above])
    return f"{len(above) + 1:>3} … "


def _words(hop: Hop) -> str:
    return " ".join([word for word in (hop.type, hop.subtype) if word])


def _places(group: _Group, screen: Screen, margin: int) -> Iterator[str]:
    """`file:line:column  expression` for each piece of evidence, with the subtype where the hops differ in it."""
    found: dict[tuple[str, str], list[str]] = {}
    for hop in group:
        for one in hop.evidence:
            found.setdefault((place_of(one), one.expression or ""), []).append(hop.subtype or "")
    subtypes = {hop.subtype or "" for hop in group}
    for place, expression in list(found)[:EVIDENCE_SHOWN]:
        mine = dict.fromkeys(found[place, expression])
        text = place if len(mine) == len(subtypes) else f"{place}  {', '.join(mine)}"
        if expression:
            room = _EXPRESSION_IN_A_PIPE
            if screen.width is not None:
                room = screen.width - margin - cells(text) - 2
            if room >= 12:
                text += "  " + one_line(expression, room)
        yield text
    more = len(found) - EVIDENCE_SHOWN + sum(hop.more_evidence for hop in group)
    if more > 0:
        yield f"and {counted(more, 'more place')}"


def place_of(evidence: Evidence) -> str:
    return f"{shown(evidence.file)}:{evidence.line}:{evidence.column}"


def _title(screen: Screen, stop: Stop) -> str:
    text = screen.paint(shown(stop.name), "bold")
    about = stop.data_type if stop.label == "Column" else stop.kind and stop.kind.replace("_", " ")
    return text + ("  " + screen.paint(one_line(about), "dim") if about else "")


# -- influences ----------------------------------------------------------------------------------------------


def _print_influences(screen: Screen, influences: Sequence[Hop], upstream: bool) -> None:
    """By dataset: what joins, filters, groups or sorts its rows, and where."""
    screen.heading("Influences: what decides the rows" if upstream else "Influences: whose rows it decides")
    datasets: dict[str, dict[str, list[Hop]]] = {}
    for hop in influences:
        datasets.setdefault(hop.target.key, {}).setdefault(hop.subtype or "", []).append(hop)
    for subtypes in datasets.values():
        everywhere = {subtype: _evidence_of(hops) for subtype, hops in subtypes.items()}
        shared = next(iter(everywhere.values()))
        same = all(places == shared for places in everywhere.values())
        name = next(iter(subtypes.values()))[0].target.name
        screen.line(
            "  "
            + screen.paint(shown(name), "cyan")
            + (screen.paint(f"  {_listed(shared)}", "dim") if same else "")
        )
        width = max(map(len, subtypes))
        for subtype in sorted(subtypes):
            texts = [
                shown(hop.source.name) + ("".join(f" ({flag})" for flag in hop.flags))
                for hop in subtypes[subtype]
            ]
            if not same:
                texts[-1] += f"  {_listed(everywhere[subtype])}"
            for number, line in enumerate(_filled(texts, screen.width, width + 6)):
                screen.line(
                    f"    {screen.paint(subtype.ljust(width) if number == 0 else ' ' * width, 'dim')}  {line}"
                )


def _evidence_of(hops: Iterable[Hop]) -> list[str]:
    return list(dict.fromkeys(place_of(one) for hop in hops for one in hop.evidence))


def _listed(places: Sequence[str]) -> str:
    more = len(places) - EVIDENCE_SHOWN
    return ", ".join(places[:EVIDENCE_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _filled(texts: Sequence[str], width: int | None, margin: int) -> Iterator[str]:
    """Comma-separated texts in lines that fit beside a margin."""
    line = ""
    for number, text in enumerate(texts, 1):
        text += "," if number < len(texts) else ""
        if line and width is not None and margin + cells(line) + 1 + cells(text) > width:
            yield line
            line = text
        else:
            line = f"{line} {text}" if line else text
    yield line if width is None else clipped(line, max(width - margin, 20))
