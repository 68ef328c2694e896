"""Where units of work run: in this process, in processes of this machine, on a Dask cluster.

All of them take a function and its tasks, and tell which task is finished as it happens. What a
task computes must not depend on where it runs, and it must be safe to compute it twice.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for_object
from pathlib import Path
from threading import Thread
from typing import Any, Protocol

from ingest.errors import InputError
from ingest.progress import Progress
from ingest.stopping import end_with_parent

Function = Callable[..., object]
Task = tuple[Any, ...]
Tasks = Sequence[Task]
#: Rasters and other files, each with the variable of a NetCDF.
Reads = Iterable[tuple[str, str | None]]
Positions = Generator[int, None, None]

#: Tasks handed over for each worker: nobody waits for the next one, and memory stays bounded.
TASKS_AHEAD = 4

#: Seconds between looks at an executor that finishes nothing: it may have grown, or be gone.
_PATIENCE = 10


class Workers(Protocol):
    """Who computes."""

    def completed(self, function: Function, tasks: Tasks, reads: Reads = ()) -> Positions:
        """Call a function with each task's arguments; yield positions as they are finished.

        Parameters
        ----------
        function : callable
            Importable by its name; its result is not used.
        tasks : sequence of tuple
            Arguments of each call.
        reads : iterable of (path, variable)
            Rasters and other files the tasks will read, for workers that may not see them.

        Raises
        ------
        InputError
            If workers are lost for good; errors of a task are raised as they are.
        """


class ThisProcess:
    """One task after the other, here."""

    def completed(self, function: Function, tasks: Tasks, reads: Reads = ()) -> Positions:
        """See `Workers.completed`."""
        for position, task in enumerate(tasks):
            function(*task)
            yield position


class OwnProcesses:
    """Processes of this machine.

    A process that is killed, as systems do when memory runs out, takes its pool with it: the tasks
    that are left go to a fresh pool of half as many, until one process alone is killed too.

    Parameters
    ----------
    count : int
        How many to begin with.
    progress : Progress
        Told when a process was killed.
    """

    def __init__(self, count: int, progress: Progress) -> None:
        self._count = count
        self._progress = progress

    def completed(self, function: Function, tasks: Tasks, reads: Reads = ()) -> Positions:
        """See `Workers.completed`."""
        left = dict(enumerate(tasks))
        count = self._count
        while left:
            try:
                for position in _in_one_pool(count, function, dict(left)):
                    del left[position]
                    yield position
            except BrokenProcessPool:
                if count == 1:
                    raise InputError(
                        "a worker process was killed, as systems do when memory runs out",
                        mend="make room; the same command goes on from here",
                    ) from None
                count //= 2
                self._progress.note(
                    "a worker process was killed, as systems do when memory runs out: "
                    f"going on with {count}"
                )


@contextmanager
def open_workers(
    count: int | None, scheduler: str | None, data: Path, progress: Progress
) -> Iterator[Workers | None]:
    """Give the workers a user asked for; None lets the size of the work decide.

    Parameters
    ----------
    count : int, optional
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask cluster.
    data : Path
        The folder that tasks write to.
    progress : Progress
        Told what a user should know of workers.

    Raises
    ------
    InputError
        If both are given, or the cluster cannot be used.
    """
    if scheduler is None:
        yield None if count is None else OwnProcesses(count, progress)
        return
    if count is not None:
        raise InputError(
            "--workers and --scheduler exclude each other",
            mend="leave out --workers: a cluster has the workers it was started with",
        )
    from ingest.cluster import open_cluster

    with open_cluster(scheduler, data, progress) as cluster:
        yield cluster


def own_workers(*, parallel: bool, progress: Progress) -> Workers:
    """Return what suits this machine: a process for each core, or this process alone."""
    return OwnProcesses(os.cpu_count() or 1, progress) if parallel else ThisProcess()


def each_completed(
    executor: Executor,
    function: Function,
    tasks: Mapping[int, Task],
    limit: Callable[[], int],
) -> Positions:
    """Yield the keys of tasks as they are finished, with a bounded number under way.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Where the tasks run.
    function : callable
        Called with each task's arguments.
    tasks : mapping of int to tuple
        Handed over in this order; those not begun are cancelled when the generator ends.
    limit : callable
        Most tasks under way; asked again and again, since a cluster may grow.
    """
    under_way: dict[Future[object], int] = {}
    waiting = iter(tasks.items())
    try:
        while True:
            room = max(limit(), 1) - len(under_way)
            for key, task in islice(waiting, max(room, 0)):
                under_way[executor.submit(function, *task)] = key
            if not under_way:
                return
            done, _ = wait(under_way, timeout=_PATIENCE, return_when=FIRST_COMPLETED)
            for future in done:
                key = under_way.pop(future)
                future.result()
                yield key
    finally:
        for future in under_way:
            future.cancel()


def _in_one_pool(count: int, function: Function, tasks: Mapping[int, Task]) -> Iterator[int]:
    with worker_pool(count) as pool:
        yield from each_completed(pool, function, tasks, lambda: count * TASKS_AHEAD)


def worker_pool(count: int) -> ProcessPoolExecutor:
    """Start processes for units of work.

    They are spawned, because threads of this process (the progress bar, GDAL, Arrow) would leave
    locks behind in a forked copy.
    """
    pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin_worker)
    # They inherit that Ctrl-C is ignored, and leave it to this process to stop them in good order.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        for _ in range(count):
            pool.submit(os.getpid)
    finally:
        signal.signal(signal.SIGINT, handler)
    return pool


def _begin_worker() -> None:
    """Never outlive the parent, even one that was killed."""
    end_with_parent()
    parent = parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for_object([sentinel])
    os._exit(1)
