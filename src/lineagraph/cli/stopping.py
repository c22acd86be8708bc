"""SIGINT and SIGTERM ask a long command to come to an end: it finishes what is in hand, stores it, and stops."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130


class Stopping:
    """`event` is set once a signal came; `status` is the exit status it asks for."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.status = 0
        self.word = "stopped"

    def on_signal(self, number: int, _: FrameType | None) -> None:
        if self.event.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: now; what is not stored is lost, and read again by the next run
        if number == signal.SIGINT:
            self.status, self.word = INTERRUPTED, "interrupted"
        self.event.set()


@contextmanager
def stopped_by_signals() -> Generator[Stopping]:
    """Inside, the first signal only sets the event. Where signals cannot be taken (not in the main thread), nothing
    changes."""
    stopping = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, stopping.on_signal)
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
