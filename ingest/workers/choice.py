"""Which workers a run has: this process, processes of its own, or a cluster."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.workers.base import Workers
from ingest.workers.processes import OwnProcesses, ThisProcess
from workspace.errors import InputError
from workspace.progress import Progress


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
            fix="leave out --workers: a cluster has the workers it was started with",
        )
    from ingest.workers.cluster import open_cluster

    with open_cluster(scheduler, data, progress) as cluster:
        yield cluster


def own_workers(*, parallel: bool, progress: Progress) -> Workers:
    """Return what suits this machine: a process for each core, or this process alone."""
    return OwnProcesses(os.cpu_count() or 1, progress) if parallel else ThisProcess()
