"""How often Python looks for garbage while files are read and bound: rarely, since little of it is in cycles."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager

_THRESHOLDS = (100_000, 50, 1_000)
"""A syntax tree under way is some ten thousand objects that all live: with fewer, every large statement is looked
through in vain. What a file leaves in cycles is 400 objects (TPC-DS), so this is the garbage of 250 files."""


def look_rarely() -> None:
    """For a process that does nothing else: what lives now is never looked through."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)


@contextmanager
def long_lived_set_aside() -> Generator[None]:
    """Inside, what lives now is never looked through, and new objects only every 100,000.

    With Python's own thresholds (700) the collector runs several times per file, each tenth time over all that is
    alive: sqlglot's classes above all. Measured on TPC-DS: extraction takes 12% less time so than with 10,000, and as
    long as without any collection.
    """
    thresholds = gc.get_threshold()
    ours = gc.isenabled() and gc.get_freeze_count() == 0
    if ours:
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        if ours:
            gc.set_threshold(*thresholds)
            gc.unfreeze()
