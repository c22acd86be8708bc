"""Watches folders and keeps a project up to date with them: file system events → batches → ingestions.

Events only say where to look. So they may come twice, late or in any order, and where they may be missing everything is
looked at, which costs one `stat` a file:

* before the first batch, with events already on: what happens during the first ingestion is not missed;
* after a burst: the system's queue of events is bounded, and watchfiles does not pass on that it overflowed, but it
  takes thousands of events to fill it;
* when an ignore file changes, and when a folder comes back that had gone;
* from time to time, for what no event tells: changes made on another machine to a shared folder, links that are
  followed, an overflow by few files that changed very often;
* every few seconds where the system cannot watch (too many folders for its limit, some of them forbidden).

Three threads: one waits for events (two where single files are watched), one looks after the folders themselves and the
clock, and the caller's ingests.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from msgspec import Struct
from watchfiles._rust_notify import (  # a documented part, whose constructor says when events are on
    RustNotify,
    WatchfilesRustInternalError,
)

from lineagraph.ingest.batches import Batch, BatchError, BatchOptions, BatchProcessor, EventKind
from lineagraph.ingest.discover import EXTENSIONS, IGNORE_FILES
from lineagraph.ingest.reports import IngestReport
from lineagraph.ingest.walk import NEVER_ENTERED

RESCAN_SECONDS: Final = 300.0
POLL_SECONDS: Final = 3.0

_STEP_MS: Final = 20
"""How long watchfiles waits for a further event before it hands over what it has."""
_GATHER_MS: Final = 200
"""How long it does so at most."""
_BURST: Final = 1_000
"""Events handed over at once that mean: look everywhere."""
_TICK_SECONDS: Final = 0.5
_SETTLE_SECONDS: Final = 2.0
"""After a folder appears it is looked at twice: a file could have come before the system watched it."""
_REBUILD_SECONDS: Final = 1.0
_DELETED: Final = 3
"""`watchfiles.Change.deleted`"""
_DATABASE_ENDS: Final = ("-wal", "-shm", "-journal")
"""SQLite's own files, which an ingestion makes and removes: they must not bring about the next one."""

Ingest = Callable[[Sequence[str] | None], IngestReport]
"""Brings the project up to date with what is at and below some absolute paths; None: everything that is watched."""


class WatchOptions(Struct, frozen=True):
    batches: BatchOptions = BatchOptions()
    rescan_seconds: float = RESCAN_SECONDS
    """Between two looks at everything for which there was no reason."""
    poll_seconds: float = POLL_SECONDS
    """The same where the system cannot watch."""
    follow_symlinks: bool = False


class Flushed(Struct, frozen=True):
    """One batch that is in the graph."""

    batch: Batch
    first: bool
    report: IngestReport
    seconds: float


