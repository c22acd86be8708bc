"""One batch into the database: what files say now replaces what they said before; the difference is counted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from lineagraph.diagnostics import Severity
from lineagraph.model import EdgeKind, FileLineage, GraphDelta, NodeLabel
from lineagraph.store.base import FileChange
from lineagraph.store.contributions import (
    Contribution,
    EdgeKey,
    Flows,
    Row,
    contribute,
    edge_keys,
    flows,
    read_part,
    unpack,
)
from lineagraph.store.entities import EntityTable
from lineagraph.store.identity import (
    CONTRIBUTION_BITS,
    CONTRIBUTION_MASK,
    ORDINAL_BITS,
    ORDINAL_MASK,
    contribution_range,
    link_range,
)
from lineagraph.store.packing import (
    pack_diagnostics,
    pack_ordinals,
    unpack_diagnostics,
    unpack_statements,
)
from lineagraph.store.prepared import Prepared, prepare

_ENTITY_LABELS = (int(NodeLabel.DATASET), int(NodeLabel.ROUTINE))


class Batch:
    """One call of `apply`, inside its transaction: collects what to write, then writes it in bulk."""

    def __init__(self, db: sqlite3.Connection, table: EntityTable) -> None:
        self._db = db
        self._table = table
        self._tallies: Counter[str] = Counter()
        self._owned: Counter[int] = Counter()

    def run(self, changes: Sequence[FileChange], deletions: Sequence[str]) -> GraphDelta:
        table = self._table
        table.begin()
        latest = {change.record.path: change for change in changes}
        known = self._known_files([*latest, *(path for path in deletions if path not in latest)])
        old = self._old_contributions(known.values())
        self._forget_details(known)
        prepared = {path: prepared_of(change) for path, change in latest.items()}
        table.load_keys({
            key
            for one in prepared.values()
            if one is not None
            for label, key in zip(one.labels, one.keys, strict=True)
            if label in _ENTITY_LABELS
        })  # fmt: skip
        removed_files = [file for path, file in known.items() if path not in latest]
        ids, added_files = self._write_files(latest, prepared, known)

        fresh: list[Contribution] = []
        stale: list[Contribution] = []
        for path, one in prepared.items():
            file = ids[path]
            before = old.get(file)
            if one is None:
                if before is not None:
                    stale.append(unpack(file, before))
                continue
            after = contribute(one, file, table)
            if before is not None:
                if before == list(after.rows):
                    continue  # it says what it said: nothing of the graph is touched
                stale.append(unpack(file, before))
            fresh.append(after)
        stale += [unpack(file, old[file]) for file in removed_files if file in old]
        table.load_ids({node >> ORDINAL_BITS for contribution in stale for node in contribution.nodes})

        stale_flows = [flows(contribution.parts) for contribution in stale]
        fresh_flows = [flows(contribution.parts) for contribution in fresh]
        touched = self._count(stale, stale_flows, fresh, fresh_flows)
        self._delete_stale(stale, stale_flows)
        edges_added, edges_removed = self._edge_delta(stale, fresh, fresh_flows)
        self._insert_fresh(fresh, fresh_flows)
        nodes_added, nodes_removed = table.write_back(touched)
        self._db.executemany("DELETE FROM files WHERE id = ?", [(file,) for file in removed_files])
        self._write_tallies()
        return GraphDelta(
            nodes_added + added_files, nodes_removed + len(removed_files), edges_added, edges_removed
        )

    # -- files -------------------------------------------------------------------------------------

    def _known_files(self, paths: Sequence[str]) -> dict[str, int]:
        rows = self._db.execute(
            "SELECT path, id, outcome FROM files WHERE path IN (SELECT value FROM json_each(?))",
            (_json(paths),),
        ).fetchall()
        for _, _, outcome in rows:
            self._tallies[f"file/{outcome}"] -= 1
        return {path: id for path, id, _ in rows}

    def _old_contributions(self, files: Iterable[int]) -> dict[int, list[Row]]:
        old: dict[int, list[Row]] = {}
        for file in files:
            rows = self._db.execute(
                "SELECT id, nodes, sayings, edges FROM contributions WHERE id BETWEEN ? AND ? ORDER BY id",
                contribution_range(file),
            ).fetchall()
            if rows:
                old[file] = rows
        return old

    def _forget_details(self, known: dict[str, int]) -> None:
        tallies = self._tallies
        for file in known.values():
            row = self._db.execute(
                "SELECT statements, diagnostics FROM file_details WHERE file = ?", (file,)
            ).fetchone()
            if row is not None:
                for statement in unpack_statements(row[0]):
                    tallies[f"statement/{statement.outcome}"] -= 1
                for diagnostic in unpack_diagnostics(row[1]):
                    tallies[f"diagnostic/{diagnostic.code} {diagnostic.severity}"] -= 1
        self._db.executemany("DELETE FROM file_details WHERE file = ?", [(file,) for file in known.values()])

    def _write_files(
        self,
        latest: dict[str, FileChange],
        prepared: dict[str, Prepared | None],
        known: dict[str, int],
    ) -> tuple[dict[str, int], int]:
        ids: dict[str, int] = {}
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        details: list[tuple[object, ...]] = []
        tallies = self._tallies
        next_id = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM files").fetchone()[0]
        for path, change in latest.items():
            record = change.record
            values = (record.dialect, record.outcome)
            file = known.get(path)
            if file is None:
                file = next_id
                next_id += 1
                inserts.append((file, path, *values))
            else:
                updates.append((*values, file))
            ids[path] = file
            one = prepared[path]
            details.append(
                (
                    file,
                    sum(diagnostic.severity == Severity.ERROR for diagnostic in change.diagnostics),
                    one.statements if one is not None else None,
                    pack_diagnostics(change.diagnostics),
                )
            )
            tallies[f"file/{record.outcome}"] += 1
            for outcome, count in one.outcomes.items() if one is not None else ():
                tallies[f"statement/{outcome}"] += count
            for diagnostic in change.diagnostics:
                tallies[f"diagnostic/{diagnostic.code} {diagnostic.severity}"] += 1
        db = self._db
        db.executemany("INSERT INTO files VALUES (?, ?, ?, ?)", inserts)
        db.executemany("UPDATE files SET dialect = ?, outcome = ? WHERE id = ?", updates)
        db.executemany("INSERT INTO file_details VALUES (?, ?, ?, ?)", details)
        return ids, len(inserts)

    # -- contributions -----------------------------------------------------------------------------

    def _count(
        self,
        stale: Sequence[Contribution],
        stale_flows: Sequence[Flows],
        fresh: Sequence[Contribution],
        fresh_flows: Sequence[Flows],
    ) -> set[int]:
        """Who mentions what: less what stale contributions said, more what fresh ones say. Returns the entities."""
        table, tallies = self._table, self._tallies
        mentions: Counter[int] = Counter()
        for contribution in stale:
            mentions.subtract(contribution.nodes)
            for node in contribution.nodes:
                if node >= 0:
                    table.by_id(node >> ORDINAL_BITS).shrunk = True
            for entity, sayings in contribution.sayings.items():
                table.by_id(entity).unsay(contribution.file, sayings)
            tallies["evidence"] -= sum([part.evidence for part in contribution.parts])
        for contribution in fresh:
            mentions.update(contribution.nodes)
            for entity, sayings in contribution.sayings.items():
                table.by_id(entity).say(contribution.file, sayings)
            tallies["evidence"] += sum([part.evidence for part in contribution.parts])
        for found in fresh_flows:
            self._owned.update(found.owned)
        for found in stale_flows:
            self._owned.subtract(found.owned)
        return table.count(mentions, self._owned)

    def _delete_stale(self, stale: Sequence[Contribution], found: Sequence[Flows]) -> None:
        db = self._db
        db.executemany(
            "DELETE FROM contributions WHERE id = ?", [(row[0],) for one in stale for row in one.rows]
        )
        for table, links in (
            ("flows_in", [one.links_in for one in found]),
            ("flows_out", [one.links_out for one in found]),
        ):
            gone = [(entity << CONTRIBUTION_BITS | id,) for places in links for entity, id in places]
            db.executemany(f"DELETE FROM {table} WHERE id = ?", gone)

    def _insert_fresh(self, fresh: Sequence[Contribution], found: Sequence[Flows]) -> None:
        db = self._db
        db.executemany(
            "INSERT INTO contributions VALUES (?, ?, ?, ?)", [row for one in fresh for row in one.rows]
        )
        # sorted, because neighbours share a page
        links_in = sorted([entity << CONTRIBUTION_BITS | id for one in found for entity, id in one.links_in])
        db.executemany("INSERT INTO flows_in VALUES (?)", [(link,) for link in links_in])
        links_out = [
            (entity << CONTRIBUTION_BITS | id, pack_ordinals(ordinals))
            for one in found
            for (entity, id), ordinals in one.links_out.items()
        ]
        links_out.sort()
        db.executemany("INSERT INTO flows_out VALUES (?, ?)", links_out)

    # -- the difference ----------------------------------------------------------------------------

    def _edge_delta(
        self, stale: Sequence[Contribution], fresh: Sequence[Contribution], found: Sequence[Flows]
    ) -> tuple[int, int]:
        """How many edges came and went; tallied too. Call while the links hold what *other* files say."""
        added, removed = self._has_column_delta()
        before: set[EdgeKey] = set()
        after: set[EdgeKey] = set()
        by_id = self._table.by_id
        claims = Counter([entity for one in found for entity, _ in one.links_in])
        kinds: Counter[int] = Counter()
        for contribution, one in zip(fresh, found, strict=True):
            nodes = contribution.nodes
            if (
                len(contribution.parts) == 1
                and len(set(nodes)) == len(nodes)
                and all(claims[entity] == 1 and by_id(entity).is_new for entity, _ in one.links_in)
            ):
                # nearly every file of a first ingestion: all its targets are new and its own, so all its edges are
                kinds.update(one.kinds)
                added += len(one.kinds)
            else:
                after |= edge_keys(contribution.parts)
        for contribution in stale:
            before |= edge_keys(contribution.parts)
        elsewhere = self._stated_elsewhere(before ^ after)
        self._tally_edges(kinds, 1)
        for edges, sign in ((after - before - elsewhere, 1), (before - after - elsewhere, -1)):
            self._tally_edges(Counter([edge[0] for edge in edges]), sign)
            if sign > 0:
                added += len(edges)
            else:
                removed += len(edges)
        return added, removed

    def _tally_edges(self, kinds: Counter[int], sign: int) -> None:
        for kind, count in kinds.items():
            self._tallies[f"edge/{int(kind)}"] += sign * count

    def _has_column_delta(self) -> tuple[int, int]:
        """A dataset counts the files that say it has a column, so its edge comes and goes with that count."""
        added = removed = 0
        for node, change in self._owned.items():
            after = self._table.by_id(node >> ORDINAL_BITS).owned[node & ORDINAL_MASK]
            added += after > 0 and after == change
            removed += after == 0 and change < 0
        self._tallies[f"edge/{int(EdgeKind.HAS_COLUMN)}"] += added - removed
        return added, removed

    def _stated_elsewhere(self, changed: set[EdgeKey]) -> set[EdgeKey]:
        """Those of these edges that files outside the batch state as well.

        Such a file has links from the source's entity and into the target's: found by walking the shorter of the two
        lists and looking into the other. Where the target is new, nothing is read.
        """
        table = self._table
        elsewhere: set[EdgeKey] = set()
        pairs: dict[tuple[int, int], list[EdgeKey]] = {}
        for edge in changed:
            kind, source, target = edge
            if kind == EdgeKind.DEFINES:
                continue  # starts at its own file
            entity = table.by_id(target >> ORDINAL_BITS)
            if not entity.is_new and (target & ORDINAL_MASK) not in entity.fresh:
                pairs.setdefault((source >> ORDINAL_BITS, target >> ORDINAL_BITS), []).append(edge)
        if not pairs:
            return elsewhere
        written = self._entities_with_flows_in({target for _, target in pairs})
        parts: set[int] = set()
        for source, target in pairs:
            if target in written:
                parts.update(self._parts_between(source, target))
        wanted = {edge for edges in pairs.values() for edge in edges}
        for id in parts:
            nodes, edges = self._db.execute(
                "SELECT nodes, edges FROM contributions WHERE id = ?", (id,)
            ).fetchone()
            elsewhere |= wanted & edge_keys([read_part(id, nodes, edges)])
        return elsewhere

    def _entities_with_flows_in(self, entities: set[int]) -> set[int]:
        rows = self._db.execute(
            f"SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM flows_in"
            f" WHERE id BETWEEN value << {CONTRIBUTION_BITS} AND (value << {CONTRIBUTION_BITS}) + {CONTRIBUTION_MASK})",
            (_json(sorted(entities)),),
        )
        return {entity for (entity,) in rows}

    def _parts_between(self, source: int, target: int) -> list[int]:
        """Contributions with flows out of one entity and into another."""
        if source < 0 or self._table.by_id(source).files[0] < self._table.by_id(target).files[0]:
            walked, near, far, other = "flows_out", source, target, "flows_in"
        else:
            walked, near, far, other = "flows_in", target, source, "flows_out"
        rows = self._db.execute(
            f"SELECT id & {CONTRIBUTION_MASK} AS part FROM {walked} WHERE id BETWEEN ? AND ?"
            f" AND EXISTS (SELECT 1 FROM {other} WHERE {other}.id = ? | ({walked}.id & {CONTRIBUTION_MASK}))",
            (*link_range(near), far << CONTRIBUTION_BITS),
        )
        return [part for (part,) in rows]

    def _write_tallies(self) -> None:
        self._db.executemany(
            "INSERT INTO tallies VALUES (?, ?) ON CONFLICT (subject) DO UPDATE SET count = count + excluded.count",
            [(subject, count) for subject, count in self._tallies.items() if count],
        )
        self._db.execute("DELETE FROM tallies WHERE count = 0")


def prepared_of(change: FileChange) -> Prepared | None:
    return change.lineage if not isinstance(change.lineage, FileLineage) else prepare(change.lineage)


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()
