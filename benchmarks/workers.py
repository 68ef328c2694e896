"""Ingest the 1 km workload with one worker and with two, and show what keeps two from being twice.

Run from the root of the repository, on an idle machine::

    python -m benchmarks.workers FOLDER [--years N]

FOLDER holds the workload (`benchmarks.workload`), which is written there if it is absent. Zone
weights and checks are made once, before; what is timed is the stage from rasters to zonal sums.
Processor time is that of the worker processes. The same product of arithmetic and memory traffic
in one process and in two at once shows what the machine itself gives.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.workload import PER_DEGREE, repeat_year, write_workload
from ingest.catalogue.catalogue import read_catalogue
from ingest.ingestion import ingest_catalogue
from workspace.progress import SilentProgress
from workspace.settings import load_settings

AIM = 1.6
#: On an idle machine a worker has a processor for at least this share of the stage.
IDLE = 0.8


@dataclass(frozen=True)
class Run:
    """One ingestion: seconds of the raster stage, and what its workers used."""

    workers: int
    seconds: float
    first_unit: float
    processor: float
    units: int

    @property
    def busy(self) -> float:
        """Share of the stage in which workers had a processor."""
        return self.processor / (self.workers * self.seconds)

    def unit(self, load: float) -> float:
        """Processor seconds of a unit, without the loading of each worker."""
        return (self.processor - self.workers * load) / self.units


class StageClock(SilentProgress):
    """Progress that notes when the raster stage began, and when each unit was finished."""

    def __init__(self) -> None:
        super().__init__()
        self._now = ""
        self.began = 0.0
        self.finished: list[float] = []

    def start(self, what: str, total: int) -> None:
        """Note which stage it is, and when."""
        self._now = what
        if what.startswith("rasters to"):
            self.began = time.perf_counter()

    def advance(self, what: str) -> None:
        """Note when a unit was finished."""
        if self._now.startswith("rasters to"):
            self.finished.append(time.perf_counter() - self.began)


def ingest(catalogue: Path, folder: Path, workers: int) -> Run:
    """Ingest once more, with zone weights and file hashes of an earlier run."""
    for kind in ("lake", "zonal", "pending", "build"):
        shutil.rmtree(folder / kind, ignore_errors=True)
    settings = load_settings({"CARBON_DATA": str(folder)})
    clock = StageClock()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ingest_catalogue(read_catalogue(catalogue, settings.data), settings, clock, workers=workers)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Run(
        workers,
        seconds=clock.finished[-1],
        first_unit=clock.finished[0],
        processor=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        units=len(clock.finished),
    )


def loading() -> float:
    """Processor seconds that a worker process spends before its first unit."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", "import ingest.years.run"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def arithmetic(_: int) -> float:
    """Seconds for a fixed amount of work like that of a unit: inflate, then exponentials."""
    packed = zlib.compress(np.random.default_rng(1).normal(0, 50, 2**21).astype("<i2").tobytes())
    start = time.perf_counter()
    for _ in range(20):
        values = np.frombuffer(zlib.decompress(packed), "<i2") * 0.1
        np.exp(0.09 * values, out=values)
        values.sum()
    return time.perf_counter() - start


def machine() -> float:
    """How many times the work of one process two of them do at the same time."""
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        list(pool.map(time.sleep, [0.5, 0.5]))  # both are there
        alone = min(pool.submit(arithmetic, 0).result() for _ in range(2))
        together = min(max(pool.map(arithmetic, range(2))) for _ in range(2))
    return 2 * alone / together


def report(one: Run, two: Run, load: float, ceiling: float) -> list[str]:
    """Write the figures as Markdown, and a sentence for each thing that bounds the ratio."""
    lines = [
        f"| workers | raster stage, {one.units} units (s) | first unit after (s) "
        "| processor time a unit (s) | busy |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {run.workers} | {run.seconds:.1f} | {run.first_unit:.1f} | {run.unit(load):.3f} "
        f"| {run.busy:.0%} |"
        for run in (one, two)
    ]
    ratio, dearer = one.seconds / two.seconds, two.unit(load) / one.unit(load)
    lines += ["", f"Two workers: {ratio:.2f} times one worker (aim {AIM})."]
    if one.busy < IDLE:
        lines.append(
            f"One worker had a processor {one.busy:.0%} of the time: the machine has other work "
            "(or a slow disk), and the ratio says little."
        )
    if ratio < AIM:
        lines += [
            "What bounds it:",
            f"- the machine: two processes of plain arithmetic do {ceiling:.2f} times one;",
            f"- sharing: a unit takes {dearer:.2f} times the processor time with two, so that two "
            f"processes that never wait do {2 / dearer:.2f} times one;",
            f"- loading: {load:.1f} s of processor time in each process before its first unit;",
            f"- waiting for disk, other work or the last unit: busy {two.busy:.0%} of the time, "
            f"one alone {one.busy:.0%}.",
        ]
    return lines


def main() -> None:
    """Measure and write to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--years", type=int, default=3, help="links to the files of one")
    options = parser.parse_args()
    if not (options.folder / "catalogue.yml").is_file():
        write_workload(options.folder)
    catalogue = repeat_year(options.folder, options.years, PER_DEGREE)
    data = options.folder / "data"
    if not (data / "zones").is_dir():
        ingest(catalogue, data, 2)  # zone weights and hashes, which are made once
    one, two = ingest(catalogue, data, 1), ingest(catalogue, data, 2)
    sys.stdout.write("\n".join(report(one, two, loading(), machine())) + "\n")


if __name__ == "__main__":
    main()
