"""What runs units of work: the interface, and the order in which results are taken."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from itertools import islice
from typing import Any, Protocol

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