class Watcher:
    """Watches `paths` until `stop` is set; `run` does it all.

    `ingest` is called in the thread of `run`. `tell` gets every batch that is in the graph; `warn` gets one line about
    what a user should know, from any thread. `ignore` are folders that are passed over, such as the project's own;
    `others` files that concern everything when they change, such as imported schemas.
    """

    def __init__(
        self,
        paths: Iterable[str | os.PathLike[str]],
        ingest: Ingest,
        *,
        stop: threading.Event,
        tell: Callable[[Flushed], object] = lambda flushed: None,
        warn: Callable[[str], object] = lambda text: None,
        options: WatchOptions | None = None,
        ignore: Iterable[str | os.PathLike[str]] = (),
        others: Iterable[str | os.PathLike[str]] = (),
    ) -> None:
        self._options = options or WatchOptions()
        self._roots = list(dict.fromkeys(os.path.abspath(os.fsdecode(path)) for path in paths))
        self._ignore = [os.path.abspath(os.fsdecode(path)) for path in ignore]
        self._ingest = ingest
        self._stop = stop
        self._tell = tell
        self._warn = warn
        self._processor = BatchProcessor(self._flush, self._options.batches, on_failure=self._failed)
        self._first = True
        self._unheard: Exception | None = None
        self._polling = threading.Event()
        self._root_moved = threading.Event()
        self._settling: dict[str, float] = {}
        self._looked = time.monotonic()
        folders = [root for root in self._roots if not os.path.isfile(root)]
        self._files = {root for root in self._roots if os.path.isfile(root)}
        self._others = {os.path.abspath(os.fsdecode(path)) for path in others}
        self._listeners = [
            _Listener(self, places, recursive)
            for places, recursive in (
                (folders, True),
                # Of a file the system watches the bytes; an editor that saves puts others in their place.
                (sorted({os.path.dirname(file) for file in self._files | self._others}), False),
            )
            if places
        ]

    def run(self) -> None:
        """Ingest, then watch and ingest until told to stop. Raises what the first ingestion or `tell` raises.

        A batch that is in hand when `stop` is set is finished if `ingest` does so; what is pending then is left to the
        next start, which looks everywhere.
        """
        threads = [threading.Thread(target=one.run, daemon=True) for one in self._listeners]
        threads.append(threading.Thread(target=self._look_after, name="lineagraph-watch", daemon=True))
        for thread in threads[:-1]:
            thread.start()
        for listener in self._listeners:
            listener.ready.wait()
        try:
            self._flush(Batch(rescan=True))
            threads[-1].start()
            self._processor.run()
            if self._unheard is not None:
                raise self._unheard
        finally:
            self._stop.set()
            self._processor.close(flush=False)
            for thread in threads:
                if thread.is_alive():
                    thread.join()

    # -- batches → ingestions ---------------------------------------------------------------------------------------

    def _flush(self, batch: Batch) -> None:
        if self._stop.is_set() and not self._first:
            return
        began = time.perf_counter()
        there = [root for root in self._roots if os.path.lexists(root)]
        paths: Sequence[str] | None
        if self._first or (batch.rescan and len(there) == len(self._roots)):
            paths = None
        elif batch.rescan:
            paths = there
        else:
            # Of a folder that has gone, perhaps with its disk, nothing is forgotten: it is waited for.
            paths = [path for path in batch.paths if any(_is_in(path, root) for root in there)]
        if paths is None or paths:
            report = self._ingest(paths)
            try:
                self._tell(Flushed(batch, self._first, report, time.perf_counter() - began))
            except Exception as error:  # noqa: BLE001 - not the batch's fault; `run` raises it
                self._unheard = error
                self._stop.set()
        self._first = False
        if batch.rescan:
            self._looked = time.monotonic()

    def _failed(self, batch: Batch, error: Exception) -> None:
        what = "a look at everything" if batch.rescan else f"{len(batch.paths):,} changed paths"
        again = self._options.batches.again_seconds
        self._warn(
            f"{what} could not be ingested: {str(error) or type(error).__name__}; trying again in {again:g} s"
        )

    # -- events → batches -------------------------------------------------------------------------------------------

    def take(self, changes: Iterable[tuple[int, str]], count: int) -> None:
        """Events as watchfiles has them: what they concern becomes pending."""
        if count >= _BURST:
            self._processor.overflow()
            return
        events: list[tuple[str, EventKind]] = []
        for change, path in changes:
            kind = EventKind.DELETED if change == _DELETED else EventKind.CHANGED
            if path in self._roots and path not in self._files:
                if kind == EventKind.DELETED:
                    self._root_moved.set()
            elif path in self._others:
                events.append((path, EventKind.OVERFLOW))
            elif self._concerns(path, kind):
                if os.path.basename(path) in IGNORE_FILES:
                    kind = EventKind.OVERFLOW
                events.append((path, kind))
        self._processor.add_all(events)

    def _concerns(self, path: str, kind: EventKind) -> bool:
        """Whether a path may be, contain or once have contained a file to ingest."""
        if path in self._files:
            return True
        root = next((root for root in self._roots if _is_in(path, root)), None)
        if root is None or any(_is_in(path, place) for place in self._ignore):
            return False
        parts = path[len(root) :].split(os.sep)
        if not NEVER_ENTERED.isdisjoint(parts):
            return False
        name = parts[-1]
        if name in IGNORE_FILES or name.lower().endswith(EXTENSIONS):
            return True
        if kind == EventKind.DELETED:
            return not name.endswith(_DATABASE_ENDS)  # it may have been a folder
        if os.path.isdir(path) and (self._options.follow_symlinks or not os.path.islink(path)):
            self._settling[path] = time.monotonic() + _SETTLE_SECONDS
            return True
        return self._options.follow_symlinks and os.path.islink(path)

    def overflow(self) -> None:
        self._processor.overflow()

    def poll(self, reason: str) -> None:
        """From now on everything is looked at every few seconds."""
        if not self._polling.is_set():
            self._polling.set()
            self._warn(f"{reason}; looking at all files every {self._options.poll_seconds:g} s instead")

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    # -- what no event tells ----------------------------------------------------------------------------------------

    def _look_after(self) -> None:
        absent = dict.fromkeys(self._roots, 0)
        with contextlib.suppress(BatchError):  # it is closed: the end
            while not self._stop.wait(_TICK_SECONDS):
                moved = self._root_moved.is_set()
                self._root_moved.clear()
                for listener in self._listeners:
                    listener.look_after(moved)
                self._say_what_is_gone(absent)
                settled = [path for path, due in list(self._settling.items()) if due <= time.monotonic()]
                for path in settled:
                    del self._settling[path]
                self._processor.add_all([(path, EventKind.CHANGED) for path in settled])
                polling = self._polling.is_set()
                interval = self._options.poll_seconds if polling else self._options.rescan_seconds
                if time.monotonic() - self._looked >= interval and not self._processor.pending():
                    self._processor.overflow()
                    self._looked = time.monotonic()
        self._processor.close(flush=False)

    def _say_what_is_gone(self, absent: dict[str, int]) -> None:
        """`absent` counts for how many ticks each has been gone; a program that replaces it may take one."""
        for root, ticks in absent.items():
            if os.path.lexists(root):
                if ticks >= 2:
                    self._warn(f"{root} is back")
                    self._processor.overflow()
                absent[root] = 0
                continue
            absent[root] += 1
            if absent[root] == 2:
                self._warn(f"{root} is gone; the graph keeps what it said, and it is waited for")


