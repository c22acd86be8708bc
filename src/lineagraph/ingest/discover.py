"""Which files an ingestion reads: walks the given paths, honours ignore files, and says what could not be looked into.

A file's stored path (stored_paths.py) identifies it in the project; `FoundFile.absolute` is for opening the file.

What has changed since the last run is not decided here (changes.py does): `FoundFile` carries what `stat` says, and
`Discovery` when that was and which places could not be looked into, of whose files nothing is known.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from lineagraph.diagnostics import Diagnostic, LineagraphError
from lineagraph.ingest.stored_paths import relative_path, stored_path
from lineagraph.ingest.walk import Directory, FoundFile, Walk, identity_of, layers_above

EXTENSIONS: Final = (
    *(".sql", ".ddl", ".dml", ".psql", ".pgsql", ".tsql", ".plsql", ".hql", ".hive", ".bteq", ".bq", ".cql"),
    *(
        ".pls",
        ".plb",
        ".pkb",
        ".pks",
        ".pkg",
        ".pck",
        ".prc",
        ".proc",
        ".fnc",
        ".udf",
        ".trg",
        ".vw",
        ".view",
        ".tab",
    ),
    *(".sql.jinja", ".sql.jinja2", ".sql.j2", ".sql.tmpl", ".sql.template"),
)
"""What a file name ends with, in any case, to be taken as SQL. A path given by name is taken whatever it ends with."""

IGNORE_FILES: Final = (".gitignore", ".lineagraphignore")
"""In one directory, the rules of a later one win; a deeper directory's rules win over those above it."""


class DiscoveryError(LineagraphError):
    """A path to ingest does not exist or is nothing that can be read."""


class Discovery(Struct, frozen=True):
    """The files to ingest, in no order, and what could not be looked into."""

    files: list[FoundFile]
    problems: list[Diagnostic]
    roots: tuple[str, ...] = ()
    """Stored paths that were asked for. A directory ends in `/` and stands for all below it; the root is empty."""
    unseen: tuple[str, ...] = ()
    """Stored paths that could not be looked into, in the same form. Whether files there still exist is not known, so
    none of them counts as deleted."""
    began_ns: int = 0
    """By the system's clock, before the first `stat`: what changes later may not show in `files`."""


def discover(
    paths: Iterable[str | os.PathLike[str]],
    *,
    root: str | os.PathLike[str] | None = None,
    ignore_files: Sequence[str] = IGNORE_FILES,
    extensions: Sequence[str] = EXTENSIONS,
    follow_symlinks: bool = False,
) -> Discovery:
    """Find the files below `paths`. A file given by name is taken, whatever its ending and whatever ignore files say.

    `root` is the directory stored paths are relative to (default: the current one). Ignore files are read from the top
    of the git repository (or from `root`) down; a user's global ignore file and `.git/info/exclude` are not, because
    they differ between machines. Symbolic links inside the tree are followed only on request, and each directory once;
    else those that would lead to something not found otherwise are said, as `Severity.INFO`.
    Raises `DiscoveryError` if a path does not exist or is neither file nor directory.
    """
    began_ns = time.time_ns()
    base, walk = _walk_from(root, ignore_files, extensions, follow_symlinks)
    roots: set[str] = set()
    starts = [(os.path.abspath(given), _existing(given)) for given in map(os.fsdecode, paths)]
    for absolute, status in starts:
        roots.update(_begin(walk, absolute, base, status))
    if follow_symlinks:
        walk.follow_links()
    else:
        walk.report_links(base, [absolute for absolute, _ in starts])
    return _discovery(walk, roots, began_ns)


