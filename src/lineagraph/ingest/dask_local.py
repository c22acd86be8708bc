"""A Dask cluster of this machine's processes, as a process of its own: `python -m lineagraph.ingest.dask_local 4`.

In a process of its own the scheduler does not compete with our caller for the interpreter's lock, and workers that
replace dead ones do not run our caller's script again. Prints the scheduler's address; ends when its input does.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from typing import Any

CLOSE_SECONDS = 5.0
"""Ending in good order takes no longer than that, or is left undone: workers end with their parent anyway."""


def main(workers: int) -> None:
    """Serve until standard input ends. Raises what Dask raises if there can be no cluster."""
    # Deaths of workers are reported by whoever uses them. Read when distributed is imported, here and in each worker.
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    import dask
    import distributed

    make_cluster: Any = distributed.LocalCluster  # typed as if it might be a coroutine

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    if sys.platform != "win32":
        # Workers are started with it blocked: it would end them before they get to ignore it.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    settings = {
        # Who killed a worker is found out by trying alone (`worker_dispatch`), not by killing three more.
        "distributed.scheduler.allowed-failures": 0,
        # Without it, a worker that happens to be dead some seconds after it died the last time is not replaced again.
        "distributed.deploy.lost-worker-timeout": "365 days",
        # Samples every thread a hundred times a second, for a page we do not serve.
        "distributed.worker.profile.enabled": False,
        # Memory is watched for all workers together, by whoever hands out.
        "distributed.worker.memory.terminate": False,
        "distributed.worker.memory.pause": False,
    }
    with (
        dask.config.set(settings),
        make_cluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            worker_dashboard_address="127.0.0.1:0",
        ) as cluster,
    ):
        sys.stdout.write(f"{cluster.scheduler_address}\n")
        sys.stdout.flush()
        sys.stdin.read()
        threading.Timer(CLOSE_SECONDS, os._exit, (1,)).start()
    os._exit(0)


if __name__ == "__main__":
    main(int(sys.argv[1]))