class _Listener:
    """One thread that waits for the events of some places, and starts anew when these were replaced."""

    def __init__(self, watcher: Watcher, places: Sequence[str], recursive: bool) -> None:
        self._watcher = watcher
        self._places = places
        self._recursive = recursive
        self._forbidden = False
        self.ready = threading.Event()
        """Events are on, or never will be."""
        self.rebuild = threading.Event()
        self._seen = [_identity(place) for place in places]

    def look_after(self, moved: bool) -> None:
        """Start anew if a place is another one than before, or where an event says so: the system watches the old."""
        now = [_identity(place) for place in self._places]
        if any(new is not None and (moved or old != new) for old, new in zip(self._seen, now, strict=True)):
            self.rebuild.set()
        self._seen = now

    def is_set(self) -> bool:
        """What watchfiles asks at every step: whether to stop."""
        return self._watcher.stopping or self.rebuild.is_set()

    def run(self) -> None:
        try:
            while not self._watcher.stopping:
                self.rebuild.clear()
                notify = self._open()
                if notify is None:
                    return
                with notify:
                    if self.ready.is_set():
                        self._watcher.overflow()  # nobody was looking for a while
                    self.ready.set()
                    self._listen(notify)
        except BatchError:  # it is closed: the end
            pass
        finally:
            self.ready.set()

    def _open(self) -> RustNotify | None:
        """Events of the places that exist; None where the system cannot watch."""
        while True:
            places = [place for place in self._places if os.path.isdir(place)]
            try:
                return RustNotify(places, False, False, 0, self._recursive, self._forbidden)
            except FileNotFoundError:
                continue  # it went this moment
            except PermissionError as error:
                # Events of the other folders still help, but it is not known which are missing.
                self._watcher.poll(f"some folders cannot be watched: {error}")
                self._forbidden = True
            except (OSError, WatchfilesRustInternalError) as error:
                self._watcher.poll(
                    f"changes cannot be watched: {error} (on Linux the limit is fs.inotify.max_user_watches)"
                )
                return None

    def _listen(self, notify: RustNotify) -> None:
        real = {os.path.realpath(place): place for place in self._places}
        while True:
            try:
                # No timeout: when one ends, watchfiles forgets what arrived in that instant.
                changes = notify.watch(_GATHER_MS, _STEP_MS, 0, self)
            except WatchfilesRustInternalError:
                # It ends at a name that is not UTF-8. Whatever that was about, looking everywhere finds it.
                self.rebuild.wait(_REBUILD_SECONDS)
                return
            if isinstance(changes, str):
                return
            self._watcher.take(((change, _given(path, real)) for change, path in changes), len(changes))


def _given(path: str, real: dict[str, str]) -> str:
    """An event's path below the place as it was given: some systems tell real paths."""
    for resolved, place in real.items():
        if resolved != place and _is_in(path, resolved):
            return place + path[len(resolved) :]
    return path


def _is_in(path: str, place: str) -> bool:
    return path == place or path.startswith(os.path.join(place, ""))


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino
