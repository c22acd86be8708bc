"""Which files an ingestion reads: walks the given paths, honours ignore files, and says what could not be looked into.

A file's stored path identifies it in the project. It is relative to `root` with `/` between its parts, so it is the
same on every machine and from whatever directory the command runs: `sql/marts/revenue.sql`; a file outside of `root`
gets `../` in front. Where a name cannot be shown or stored as it is (control characters, bytes that are not UTF-8),
those characters are written `\\xNN`, and a backslash is doubled, so two files never share a stored path.
`FoundFile.absolute` is for opening the file.

What has changed since the last run is not decided here: `FoundFile` carries what `stat` says, and that is all the next
stage needs to compare.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from lineagraph.diagnostics import Code, Diagnostic, LineagraphError, Severity
from lineagraph.ingest.ignore_rules import BadLine, IgnoreRules, parse_rules
from lineagraph.model import Span

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

_NEVER_ENTERED: Final = frozenset({".git", ".hg", ".svn", ".bzr", "_darcs", ".jj", "CVS", ".lineagraph"})
_LARGEST_IGNORE_FILE: Final = 250_000
"""Bytes, which at worst take a second to compile. The largest real one we know of has 20 kB; a bigger file is a
mistake or an attack."""

_MOST_BAD_LINES: Final = 20
"""Reported per ignore file: by then it is clear that the file is not one."""

_UNSHOWABLE: Final = re.compile("[\\\\\x00-\x1f\x7f-\x9f\ud800-\udfff\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Also the characters that reorder or break a line on a terminal."""


class DiscoveryError(LineagraphError):
    """A path to ingest does not exist or is nothing that can be read."""


class FoundFile(Struct, frozen=True, gc=False):
    """One file to ingest, and what `stat` said of it at the time."""

    path: str
    """The stored path."""
    absolute: str
    """For opening it; bytes that are not UTF-8 are in Python's surrogateescape form."""
    size: int
    mtime_ns: int
    inode: int
    ctime_ns: int = 0
    """Moves also when a tool sets the modification time back."""


class Discovery(Struct, frozen=True):
    """The files to ingest, sorted by stored path, and what could not be looked into."""

    files: list[FoundFile]
    problems: list[Diagnostic]


class _Layer(Struct, frozen=True, gc=False):
    """One ignore file in force in a directory; `prefix` leads from the ignore file's directory to the current one."""

    rules: IgnoreRules
    prefix: str


class _Directory(Struct, frozen=True, gc=False):
    absolute: str
    relative: str
    """Relative to the root, not yet made showable; empty or ending in `/`."""
    layers: tuple[_Layer, ...]
    """The one that wins comes first."""


