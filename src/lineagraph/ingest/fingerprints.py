"""What the project database knows of files by sight: which need to be read again, and which were renamed."""

from __future__ import annotations

from collections.abc import Iterable, Set

from lineagraph.ingest.discover import FoundFile
from lineagraph.store.sources import Fingerprint


class Fingerprints:
    """The files of a project as they were when they were last read."""

    def __init__(self, rows: Iterable[Fingerprint]) -> None:
        self._known = {row[0]: row for row in rows}
        self._trusted = True

    def paths(self) -> Set[str]:
        return self._known.keys()

    def distrust(self) -> None:
        """Nothing looks unchanged from now on."""
        self._trusted = False

    def looks_unchanged(self, file: FoundFile, context: int) -> bool:
        """By size, times and inode, as git's index does it, and read in the same way.

        A file that was changed in the instant in which it was looked up may look as before: times are no finer than
        the file system's clock (git's documentation calls such entries racy). It does not look unchanged.
        """
        row = self._known.get(file.path)
        return (
            row is not None
            and self._trusted
            and row[1] == file.size
            and row[2] == file.mtime_ns
            and row[3] == file.inode
            and row[5] == context
            and file.mtime_ns < row[4] - _CLOCK_NS
        )

    def is_known(self, path: str, content_hash: bytes) -> bool:
        """Was a file read with this content, and can what it gave be used still?"""
        row = self._known.get(path)
        return row is not None and self._trusted and row[6] == content_hash

    def hashes(self, paths: Iterable[str]) -> dict[bytes, str]:
        """Content hashes of known files, for finding them under another name."""
        if not self._trusted:
            return {}
        return {self._known[path][6]: path for path in sorted(paths, reverse=True) if path in self._known}


_CLOCK_NS = 20_000_000
"""The coarsest clock of a file system in use: Linux' tick is 10 ms or less; network file systems and FAT have coarser
ones, but whole seconds there."""
