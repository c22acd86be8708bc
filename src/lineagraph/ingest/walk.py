"""The walk through directories: what is in them, which ignore rules hold there, and what could not be looked into.

Most of the time goes into `stat`, once per file. So the loop over a directory's entries makes nothing it can do without
and asks the ignore rules only about names they can match.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from lineagraph.diagnostics import Code, Diagnostic, Severity
from lineagraph.ingest.ignore_rules import BadLine, IgnoreRules, NameScreen, parse_rules
from lineagraph.ingest.stored_paths import relative_path, stored_path
from lineagraph.model import Span

NEVER_ENTERED: Final = frozenset({".git", ".hg", ".svn", ".bzr", "_darcs", ".jj", "CVS", ".lineagraph"})
"""Names of directories."""

_LARGEST_IGNORE_FILE: Final = 250_000
"""Bytes, which at worst take a second to compile. The largest real one we know of has 20 kB; a bigger file is a
mistake or an attack."""

_MOST_BAD_LINES: Final = 20
"""Reported per ignore file: by then it is clear that the file is not one."""

_DIRECTORY_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC if os.scandir in os.supports_fd else 0
"""How a directory is opened where its entries can be asked for by it: then the system need not walk the whole path
again for each file. 0 where that cannot be (Windows)."""

_MOST_LINKS: Final = 20
"""Links not followed that are reported one by one."""


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


class Layer(Struct, frozen=True, gc=False):
    """One ignore file in force in a directory; `prefix` leads from the ignore file's directory to the current one."""

    rules: IgnoreRules
    prefix: str
    screen: NameScreen | None
    """None: no rule can match a file that would be taken."""


class Directory(Struct, frozen=True, gc=False):
    absolute: str
    relative: str
    """Relative to the root, not yet made showable; empty or ending in `/`."""
    layers: tuple[Layer, ...]
    """The one that wins comes first."""