class _Walk:
    """The state of one discovery: what was found, what went wrong, which directories have been seen."""

    def __init__(self, ignore_files: Sequence[str], extensions: Sequence[str], follow_symlinks: bool) -> None:
        self.ignore_files = tuple(ignore_files)
        self.extensions = tuple(e.lower() for e in extensions)
        self.follow_symlinks = follow_symlinks
        self.files: dict[str, FoundFile] = {}
        self.problems: dict[tuple[str, int], Diagnostic] = {}
        self.seen: set[tuple[int, int]] = set()
        self.links: list[tuple[_Directory, str]] = []

    def problem(self, relative: str, message: str, hint: str) -> None:
        path = stored_path(relative) or "."
        self.problems[path, 0] = Diagnostic(
            Code.UNREADABLE_FILE, Severity.ERROR, f"{path}: {message}", hint=hint, file=path
        )

    def bad_lines(self, relative: str, lines: Sequence[BadLine]) -> None:
        path = stored_path(relative)
        for bad in lines[:_MOST_BAD_LINES]:
            self.problems[path, bad.line] = Diagnostic(
                Code.UNREADABLE_FILE,
                Severity.WARNING,
                f"{path}:{bad.line}: this line {bad.reason}",
                Span(bad.line, 1, bad.line, 1),
                hint="The line is not applied, all others are; write it more simply, or as several lines.",
                file=path,
            )
        if len(lines) > _MOST_BAD_LINES:
            last = lines[_MOST_BAD_LINES].line
            self.problems[path, last] = Diagnostic(
                Code.UNREADABLE_FILE,
                Severity.WARNING,
                f"{path}:{last}: this line and {len(lines) - _MOST_BAD_LINES - 1:,} below it are not applied either",
                Span(last, 1, last, 1),
                hint="Check that this is an ignore file.",
                file=path,
            )

    def add(self, relative: str, absolute: str, status: os.stat_result) -> None:
        path = stored_path(relative)
        self.files[path] = FoundFile(
            path, absolute, status.st_size, status.st_mtime_ns, status.st_ino, status.st_ctime_ns
        )

    def tree(self, start: _Directory) -> None:
        """Visit a directory and all below it. Order of visits is not order of results: those are sorted at the end."""
        pending = [start]
        while pending:
            directory = pending.pop()
            try:
                with os.scandir(directory.absolute) as scan:
                    entries = list(scan)
            except OSError as error:
                # A directory can vanish between its listing and our visit: then there is nothing to report.
                if not isinstance(error, FileNotFoundError):
                    self.problem(
                        directory.relative,
                        f"cannot list the directory: {error.strerror}",
                        "Give read permission, or ignore it.",
                    )
                continue
            self._visit(directory, entries, pending)

    def _visit(
        self, directory: _Directory, entries: list[os.DirEntry[str]], pending: list[_Directory]
    ) -> None:
        layers = self._enter(directory, entries)
        extensions = self.extensions
        for entry in entries:
            name = entry.name
            try:
                if entry.is_dir(follow_symlinks=False):
                    if name not in _NEVER_ENTERED and not _ignored(layers, name, True):
                        if self.follow_symlinks:
                            # a link to a directory above leads back to directories that are no links
                            identity = _identity(entry.stat(follow_symlinks=False))
                            if identity in self.seen:
                                continue
                            self.seen.add(identity)
                        pending.append(_below(directory, entry.path, name, layers))
                elif entry.is_symlink():
                    if self.follow_symlinks:
                        self.links.append((_below(directory, entry.path, name, layers), name))
                elif (
                    name.lower().endswith(extensions)
                    and entry.is_file(follow_symlinks=False)
                    and not _ignored(layers, name, False)
                ):
                    status = entry.stat(follow_symlinks=False)
                    self.add(directory.relative + name, entry.path, status)
                    if self.follow_symlinks:
                        self.seen.add(_identity(status))
            except FileNotFoundError:
                continue
            except OSError as error:
                self.problem(
                    directory.relative + name, f"cannot be read: {error.strerror}", "Give read permission."
                )

    def _enter(self, directory: _Directory, entries: list[os.DirEntry[str]]) -> tuple[_Layer, ...]:
        layers = directory.layers
        present = {e.name for e in entries if e.name in self.ignore_files}
        for name in self.ignore_files:
            if name in present:
                rules = self.read_rules(directory.absolute, directory.relative, name)
                if rules is not None:
                    layers = (_Layer(rules, ""), *layers)
        return layers

    def read_rules(self, directory: str, relative: str, name: str) -> IgnoreRules | None:
        """The rules of an ignore file, if there is one. As in git, a symbolic link is not taken for one."""
        path = os.path.join(directory, name)
        try:
            if not stat.S_ISREG(os.lstat(path).st_mode):
                return None
            with open(path, "rb") as file:
                data = file.read(_LARGEST_IGNORE_FILE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.problem(
                relative + name,
                f"cannot be read: {error.strerror}",
                "Its rules are not applied; give read permission.",
            )
            return None
        if len(data) > _LARGEST_IGNORE_FILE:
            self.problem(
                relative + name,
                f"is larger than {_LARGEST_IGNORE_FILE:,} bytes and was not read",
                "Its rules are not applied; make it shorter.",
            )
            return None
        rules, bad = parse_rules(data.decode("utf-8", "surrogateescape"))
        self.bad_lines(relative + name, bad)
        return rules

    def follow_links(self) -> None:
        """Symbolic links come after everything real and in sorted order, so which path wins is not luck."""
        while self.links:
            batch, self.links = self.links, []
            for target, name in sorted(batch, key=lambda link: link[0].relative):
                self._follow(target, name)

    def _follow(self, target: _Directory, name: str) -> None:
        relative = target.relative.removesuffix("/")
        try:
            status = os.stat(target.absolute)
        except OSError as error:
            if name.lower().endswith(self.extensions):
                self.problem(
                    relative, f"is a broken symbolic link: {error.strerror}", "Repair or remove the link."
                )
            return
        directory = stat.S_ISDIR(status.st_mode)
        own_layers = tuple(_Layer(layer.rules, layer.prefix[: -len(name) - 1]) for layer in target.layers)
        if _identity(status) in self.seen or _ignored(own_layers, name, directory):
            return
        if directory and name not in _NEVER_ENTERED:
            self.seen.add(_identity(status))
            self.tree(target)
        elif stat.S_ISREG(status.st_mode) and name.lower().endswith(self.extensions):
            self.seen.add(_identity(status))
            self.add(relative, target.absolute, status)


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
    they differ between machines. Symbolic links inside the tree are followed only on request, and each directory once.
    Raises `DiscoveryError` if a path does not exist or is neither file nor directory.
    """
    base = os.path.abspath(root if root is not None else os.getcwd())
    walk = _Walk(ignore_files, extensions, follow_symlinks)
    starts = [(os.fsdecode(path), _existing(os.fsdecode(path))) for path in paths]
    for given, status in starts:
        absolute = os.path.abspath(given)
        relative = _relative(absolute, base)
        if stat.S_ISDIR(status.st_mode):
            if follow_symlinks:
                walk.seen.add(_identity(status))
            prefix = "" if relative == "." else relative + "/"
            walk.tree(_Directory(absolute, prefix, _layers_above(walk, absolute, base)))
        else:
            walk.add(relative, absolute, status)
    walk.follow_links()
    return Discovery(
        [walk.files[path] for path in sorted(walk.files)],
        [walk.problems[where] for where in sorted(walk.problems)],
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


def stored_path(relative: str) -> str:
    """A relative path in the form that is stored and shown: `/` between parts, nothing unprintable; one-to-one."""
    if os.sep != "/":
        relative = relative.replace(os.sep, "/")
    return _UNSHOWABLE.sub(_escape, relative) if _UNSHOWABLE.search(relative) else relative


def _escape(match: re.Match[str]) -> str:
    char = match.group()
    if char == "\\":
        return "\\\\"
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    # Above ASCII only bytes are written \xNN: U+0085 and the byte 0x85 are different names.
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}"


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


def _relative(absolute: str, base: str) -> str:
    """Relative to the base; where one of the two was reached through a symbolic link, by the real paths."""
    if absolute != base and not absolute.startswith(base.rstrip(os.sep) + os.sep):
        real, real_base = os.path.realpath(absolute), os.path.realpath(base)
        if real == real_base or real.startswith(real_base.rstrip(os.sep) + os.sep):
            absolute, base = real, real_base
    try:
        return os.path.relpath(absolute, base).replace(os.sep, "/")
    except ValueError:  # Windows: on another drive there is no relative path.
        return Path(absolute).as_posix()


def _layers_above(walk: _Walk, start: str, base: str) -> tuple[_Layer, ...]:
    """The ignore files above a starting directory, from the repository's top (else from the root) down."""
    above: list[str] = []
    directory = start
    top = None
    while True:
        if os.path.lexists(os.path.join(directory, ".git")):
            top = directory
            break
        parent = os.path.dirname(directory)
        if parent == directory:
            break
        directory = parent
    if top is None:
        top = base if start.startswith(base.rstrip(os.sep) + os.sep) else start
    directory = start
    while directory != top:
        directory = os.path.dirname(directory)
        above.append(directory)
    layers: tuple[_Layer, ...] = ()
    for directory in reversed(above):
        prefix = os.path.relpath(start, directory).replace(os.sep, "/") + "/"
        relative = _relative(directory, base)
        for name in walk.ignore_files:
            rules = walk.read_rules(directory, "" if relative == "." else relative + "/", name)
            if rules is not None:
                layers = (_Layer(rules, prefix), *layers)
    return layers


def _below(directory: _Directory, absolute: str, name: str, layers: tuple[_Layer, ...]) -> _Directory:
    deeper = tuple([_Layer(layer.rules, f"{layer.prefix}{name}/") for layer in layers])
    return _Directory(absolute, f"{directory.relative}{name}/", deeper)


def _ignored(layers: tuple[_Layer, ...], name: str, directory: bool) -> bool:
    for layer in layers:
        verdict = layer.rules.decide(layer.prefix + name, directory)
        if verdict is not None:
            return verdict
    return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
