"""Units on other workers: whoever computes what, in which order, killed or not, nothing changes."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ingest import ingestion
from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import ingest_catalogue
from ingest.workers import cluster
from ingest.workers.base import (
    Function,
    Positions,
    Reads,
    Tasks,
)
from ingest.workers.choice import open_workers
from ingest.workers.cluster import CommonGround, on_common_ground, software_here
from ingest.workers.processes import OwnProcesses
from ingest.years import jobs
from tests.helpers.chores import die, leave_a_mark
from tests.helpers.miniature import (
    HEIGHT,
    WIDTH,
    YEARS,
    Miniature,
    StepProgress,
    catalogue_content,
    folder_bytes,
    ingest,
    raw_tables,
    settings_of,
    write_catalogue,
)
from workspace.errors import InputError
from workspace.progress import SilentProgress
from workspace.settings import PENDING, Settings, load_settings

pytestmark = pytest.mark.slow

ROWS_A_UNIT = 2
UNITS = len(YEARS) * HEIGHT // ROWS_A_UNIT
Outcome = tuple[dict[str, Any], dict[str, bytes], dict[str, bytes]]


@pytest.fixture(autouse=True)
def _several_units_a_year(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CELLS_PER_UNIT", ROWS_A_UNIT * WIDTH)


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    miniature = Miniature()
    miniature.npp[5, :2] = np.nan
    miniature.precipitation[3, 1, 1] = np.nan
    return miniature.write(tmp_path_factory.mktemp("country"))


@pytest.fixture(scope="module")
def in_order(country: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What one unit after the other gives."""
    settings = settings_of(tmp_path_factory.mktemp("in_order"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "CELLS_PER_UNIT", ROWS_A_UNIT * WIDTH)
        assert len(ingest(country, settings)) == UNITS
    return outcome(settings)


def outcome(settings: Settings) -> Outcome:
    """Raw tables, and every byte of lake and sums."""
    lake, zonal = (folder_bytes(settings.data / kind) for kind in ("lake", "zonal"))
    return raw_tables(settings.build_file), lake, zonal


class InAnotherOrder:
    """Backwards, or shuffled by a seed; every unit twice at the same time."""

    def __init__(self, seed: int | None) -> None:
        self._seed = seed

    def completed(self, function: Function, tasks: Tasks, reads: Reads = ()) -> Positions:
        order = list(range(len(tasks)))[::-1]
        if self._seed is not None:
            random.Random(self._seed).shuffle(order)
        with ThreadPoolExecutor(2) as threads:
            for position in order:
                for _ in threads.map(lambda _: function(*tasks[position]), range(2)):  # noqa: B023
                    pass
                yield position


@pytest.mark.parametrize("seed", [None, 1])
def test_neither_order_nor_repetition_changes_a_byte(
    seed: int | None,
    country: Path,
    in_order: Outcome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    @contextmanager
    def these(*_: Any) -> Iterator[InAnotherOrder]:
        yield InAnotherOrder(seed)

    monkeypatch.setattr(ingestion, "open_workers", these)
    settings = settings_of(tmp_path)
    assert len(ingest(country, settings)) == UNITS
    assert outcome(settings) == in_order


@pytest.mark.pipeline
def test_a_killed_process_is_done_without(tmp_path: Path) -> None:
    progress = SilentProgress()
    tasks = [(tmp_path, number, 3) for number in range(12)]
    completed = list(OwnProcesses(2, progress).completed(leave_a_mark, tasks))
    assert sorted(completed) == list(range(12))
    assert {path.name for path in tmp_path.iterdir()} == {"killed", *map(str, range(12))}
    assert progress.notes == [
        "a worker process was killed, as systems do when memory runs out: going on with 1"
    ]
    with pytest.raises(InputError, match="a worker process was killed") as refusal:
        list(OwnProcesses(1, progress).completed(die, [()]))
    assert "goes on from here" in str(refusal.value)


def cluster_of(workers: int) -> Any:
    """Start a Dask cluster of processes that listens to this machine alone."""
    import distributed

    return distributed.LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        scheduler_kwargs={"dashboard": False},
    )


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Any]:
    with cluster_of(2) as found:
        yield found


class Killer(StepProgress):
    """Progress that kills a worker in the middle of its work, when a third of it is done."""

    def __init__(self, two_workers: Any) -> None:
        super().__init__()
        self._cluster = two_workers
        self.victim = 0

    def advance(self, what: str) -> None:
        super().advance(what)
        if len(self.steps) >= UNITS // 3 and not self.victim:
            busy = (w for w in self._cluster.scheduler.workers.values() if w.processing)
            address = next(busy).address
            self.victim = self.processes()[address]
            os.kill(self.victim, signal.SIGKILL)

    def processes(self) -> dict[str, int]:
        return {nanny.worker_address: nanny.process.pid for nanny in self._cluster.workers.values()}