class Walk:
    """The state of one discovery: what was found, what went wrong, which directories have been seen."""

    def __init__(
        self, base: str, ignore_files: Sequence[str], extensions: Sequence[str], follow_symlinks: bool
    ) -> None:
        """`base` is the directory that stored paths are relative to."""
        self.ignore_files = tuple(ignore_files)
        self.extensions = tuple(e.lower() for e in extensions)
        self.follow_symlinks = follow_symlinks
        self.files: dict[str, FoundFile] = {}
        self.problems: dict[tuple[str, int], Diagnostic] = {}
        self.seen: set[tuple[int, int]] = set()
        self.links: list[tuple[Directory, str]] = []
        self.unseen: set[str] = set()
        self.above_root: dict[str, str] = {}
        """The base and the directories above it, and what leads from the base to each."""
        while base not in self.above_root:
            self.above_root[base] = "../" * len(self.above_root)
            base = os.path.dirname(base)

    def problem(self, relative: str, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        path = stored_path(relative) or "."
        self.problems[path, 0] = Diagnostic(
            Code.UNREADABLE_FILE, severity, f"{path}: {message}", hint=hint, file=path
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

    def tree(self, start: Directory) -> None:
        """Visit a directory and all below it, in no order."""
        pending = [start]
        while pending:
            directory = pending.pop()
            handle: int | str = directory.absolute
            try:
                if _DIRECTORY_FLAGS:
                    handle = os.open(directory.absolute, _DIRECTORY_FLAGS)
                with os.scandir(handle) as scan:
                    entries = list(scan)
                self._visit(directory, entries, pending)
            except FileNotFoundError:
                continue  # it vanished between its listing and our visit: then there is nothing to report
            except OSError as error:
                self.unseen.add(stored_path(directory.relative))
                self.problem(
                    directory.relative,
                    f"cannot list the directory: {error.strerror}",
                    "Give read permission, or ignore it; what is known of files in it is kept.",
                )
            finally:
                if isinstance(handle, int):
                    os.close(handle)

    def _visit(self, directory: Directory, entries: list[os.DirEntry[str]], pending: list[Directory]) -> None:
        layers = self._enter(directory, entries)
        asked = [layer.screen for layer in layers if layer.screen is not None]
        extensions, files = self.extensions, self.files
        stored = stored_path(directory.relative)
        above = os.path.join(directory.absolute, "")
        for entry in entries:
            name = entry.name
            try:
                if not (name.endswith(extensions) or name.lower().endswith(extensions)) or not entry.is_file(
                    follow_symlinks=False
                ):
                    self._visit_other(directory, entry, layers, pending)
                    continue
                for screen in asked:
                    if screen.passes(name) and is_ignored(layers, name, False):
                        break
                else:
                    status = entry.stat(follow_symlinks=False)
                    # what `stored_path` does not change, told faster
                    plain = name.isprintable() and "\\" not in name
                    path = stored + (name if plain else stored_path(name))
                    files[path] = FoundFile(
                        path,
                        above + name,
                        status.st_size,
                        status.st_mtime_ns,
                        status.st_ino,
                        status.st_ctime_ns,
                    )
                    if self.follow_symlinks:
                        self.seen.add(identity_of(status))
            except FileNotFoundError:
                continue
            except OSError as error:
                self._no_status(directory.relative + name, error)

    def descend(self, top: Directory, parts: Sequence[str]) -> tuple[str, str]:
        """Look at one place below a directory that is walked, as `tree` would; returns the stored paths looked at."""
        end = top
        for name in parts:
            end = self._below(end, name, ())
        places = (stored_path(end.relative.removesuffix("/")), stored_path(end.relative))
        directory = top
        for left, name in enumerate(parts, 1 - len(parts)):
            layers = self._enter(directory, None)
            below = self._below(directory, name, layers)
            try:
                status = os.lstat(below.absolute)
            except (FileNotFoundError, NotADirectoryError):
                break
            except OSError as error:
                self._no_status(end.relative.removesuffix("/"), error)
                break
            if stat.S_ISDIR(status.st_mode):
                if name in NEVER_ENTERED or is_ignored(layers, name, True):
                    break
                if left == 0:
                    self.tree(below)
                directory = below
                continue
            taken = left == 0 and stat.S_ISREG(status.st_mode) and name.lower().endswith(self.extensions)
            if taken and not is_ignored(layers, name, False):
                self.add(below.relative.removesuffix("/"), below.absolute, status)
            break
        return places

    def _visit_other(
        self,
        directory: Directory,
        entry: os.DirEntry[str],
        layers: tuple[Layer, ...],
        pending: list[Directory],
    ) -> None:
        """What is no file to ingest: a directory to visit, a link for later, anything else."""
        name = entry.name
        if entry.is_dir(follow_symlinks=False):
            if name not in NEVER_ENTERED and not is_ignored(layers, name, True):
                if self.follow_symlinks:
                    # a link to a directory above leads back to directories that are no links
                    identity = identity_of(entry.stat(follow_symlinks=False))
                    if identity in self.seen:
                        return
                    self.seen.add(identity)
                pending.append(self._below(directory, name, layers))
        elif entry.is_symlink():
            self.links.append((self._below(directory, name, layers), name))

    def _below(self, directory: Directory, name: str, layers: tuple[Layer, ...]) -> Directory:
        deeper = tuple([Layer(layer.rules, f"{layer.prefix}{name}/", layer.screen) for layer in layers])
        absolute = os.path.join(directory.absolute, name)
        # On the way down to the base there must be no detour in paths: `../project/a.sql` is `a.sql`.
        relative = self.above_root.get(absolute)
        if relative is None:
            relative = f"{directory.relative}{name}/"
        return Directory(absolute, relative, deeper)

    def _no_status(self, relative: str, error: OSError) -> None:
        self.unseen.add(stored_path(relative))
        self.unseen.add(stored_path(relative) + "/")
        self.problem(relative, f"cannot be read: {error.strerror}", "Give read permission.")

    def _enter(self, directory: Directory, entries: list[os.DirEntry[str]] | None) -> tuple[Layer, ...]:
        """The rules that hold in a directory, some of which may be in files of its own. Unlisted, they are tried."""
        layers = directory.layers
        names: Sequence[str] = self.ignore_files
        if entries is not None:
            present = {entry.name for entry in entries if entry.name in self.ignore_files}
            names = [name for name in names if name in present] if present else ()
        for name in names:
            rules = self.read_rules(directory.absolute, directory.relative, name)
            if rules is not None:
                layers = (Layer(rules, "", rules.name_screen(self.extensions)), *layers)
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

    def _follow(self, target: Directory, name: str) -> None:
        relative = target.relative.removesuffix("/")
        try:
            status = os.stat(target.absolute)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                self.unseen.update((stored_path(relative), stored_path(target.relative)))
            if name.lower().endswith(self.extensions):
                self.problem(
                    relative, f"is a broken symbolic link: {error.strerror}", "Repair or remove the link."
                )
            return
        directory = stat.S_ISDIR(status.st_mode)
        if identity_of(status) in self.seen or is_ignored(own_layers(target, name), name, directory):
            return
        if directory and name not in NEVER_ENTERED:
            self.seen.add(identity_of(status))
            self.tree(target)
        elif stat.S_ISREG(status.st_mode) and name.lower().endswith(self.extensions):
            self.seen.add(identity_of(status))
            self.add(relative, target.absolute, status)

    def report_links(self, base: str, starts: Sequence[str]) -> None:
        """Say which links would have led to something that is not below one of `starts` and was not found."""
        tops = [
            start if start.endswith(os.sep) else start + os.sep for start in map(os.path.realpath, starts)
        ]
        lost: list[str] = []
        for target, name in sorted(self.links, key=lambda link: link[0].relative):
            try:
                directory = stat.S_ISDIR(os.stat(target.absolute).st_mode)
            except OSError:
                continue  # it leads nowhere
            if not directory and not name.lower().endswith(self.extensions):
                continue
            real = os.path.realpath(target.absolute)
            inside = directory and any((real + os.sep).startswith(top) for top in tops)
            found = inside or stored_path(relative_path(real, base)) in self.files
            if not found and not is_ignored(own_layers(target, name), name, directory):
                lost.append(target.relative.removesuffix("/"))
        for number, relative in enumerate(lost[:_MOST_LINKS], 1):
            more = f", as {len(lost) - number:,} more" if number == _MOST_LINKS < len(lost) else ""
            self.problem(
                relative,
                f"is a symbolic link and was not followed{more}",
                "Ask for links to be followed, ingest what it leads to by its own path, or ignore it.",
                Severity.INFO,
            )


def layers_above(walk: Walk, start: str, base: str) -> tuple[Layer, ...]:
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
    layers: tuple[Layer, ...] = ()
    for directory in reversed(above):
        prefix = os.path.relpath(start, directory).replace(os.sep, "/") + "/"
        relative = relative_path(directory, base)
        for name in walk.ignore_files:
            rules = walk.read_rules(directory, "" if relative == "." else relative + "/", name)
            if rules is not None:
                layers = (Layer(rules, prefix, rules.name_screen(walk.extensions)), *layers)
    return layers


def own_layers(target: Directory, name: str) -> tuple[Layer, ...]:
    """The rules as of the directory that holds a link, from those below it."""
    return tuple(
        [Layer(layer.rules, layer.prefix[: -len(name) - 1], layer.screen) for layer in target.layers]
    )


def is_ignored(layers: tuple[Layer, ...], name: str, directory: bool) -> bool:
    for layer in layers:
        verdict = layer.rules.decide(layer.prefix + name, directory)
        if verdict is not None:
            return verdict
    return False


def identity_of(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
