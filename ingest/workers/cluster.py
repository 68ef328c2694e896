"""Units of work on a Dask cluster that exists already: connect, check, compute.

A worker is given work only if it computes what this process would: with the same code and
libraries, in the same data folder, from the same files. Workers that are there are asked before
work starts; every worker, one that joins later too, makes sure of it before its first unit.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import platform
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

from ingest.workers.base import (
    TASKS_AHEAD,
    Function,
    Positions,
    Reads,
    Tasks,
    each_completed,
)
from workspace.errors import InputError
from workspace.files import is_remote
from workspace.progress import Progress
from workspace.project import PACKAGES
from workspace.settings import PENDING

#: Seconds to wait for the scheduler's answer, and for a first worker.
_ANSWER_WITHIN = 10
_WORKER_WITHIN = 30

#: Libraries that computed values or the bytes of a file pass through.
_LIBRARIES = ("numpy", "scipy", "rasterio", "pyarrow", "distributed")

#: Folders whose code workers run.
_ROOMS = ("ingest", "workspace")

_GOES_ON = "the same command goes on from here"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(path for room in _ROOMS for path in (PACKAGES / room).rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


#: Of this package, taken as it was when this process loaded it: the files may change under a worker
#: that has been running for weeks.
_PROJECT = _fingerprint()


@dataclass(frozen=True)
class CommonGround:
    """What a worker must share with the process that gives it work.

    Attributes
    ----------
    software : tuple of (str, str)
        Names and versions.
    data : Path
        The folder that both write to.
    token : str
        Name of a file that nobody else could have written, where unfinished partitions gather.
    """

    software: tuple[tuple[str, str], ...]
    data: Path
    token: str

    @property
    def proof(self) -> Path:
        """The file of that name."""
        return self.data / PENDING / self.token


def software_here() -> tuple[tuple[str, str], ...]:
    """Name what results depend on, with versions: this project's code, Python, libraries."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    libraries = ((name, version(name)) for name in _LIBRARIES)
    return (
        ("carbon-budget", f"{version('carbon-budget')} ({_PROJECT})"),
        ("Python", python),
        *libraries,
    )


@cache
def stand_on(ground: CommonGround) -> None:
    """Make sure, on a worker, that it shares the ground; once in each process.

    Raises
    ------
    InputError
        If its software is another, or it cannot see the data folder or write to it.
    """
    for (name, wanted), (_, found) in zip(ground.software, software_here(), strict=True):
        if found != wanted:
            raise InputError(
                f"runs {name} {found}, this process {wanted}",
                where=_this_worker(),
                fix="install the same version for all, and restart the workers",
            )
    if not ground.proof.is_file():
        raise InputError(
            f"does not see the data folder {ground.data}",
            where=_this_worker(),
            fix="set CARBON_DATA to a folder that every worker has mounted under the same path",
        )
    own = ground.proof.with_name(f"{ground.token}.{uuid4().hex}")
    try:
        own.touch()
        own.unlink()
    except OSError as error:
        raise InputError(
            f"cannot write to the data folder {ground.data} ({error.strerror})",
            where=_this_worker(),
            fix="let the user that workers run as write there",
        ) from None


def see_files(
    ground: CommonGround,
    local: Sequence[tuple[str, int]],
    remote: Sequence[tuple[str, str | None]],
) -> None:
    """Make sure, on a worker, that it sees the files this process sees.

    Parameters
    ----------
    ground : CommonGround
        Checked first.
    local : sequence of (path, size in bytes)
        Files of a mounted disk.
    remote : sequence of (path, variable)
        Rasters that GDAL fetches; they are opened.

    Raises
    ------
    InputError
        For the first that is absent, of another size, or cannot be opened.
    """
    from ingest.rasters.opening import open_raster

    stand_on(ground)
    for path, size in local:
        try:
            found = Path(path).stat().st_size
        except OSError as error:
            raise InputError(
                f"cannot be read by {_this_worker()} ({error.strerror})",
                where=path,
                fix="keep inputs in a folder that every worker has mounted under the same path",
            ) from None
        if found != size:
            raise InputError(
                f"has {found} bytes for {_this_worker()}, and {size} here",
                where=path,
                fix="workers must see the same files, not copies of another age",
            )
    for path, variable in remote:
        with open_raster(path, variable):
            pass


def on_common_ground(ground: CommonGround, function: Function, *arguments: object) -> None:
    """Call a function on a worker that shares the ground.

    Raises
    ------
    InputError
        If it does not.
    """
    stand_on(ground)
    function(*arguments)