@pytest.mark.pipeline
@pytest.mark.parametrize("killing", [False, True])
def test_a_cluster_changes_nothing_though_a_worker_is_killed(
    killing: bool, two_workers: Any, country: Path, in_order: Outcome, tmp_path: Path
) -> None:
    settings = settings_of(tmp_path)
    progress = Killer(two_workers) if killing else StepProgress()
    ingest_catalogue(
        read_catalogue(country, settings.data),
        settings,
        progress,
        scheduler=two_workers.scheduler_address,
    )
    assert len(progress.steps) == UNITS
    assert outcome(settings) == in_order
    assert not (settings.pending).exists()
    if isinstance(progress, Killer):
        assert progress.victim
        assert progress.victim not in progress.processes().values()


@pytest.fixture
def address_of_country(country: Path) -> Iterator[str]:
    """Serve the files of the country, to this machine alone."""
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(
        [*command, "--directory", str(country.parent)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        port = server.stdout.readline().partition(" port ")[2].split()[0]
        yield f"http://127.0.0.1:{port}"
        server.terminate()


@pytest.mark.pipeline
def test_workers_fetch_what_lies_at_an_address(
    address_of_country: str, two_workers: Any, country: Path, in_order: Outcome, tmp_path: Path
) -> None:
    content = catalogue_content() | {"root": str(country.parent), "remote": True}
    temperature, _, evapotranspiration, *_ = content["collections"]["historical"]["layers"]
    temperature["path"] = f"/vsicurl/{address_of_country}/{temperature['path']}"
    evapotranspiration["path"] = f"{address_of_country}/{evapotranspiration['path']}"
    settings = settings_of(tmp_path)
    ingest_catalogue(
        read_catalogue(write_catalogue(tmp_path, content), settings.data),
        settings,
        SilentProgress(),
        scheduler=two_workers.scheduler_address,
    )
    for name in ("zonal_city_year", "zonal_city_lithology", "zonal_city_layers", "grid_totals"):
        assert raw_tables(settings.build_file)[name] == in_order[0][name]


@pytest.mark.pipeline
def test_a_cluster_that_differs_is_refused(
    two_workers: Any, country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusal(catalogue: Path, settings: Settings) -> str:
        with pytest.raises(InputError) as refused:
            ingest_catalogue(
                read_catalogue(catalogue, settings.data),
                settings,
                SilentProgress(),
                scheduler=two_workers.scheduler_address,
            )
        assert not (settings.data / "lake").exists()
        return str(refused.value)

    # A path that leads each process to its own working directory, as a local disk does.
    own = Path("/proc/self/cwd")
    monkeypatch.chdir(tmp_path)
    assert f"does not see the data folder {own}" in refusal(country, settings_of(own))
    content = catalogue_content() | {"root": "/proc/self/cwd/inputs"}
    (tmp_path / "inputs").symlink_to(country.parent)
    catalogue = write_catalogue(tmp_path, content)
    said = refusal(catalogue, settings_of(tmp_path / "a"))
    assert said.startswith("/proc/self/cwd/inputs/et_2001.tif: cannot be read by worker process")
    monkeypatch.setattr(cluster, "_PROJECT", "of yesterday")
    said = refusal(country, settings_of(tmp_path / "b"))
    assert "runs carbon-budget" in said
    assert "of yesterday" in said


@pytest.mark.pipeline
def test_a_unit_that_kills_its_workers_ends_the_run(
    two_workers: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(two_workers.scheduler, "allowed_failures", 0)
    with open_workers(None, two_workers.scheduler_address, tmp_path, SilentProgress()) as workers:
        assert workers is not None
        with pytest.raises(InputError, match="workers died of the same unit"):
            list(workers.completed(die, [()]))


def test_no_cluster_to_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_ANSWER_WITHIN", 0.5)

    def refusal(address: str, workers: int | None = None) -> str:
        with (
            pytest.raises(InputError) as refused,
            open_workers(workers, address, tmp_path, SilentProgress()),
        ):
            pass
        return str(refused.value)

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        assert f"{address}: no Dask scheduler answers" in refusal(address)
    assert "no Dask scheduler answers" in refusal(address)
    assert "missing port number" in refusal("127.0.0.1")
    assert "exclude each other" in refusal(address, workers=2)
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "pip install --editable '.[distributed]'" in refusal(address)


def test_a_scheduler_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "_WORKER_WITHIN", 0.2)
    with (
        cluster_of(0) as lonely,
        pytest.raises(InputError, match="has no workers"),
        open_workers(None, lonely.scheduler_address, tmp_path, SilentProgress()),
    ):
        pass


def test_a_worker_that_joins_late_is_asked_too(tmp_path: Path) -> None:
    done: list[int] = []
    with pytest.raises(InputError, match="does not see the data folder"):
        on_common_ground(CommonGround(software_here(), tmp_path, "absent"), done.append, 1)
    assert done == []
    pending = tmp_path / PENDING
    pending.mkdir()
    (pending / "present").touch()
    on_common_ground(CommonGround(software_here(), tmp_path, "present"), done.append, 1)
    assert done == [1]
    assert [path.name for path in pending.iterdir()] == ["present"]


def test_an_address_is_no_data_folder() -> None:
    with pytest.raises(InputError, match="CARBON_DATA is 's3://lake'"):
        load_settings({"CARBON_DATA": "s3://lake"})
