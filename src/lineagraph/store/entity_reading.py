"""Datasets and routines as readers see them: rows of the database merged into nodes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from lineagraph.store.merging import EntityView


class FilePaths:
    """Paths by `files.id`, read once each."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._paths: dict[int, str] = {}

    def __call__(self, file: int) -> str:
        path = self._paths.get(file)
        if path is None:
            path = self._paths[file] = self._db.execute(
                "SELECT path FROM files WHERE id = ?", (file,)
            ).fetchone()[0]
        return path


def read_entities(
    db: sqlite3.Connection, path_of: FilePaths, where: str = "", values: tuple[object, ...] = ()
) -> Iterator[EntityView]:
    """The entities that a SQL condition selects."""
    for id, label, key, columns, mentions in db.execute(
        f"SELECT id, label, key, columns, mentions FROM entities {where}", values
    ):
        yield EntityView(id, label, key, columns, mentions, path_of)
