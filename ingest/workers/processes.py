"""Workers of this machine: this process alone, or a pool of processes that outlives a kill."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait as wait_for_object
from threading import Thread

from ingest.workers.base import TASKS_AHEAD, Function, Positions, Reads, Task, Tasks, each_completed
from workspace.errors import InputError
from workspace.progress import Progress
from workspace.stopping import end_with_parent

#: What tidies up after a run that had to end at once need not tell the user that it does.
_TRACKER_IS_SILENT = "ignore::UserWarning:multiprocessing.resource_tracker"


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
                        fix="make room; the same command goes on from here",
                    ) from None
                count //= 2
                self._progress.note(
                    "a worker process was killed, as systems do when memory runs out: "
                    f"going on with {count}"
                )


def _in_one_pool(count: int, function: Function, tasks: Mapping[int, Task]) -> Iterator[int]:
    with worker_pool(count) as pool:
        yield from each_completed(pool, function, tasks, lambda: count * TASKS_AHEAD)


def worker_pool(count: int) -> ProcessPoolExecutor:
    """Start processes for units of work.

    They are spawned, because threads of this process (the progress bar, GDAL, Arrow) would leave
    locks behind in a forked copy.
    """
    if _TRACKER_IS_SILENT not in sys.warnoptions:
        sys.warnoptions.append(_TRACKER_IS_SILENT)
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
