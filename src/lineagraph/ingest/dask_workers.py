"""Workers on Dask: a cluster that is there, or one of this machine's processes. Where work runs is Dask's business."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future
from typing import Any

from lineagraph.ingest import worker_side
from lineagraph.ingest.worker_dispatch import WorkerError
from lineagraph.ingest.worker_side import Failed, Preparation, Work

try:
    from distributed import Client, KilledWorker, Worker, WorkerPlugin
    from distributed.core import rpc
    from distributed.scheduler import NoValidWorkerError
except ModuleNotFoundError as missing:
    if (missing.name or "").partition(".")[0] not in ("dask", "distributed", "tornado"):
        raise
    raise WorkerError(
        "workers on Dask need the package distributed, which is not installed; "
        'install the extra: pip install "lineagraph[dask]"'
    ) from None

CONNECT_SECONDS = 10.0
"""A scheduler that has not answered by then will not; one without workers gets as long to have some."""

START_SECONDS = 60.0
"""A cluster of our own that has not started by then will not."""

_POLL = 2.0
"""Seconds between two questions to the scheduler how many workers there are."""

GONE_SECONDS = 60.0
"""A cluster without a single worker for so long has none coming."""

_log = logging.getLogger("distributed.client")


class _Prepare(WorkerPlugin):
    """Prepares each worker before its first task, also those that join later or replace a dead one."""

    idempotent = True

    def __init__(self, preparation: Preparation, own: bool) -> None:
        self.name = f"lineagraph-{preparation.key[:16]}"
        self.preparation = preparation
        self.own = own

    def setup(self, worker: Worker) -> None:
        if self.own:
            worker_side.prepare_process(self.preparation)
        else:
            worker_side.prepare(self.preparation)


class DaskLane:
    """The whole cluster. Dask decides which worker takes what, so it is not known who died of what."""

    ordered = False

    def __init__(self, engine: DaskEngine, client: Client, preparation: Preparation, seconds: float) -> None:
        self._engine = engine
        self._executor: Executor = client.get_executor(pure=False)
        self._preparation = preparation
        self._seconds = seconds
        self._fingerprint = worker_side.fingerprint()

    @property
    def slots(self) -> int:
        """Two chunks a thread: one to work on, one on its way."""
        return 2 * self._engine.workers

    def start(self) -> Future[int]:
        """The cluster is there; its workers were prepared when the engine connected."""
        ready: Future[int] = Future()
        ready.set_result(0)
        return ready

    def submit(self, function: Work, items: tuple[Any, ...]) -> Future[list[bytes] | Failed]:
        return self._executor.submit(
            worker_side.call_guarded,
            self._preparation.key,
            self._fingerprint,
            self._seconds,
            function,
            items,
        )

    def died(self, error: BaseException) -> bool:
        return isinstance(error, (KilledWorker, NoValidWorkerError))

    def kill(self) -> None:
        """Others may use the cluster; what runs there ends by itself (`worker_side.call_guarded`)."""

    def close(self, wait: bool = True) -> None:
        self._executor.shutdown(wait=False)


class DaskEngine:
    """One connection to a cluster."""

    lanes = 1
    chunk_factor = 4  # a task costs 7 ms of CPU: 2 here, the rest in the scheduler and the worker (measured)
    cut_off = "the Dask scheduler is gone, or dropped what it was given; run it again when it is back"

    def __init__(
        self, client: Client, preparation: Preparation, seconds: float, own: subprocess.Popen[str] | None
    ) -> None:
        self._client: Any = client  # typed as if each of its methods might be a coroutine
        self._preparation = preparation
        self._seconds = seconds
        self._own = own
        self._asked = time.monotonic()
        self._seen = self._asked
        self.workers = 1
        # We say ourselves what is wrong, in a line; Dask would say it too, in forty.
        self._loudness = _log.level
        _log.setLevel(logging.CRITICAL)

    @classmethod
    def connect(cls, address: str, preparation: Preparation, seconds: float) -> DaskEngine:
        """Use the cluster of the scheduler at `address`. Raises `WorkerError`: no answer, no or unfit workers."""
        return cls._opened(address, preparation, seconds, None)

    @classmethod
    def local(cls, workers: int, preparation: Preparation, seconds: float) -> DaskEngine:
        """Start a cluster of so many processes here. Raises `WorkerError` if it does not start."""
        process = subprocess.Popen(
            [sys.executable, "-m", "lineagraph.ingest.dask_local", str(workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)},
            start_new_session=True,  # Ctrl-C is for us
        )
        late = threading.Timer(START_SECONDS, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            if not address:
                raise WorkerError("the local Dask cluster did not start; what it said is above")
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            late.cancel()
        return cls._opened(address, preparation, seconds, process)

    @classmethod
    def _opened(
        cls, address: str, preparation: Preparation, seconds: float, own: subprocess.Popen[str] | None
    ) -> DaskEngine:
        client: Client | None = None
        try:
            client = _connected(address)
            engine = cls(client, preparation, seconds, own)
            engine._prepare(address)
        except BaseException:
            if client is not None:
                client.close()
            if own is not None:
                _end(own)
            raise
        return engine

    def _prepare(self, address: str) -> None:
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise WorkerError(
                f"the Dask scheduler at {address} has no workers; start some: dask worker {address} --nthreads 1"
            ) from None
        # The scheduler unpickles what it passes on.
        try:
            scheduler: Any = self._client.run_on_scheduler(worker_side.fingerprint)
        except ImportError as error:
            scheduler = error
        _must_be_ours(f"scheduler at {address}", scheduler)
        found = self._client.run(worker_side.fingerprint, on_error="return")
        for worker, theirs in found.items():
            _must_be_ours(f"worker {worker}", theirs)
        self._client.register_plugin(_Prepare(self._preparation, self._own is not None))
        self._count()

    def _count(self) -> None:
        self.workers = max(1, sum(self._client.nthreads().values()))

    def open_lane(self) -> DaskLane:
        return DaskLane(self, self._client, self._preparation, self._seconds)

    def lost(self) -> str | None:
        """Is the scheduler gone, or all of its workers for a minute? Also counts the workers anew."""
        now = time.monotonic()
        if now - self._asked < _POLL:
            return None
        self._asked = now
        if self._client.status != "running":
            return self.cut_off
        try:
            threads = sum(self._client.nthreads().values())
        except (OSError, RuntimeError) as error:
            return f"the Dask scheduler does not answer any more: {error}"
        if threads:
            self.workers, self._seen = threads, now
        elif now - self._seen > GONE_SECONDS:
            return f"the Dask cluster has had no worker for {GONE_SECONDS:g} s; start some and run it again"
        return None

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError, TimeoutError):  # a scheduler that is gone
            self._client.close(timeout=CONNECT_SECONDS)
        _log.setLevel(self._loudness)
        if self._own is not None:
            _end(self._own)


def _must_be_ours(who: str, fingerprint: object) -> None:
    """Raises `WorkerError` unless results made there are those made here. What cannot tell gives an exception."""
    ours = worker_side.fingerprint()
    if isinstance(fingerprint, Exception):
        raise WorkerError(f"the Dask {who} cannot run lineagraph ({fingerprint}); install there {ours}")
    if fingerprint != ours:
        raise WorkerError(
            f"the Dask {who} has {fingerprint}, but here is {ours}; install the same versions there"
        )


def _connected(address: str) -> Client:
    """A client of the scheduler at `address`; raises `WorkerError`."""
    problems: list[str] = []

    def ask() -> None:
        # A client that fails to connect may wait for ever, and complains of itself at exit: so ask before.
        try:
            asyncio.run(asyncio.wait_for(_identity(address), CONNECT_SECONDS))
        except TimeoutError:
            problems.append(f"nothing in {CONNECT_SECONDS:g} s")
        except (OSError, ValueError, RuntimeError) as error:
            problems.append(" ".join(str(error).split()))

    # In a thread, since our caller may be inside of an event loop (a notebook).
    thread = threading.Thread(target=ask, name="lineagraph-dask-connect", daemon=True)
    thread.start()
    thread.join()
    if not problems:
        try:
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except OSError as error:
            problems.append(str(error))
    raise WorkerError(
        f"the Dask scheduler at {address} does not answer ({problems[0]}); is it running, and is this its address?"
    )


async def _identity(address: str) -> None:
    async with rpc(address, timeout=CONNECT_SECONDS) as scheduler:
        await scheduler.identity()


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        process.wait(2 * CONNECT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()