class Cluster:
    """The workers of a Dask cluster.

    Parameters
    ----------
    client : distributed.Client
        Connected.
    ground : CommonGround
        What its workers must share.
    progress : Progress
        Told when no worker is left.
    """

    def __init__(self, client: Any, ground: CommonGround, progress: Progress) -> None:
        self._client = client
        self._ground = ground
        self._progress = progress
        self._deserted = False

    def completed(self, function: Function, tasks: Tasks, reads: Reads = ()) -> Positions:
        """See `ingest.workers.base.Workers`."""
        from distributed.scheduler import KilledWorker

        self._ask(see_files, *_by_place(reads))
        # Not "pure": units write files, and what an earlier run computed is no answer for this one.
        executor = self._client.get_executor(pure=False)
        careful = partial(on_common_ground, self._ground, function)
        try:
            yield from each_completed(executor, careful, dict(enumerate(tasks)), self._room)
        except KilledWorker as error:
            raise InputError(
                f"several workers died of the same unit ({error.last_worker.address} at last), "
                "as they do when memory runs out",
                fix=f"give workers fewer threads or more memory; {_GOES_ON}",
            ) from None
        except CancelledError:
            raise self._lost("work was cancelled") from None

    def check(self) -> None:
        """Wait for a first worker, and ask all of them whether they share the ground.

        Raises
        ------
        InputError
            If there is none, or one does not.
        """
        try:
            self._client.wait_for_workers(1, timeout=_WORKER_WITHIN)
        except TimeoutError:
            raise InputError(
                "has no workers",
                where=self._client.scheduler.address,
                fix=f"start some: dask worker {self._client.scheduler.address} --nthreads 1",
            ) from None
        self._ask(stand_on)

    def _ask(self, question: Callable[..., None], *arguments: object) -> None:
        answers = self._client.run(question, self._ground, *arguments, on_error="return")
        for address, answer in answers.items():
            if isinstance(answer, InputError):
                raise answer
            if isinstance(answer, Exception):
                raise InputError(
                    f"cannot run this project ({type(answer).__name__}: {answer})",
                    where=f"worker {address}",
                    fix="start workers with the Python that 'carbon' runs with",
                )

    def _room(self) -> int:
        """Most units under way, by the threads the cluster has now."""
        try:
            threads: int = sum(self._client.nthreads().values())
        except OSError as error:
            raise self._lost(str(error)) from None
        if threads == 0 and not self._deserted:
            self._progress.note(
                f"no worker is left at {self._client.scheduler.address}: waiting for one "
                f"(Ctrl-C stops; {_GOES_ON})"
            )
        self._deserted = threads == 0
        return TASKS_AHEAD * threads

    def _lost(self, how: str) -> InputError:
        return InputError(
            f"the scheduler is lost ({how})",
            where=self._client.scheduler.address,
            fix=f"start it again; {_GOES_ON}",
        )


@contextmanager
def open_cluster(address: str, data: Path, progress: Progress) -> Iterator[Cluster]:
    """Connect to a cluster and check its workers.

    Parameters
    ----------
    address : str
        Of the scheduler, such as ``tcp://10.0.0.1:8786``.
    data : Path
        The data folder; for as long as the cluster is used it holds a file to know it by.
    progress : Progress
        Told what a user should know of workers.

    Raises
    ------
    InputError
        If the package ``distributed`` is missing, no scheduler answers, or a worker cannot share
        this work.
    """
    ground = CommonGround(software_here(), data, f"ground-{uuid4().hex}")
    with _connected(address) as client:
        ground.proof.parent.mkdir(parents=True, exist_ok=True)
        ground.proof.touch()
        try:
            cluster = Cluster(client, ground, progress)
            cluster.check()
            yield cluster
        finally:
            ground.proof.unlink(missing_ok=True)


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        import distributed
    except ModuleNotFoundError:
        raise InputError(
            "--scheduler needs the package distributed, which is not installed",
            fix="pip install --editable '.[distributed]', here and for every worker",
        ) from None
    try:
        asyncio.run(_greet(address))
        client = distributed.Client(address, timeout=_ANSWER_WITHIN, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise InputError(
            f"no Dask scheduler answers ({error or f'within {_ANSWER_WITHIN} s'})",
            where=address,
            fix="check address and port (tcp://HOST:8786); 'dask scheduler' starts one",
        ) from None
    # What its log tells of a lost scheduler, with a traceback, is told as an InputError here.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    with client:
        yield client


async def _greet(address: str) -> None:
    """Shake hands within a time: where something else listens, a client would wait for ever."""
    from distributed.comm import connect
    from distributed.security import Security

    keys = Security().get_connection_args("client")
    comm = await asyncio.wait_for(
        connect(address, timeout=_ANSWER_WITHIN, **keys), 2 * _ANSWER_WITHIN
    )
    await comm.close()


def _by_place(
    reads: Reads,
) -> tuple[list[tuple[str, int]], list[tuple[str, str | None]]]:
    """Part local files, with their sizes, from remote rasters, of which one a folder is enough."""
    files = dict.fromkeys(reads)
    local = {path for path, _ in files if not is_remote(path)}
    remote = {
        path.rpartition("/")[0]: (path, variable) for path, variable in files if is_remote(path)
    }
    return [(path, Path(path).stat().st_size) for path in sorted(local)], list(remote.values())


def _this_worker() -> str:
    return f"worker process {os.getpid()} on {platform.node()}"
