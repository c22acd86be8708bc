"""Imported by nobody but multiprocessing's fork server, before it forks: what it forks gets its signals back.

`process_workers` starts the server with interrupts blocked, so that what is sent to a whole group of processes does not
end it. Others who use the same server in this program know nothing of that.
"""

from __future__ import annotations

import os
import signal


def _unblock() -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})


os.register_at_fork(after_in_child=_unblock)
