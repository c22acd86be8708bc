"""One batch into the database: what changed files say now replaces what they said before, and the difference is counted."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from lineagraph.model import EdgeKind, GraphDelta, NodeLabel
from lineagraph.store.base import FileChange
from lineagraph.store.contributions import Contribution, EdgeKey, Part, Row, contribute, count_mentions, edge_keys, links, unpack
from lineagraph.store.entities import EntityTable
from lineagraph.store.identity import (
    CONTRIBUTION_BITS,
    CONTRIBUTION_MASK,
    ORDINAL_BITS,
    ORDINAL_MASK,
    PART_BITS,
    contribution_range,
    link_range,
)
from lineagraph.store.packing import (
    pack_diagnostics,
    pack_ordinals,
    pack_statements,
    unpack_diagnostics,
    unpack_edges,
    unpack_nodes,
    unpack_statements,
)


class Batch:
    """One call of `apply`, inside its transaction: collects what to write, then writes it in bulk."""

    def __init__(self, db: sqlite3.Connection, table: EntityTable) -> None:
        self._db = db
        self._table = table
        self._tallies: Counter[str] = Counter()
        self._touched: set[int] = set()
        self._before: Counter[EdgeKey] = Counter()
        self._after: Counter[EdgeKey] = Counter()

    def run(self, changes: Sequence[FileChange], deletions: Sequence[str]) -> GraphDelta:
        table = self._table
        table.begin()
        latest = {change.record.path: change for change in changes}
        known = self._known_files([*latest, *(path for path in deletions if path not in latest)])
        old = self._old_contributions(known.values())
        self._forget_details(known)
        table.load_keys({
            node.key
            for change in latest.values()
            if change.lineage is not None
            for node in change.lineage.nodes
            if node.label == NodeLabel.DATASET or node.label == NodeLabel.ROUTINE
        })  # fmt: skip
        removed_files = [file for path, file in known.items() if path not in latest]
        ids, added_files = self._write_files(latest, known)

        fresh: list[Contribution] = []
        stale: list[Contribution] = []
        for path, change in latest.items():
            file = ids[path]
            before = old.get(file)
            if change.lineage is None:
                if before is not None:
                    stale.append(unpack(file, before))
                continue
            after = contribute(change.lineage, file, table)
            if before is not None:
                if before == list(after.rows):
                    continue  # it says what it said: nothing of the graph is touched
                stale.append(unpack(file, before))
            fresh.append(after)
        stale += [unpack(file, old[file]) for file in removed_files if file in old]
        table.load_ids({node >> ORDINAL_BITS for contribution in stale for node in contribution.nodes})

        for contribution in stale:
            self._count(contribution, -1, self._before)
        for contribution in fresh:
            self._count(contribution, 1, self._after)
        self._write_links(stale, fresh)
        edges_added, edges_removed = self._edge_delta()
        self._write_contributions(stale, fresh)
        nodes_added, nodes_removed = table.write_back(self._touched)
        self._db.executemany("DELETE FROM files WHERE id = ?", [(file,) for file in removed_files])
        self._write_tallies()
        return GraphDelta(
            nodes_added + added_files, nodes_removed + len(removed_files), edges_added, edges_removed
        )

    # -- files ----------------------------------------------------------------------------------------------------------

    def _known_files(self, paths: Sequence[str]) -> dict[str, int]:
        rows = self._db.execute(
            "SELECT path, id, outcome FROM files WHERE path IN (SELECT value FROM json_each(?))", (_json(paths),)
        ).fetchall()
        for _, _, outcome in rows:
            self._tallies[f"file/{outcome}"] -= 1
        return {path: id for path, id, _ in rows}

    def _old_contributions(self, files: Iterable[int]) -> dict[int, list[Row]]:
        old: dict[int, list[Row]] = {}
        for file in files:
            rows = self._db.execute(
                "SELECT id, nodes, profiles, edges FROM contributions WHERE id BETWEEN ? AND ? ORDER BY id",
                contribution_range(file),
            ).fetchall()
            if rows:
                old[file] = rows
        return old

    def _forget_details(self, known: dict[str, int]) -> None:
        tallies = self._tallies
        for file in known.values():
            row = self._db.execute("SELECT statements, diagnostics FROM file_details WHERE file = ?", (file,)).fetchone()
            if row is not None:
                for statement in unpack_statements(row[0]):
                    tallies[f"statement/{statement.outcome}"] -= 1
                for diagnostic in unpack_diagnostics(row[1]):
                    tallies[f"diagnostic/{diagnostic.code} {diagnostic.severity}"] -= 1
        self._db.executemany("DELETE FROM file_details WHERE file = ?", [(file,) for file in known.values()])

    def _write_files(self, latest: dict[str, FileChange], known: dict[str, int]) -> tuple[dict[str, int], int]:
        ids: dict[str, int] = {}
        inserts: list[tuple[object, ...]] = []
        updates: list[tuple[object, ...]] = []
        details: list[tuple[object, ...]] = []
        tallies = self._tallies
        next_id = self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM files").fetchone()[0]
        for path, change in latest.items():
            record = change.record
            values = (
                record.size, record.mtime_ns, record.inode, record.content_hash, record.dialect, record.outcome,
            )  # fmt: skip
            file = known.get(path)
            if file is None:
                file = next_id
                next_id += 1
                inserts.append((file, path, *values))
            else:
                updates.append((*values, file))
            ids[path] = file
            statements = change.lineage.statements if change.lineage is not None else ()
            details.append(
                (file, pack_statements(statements), pack_diagnostics(change.diagnostics), change.dependencies, change.facts)
            )
            tallies[f"file/{record.outcome}"] += 1
            for statement in statements:
                tallies[f"statement/{statement.outcome}"] += 1
            for diagnostic in change.diagnostics:
                tallies[f"diagnostic/{diagnostic.code} {diagnostic.severity}"] += 1
        db = self._db
        db.executemany("INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?)", inserts)
        db.executemany(
            "UPDATE files SET size = ?, mtime_ns = ?, inode = ?, content_hash = ?, dialect = ?, outcome = ? WHERE id = ?",
            updates,
        )
        db.executemany("INSERT INTO file_details VALUES (?, ?, ?, ?, ?)", details)
        return ids, len(inserts)

    # -- contributions ----------------------------------------------------------------------------------------------------

    def _count(self, contribution: Contribution, sign: int, edges: Counter[EdgeKey]) -> None:
        self._touched |= count_mentions(contribution, self._table, sign)
        keys = edge_keys(contribution.parts)
        edges.update(keys)
        by_id = self._table.by_id
        for kind, _, target in keys:
            if kind == EdgeKind.HAS_COLUMN:
                by_id(target >> ORDINAL_BITS).owned[target & ORDINAL_MASK] += sign
        self._tallies["evidence"] += sign * sum([len(part.edges) for part in contribution.parts])

    def _write_links(self, stale: Sequence[Contribution], fresh: Sequence[Contribution]) -> None:
        """Take the old links away and keep the new ones for later: in between, the tables hold what *other* files say."""
        links_in, links_out = links([part for contribution in stale for part in contribution.parts])
        db = self._db
        for table, gone in (("flows_in", links_in), ("flows_out", links_out)):
            db.executemany(f"DELETE FROM {table} WHERE id = ?", [(entity << CONTRIBUTION_BITS | id,) for entity, id in gone])
        self._new_links = links([part for contribution in fresh for part in contribution.parts])

    def _write_contributions(self, stale: Sequence[Contribution], fresh: Sequence[Contribution]) -> None:
        db = self._db
        db.executemany(
            "DELETE FROM contributions WHERE id = ?", [(part.id,) for contribution in stale for part in contribution.parts]
        )
        db.executemany(
            "INSERT INTO contributions VALUES (?, ?, ?, ?)", [row for contribution in fresh for row in contribution.rows]
        )
        for table, new in zip(("flows_in", "flows_out"), self._new_links, strict=True):
            # in the order of the keys: neighbours share a page
            rows = sorted([(entity << CONTRIBUTION_BITS | id, pack_ordinals(ordinals)) for (entity, id), ordinals in new.items()])
            db.executemany(f"INSERT INTO {table} VALUES (?, ?)", rows)

    # -- the difference ---------------------------------------------------------------------------------------------------

    def _edge_delta(self) -> tuple[int, int]:
        """How many edges came and went, counted in the tallies too; call while no link of this batch is stored."""
        before, after = self._before, self._after
        added = [edge for edge in after if edge not in before]
        removed = [edge for edge in before if edge not in after]
        elsewhere = self._stated_elsewhere(added, removed)
        if elsewhere:
            added = [edge for edge in added if edge not in elsewhere]
            removed = [edge for edge in removed if edge not in elsewhere]
        for kind, count in Counter([edge[0] for edge in added]).items():
            self._tallies[f"edge/{int(kind)}"] += count
        for kind, count in Counter([edge[0] for edge in removed]).items():
            self._tallies[f"edge/{int(kind)}"] -= count
        return len(added), len(removed)

    def _stated_elsewhere(self, added: Sequence[EdgeKey], removed: Sequence[EdgeKey]) -> set[EdgeKey]:
        """Those of these edges that files outside the batch state as well.

        Such a file has links from the source's entity and into the target's: found by walking the shorter of the two
        lists and looking into the other. In a first ingestion nearly every target is new and nothing is read.
        """
        table = self._table
        elsewhere: set[EdgeKey] = set()
        pairs: dict[tuple[int, int], list[EdgeKey]] = {}
        has_column, defines = int(EdgeKind.HAS_COLUMN), int(EdgeKind.DEFINES)
        for edges, stated_here in ((added, self._after), (removed, {})):
            for edge in edges:
                kind, source, target = edge
                if kind == defines:
                    continue  # starts at its own file
                entity = table.by_id(target >> ORDINAL_BITS)
                if kind == has_column:
                    if entity.owned[target & ORDINAL_MASK] > stated_here.get(edge, 0):
                        elsewhere.add(edge)
                elif not entity.is_new and (target & ORDINAL_MASK) not in entity.fresh:
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
            nodes, edges = self._db.execute("SELECT nodes, edges FROM contributions WHERE id = ?", (id,)).fetchone()
            elsewhere |= wanted & edge_keys([Part(id, unpack_nodes(nodes), unpack_edges(edges))])
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
        if source < 0 or self._table.by_id(source).files() < self._table.by_id(target).files():
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


def _json(values: Sequence[object]) -> str:
    return msgspec.json.encode(values).decode()