def look_again(
    places: Iterable[str | os.PathLike[str]],
    paths: Iterable[str | os.PathLike[str]],
    *,
    root: str | os.PathLike[str] | None = None,
    ignore_files: Sequence[str] = IGNORE_FILES,
    extensions: Sequence[str] = EXTENSIONS,
    follow_symlinks: bool = False,
) -> Discovery:
    """What `discover(paths)` would find at and below `places`, without looking anywhere else.

    `places` are files and directories that may have changed, appeared or gone; those outside of `paths` do not count.
    `Discovery.roots` says which stored paths the answer is about: what is known at or below one of them and was not
    found is gone. Of `paths`, those that do not exist are passed over. A changed ignore file concerns more than its
    own place, and so does a link where links are followed: look everywhere then, as this does for `follow_symlinks`.
    """
    began_ns = time.time_ns()
    base, walk = _walk_from(root, ignore_files, extensions, follow_symlinks)
    roots: set[str] = set()
    wanted = {os.path.abspath(os.fsdecode(place)) for place in places}
    for given in map(os.fsdecode, paths):
        start = os.path.abspath(given)
        try:
            status = os.stat(start)
        except OSError:
            continue
        below = [place for place in wanted if _is_below(place, start)]
        if follow_symlinks or any(place == start or _is_below(start, place) for place in wanted):
            roots.update(_begin(walk, start, base, status))
        elif below and stat.S_ISDIR(status.st_mode):
            top = _start_directory(walk, start, base)
            for place in sorted(below):
                roots.update(walk.descend(top, os.path.relpath(place, start).split(os.sep)))
    if follow_symlinks:
        walk.follow_links()
    return _discovery(walk, roots, began_ns)


def _walk_from(
    root: str | os.PathLike[str] | None,
    ignore_files: Sequence[str],
    extensions: Sequence[str],
    follow_symlinks: bool,
) -> tuple[str, Walk]:
    base = os.path.abspath(root if root is not None else os.getcwd())
    return base, Walk(base, ignore_files, extensions, follow_symlinks)


def _begin(walk: Walk, absolute: str, base: str, status: os.stat_result) -> tuple[str, ...]:
    """Find a file that was given, or what is below a directory; returns the places looked at.

    A file may be where there was a directory before, and the other way round.
    """
    if stat.S_ISDIR(status.st_mode):
        if walk.follow_symlinks:
            walk.seen.add(identity_of(status))
        start = _start_directory(walk, absolute, base)
        walk.tree(start)
        place = stored_path(start.relative)
        return (place,) if place in ("", "../" * place.count("../")) else (place, place.removesuffix("/"))
    relative = relative_path(absolute, base)
    walk.add(relative, absolute, status)
    return stored_path(relative), stored_path(relative) + "/"


def _start_directory(walk: Walk, absolute: str, base: str) -> Directory:
    relative = relative_path(absolute, base)
    prefix = "" if relative == "." else relative + "/"
    return Directory(absolute, prefix, layers_above(walk, absolute, base))


def _is_below(place: str, directory: str) -> bool:
    return place.startswith(os.path.join(directory, "")) and place != directory


def _discovery(walk: Walk, roots: Iterable[str], began_ns: int) -> Discovery:
    return Discovery(
        list(walk.files.values()),
        [walk.problems[where] for where in sorted(walk.problems)],
        tuple(sorted(roots)),
        tuple(sorted(walk.unseen)),
        began_ns,
    )


def read_file(absolute: str) -> bytes:
    """The bytes of a file that was found. Raises `OSError`, also where something else has taken its place meanwhile: a
    pipe would let us wait for ever, a device never end."""
    flags = (
        os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    )
    descriptor = os.open(absolute, flags)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "is no longer a file")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read()
    finally:
        os.close(descriptor)


def _existing(path: str) -> os.stat_result:
    shown = stored_path(path)
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise DiscoveryError(
            f"{shown}: no such file or directory; check the spelling (nothing was ingested)"
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DiscoveryError(
            f"{shown}: {reason}; check the path and its permissions (nothing was ingested)"
        ) from None
    if not stat.S_ISDIR(status.st_mode) and not stat.S_ISREG(status.st_mode):
        raise DiscoveryError(f"{shown}: neither a file nor a directory; give a folder of SQL or single files")
    return status


__all__ = [
    "EXTENSIONS",
    "IGNORE_FILES",
    "Discovery",
    "DiscoveryError",
    "FoundFile",
    "discover",
    "look_again",
    "read_file",
]
