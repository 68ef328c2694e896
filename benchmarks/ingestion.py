"""CPU time, memory and lake of ingestion beside decoding alone and beside two libraries.

``python -m benchmarks.ingestion FOLDER [--only year zones sizes]`` writes the workloads it needs to
FOLDER (0.7 GB at 1 km, used again by the next run) and prints what is asked for, or all. Every part
runs in a process of its own, and its time is CPU time (user and system), which other work on the
machine disturbs less than it does a clock.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import rasterio
from exactextract import exact_extract
from rasterstats import zonal_stats

from benchmarks.cost import cpu_of, machine, measured
from benchmarks.workload import (
    FIRST_YEAR,
    PER_DEGREE,
    ZONES,
    repeat_year,
    write_catalogue,
    write_squares,
    write_workload,
)
from ingest import ingestion
from ingest.catalogue.catalogue import read_catalogue
from ingest.years import run
from ingest.zones.fractions import Weights, zone_weights
from workspace.progress import SilentProgress
from workspace.settings import Settings, load_settings

#: Years of the paper, that the cost of new zones is reckoned for.
PAPER_YEARS = 21


def decode(folder: Path) -> float:
    """Read every raster of a year whole, with rasterio's own settings."""

    def read() -> None:
        for path in (*folder.glob(f"*_{FIRST_YEAR}*.tif"), folder / "lithology.tif"):
            with rasterio.open(path) as dataset:
                dataset.read(1)

    return cpu_of(read)


def build_weights(catalogue: Path, data: Path) -> float:
    """Make the tables of fractions and of the centre rule's difference: once for all years."""
    settings, inputs = prepared(catalogue, data)
    return cpu_of(lambda: zone_weights(inputs.zones, inputs.grid, settings, SilentProgress()))


def compute(catalogue: Path, data: Path, keep_cells: bool) -> float:
    """Compute every year of a catalogue, unit by unit, from its rasters or from the lake."""
    settings, inputs = prepared(catalogue, data, keep_cells=keep_cells)
    jobs = ingestion.jobs_of(inputs, weights_of(settings, inputs), settings)

    def work() -> None:
        for job in jobs:
            for index in range(len(job.blocks)):
                run.compute_unit(job, index)
            run.finish_year(job)
            job.install()

    return cpu_of(work)


def weights_of(settings: Settings, inputs: ingestion.Inputs) -> Weights:
    """Make the tables of weights, or read those of an earlier part."""
    return zone_weights(inputs.zones, inputs.grid, settings, SilentProgress())


def prepared(
    catalogue: Path, data: Path, *, keep_cells: bool = False
) -> tuple[Settings, ingestion.Inputs]:
    """Read and check what a catalogue names."""
    settings = load_settings({"CARBON_DATA": str(data)})
    content = read_catalogue(catalogue, data).model_copy(update={"cells": keep_cells})
    return settings, ingestion.read_inputs(content, settings, SilentProgress())


def with_rasterstats(raster: Path) -> float:
    """Means of one raster over all zones, by the centre rule."""
    zones = gpd.read_file(ZONES)
    return cpu_of(lambda: zonal_stats(zones, str(raster), stats=["mean"]))


def with_exactextract(rasters: list[Path]) -> float:
    """Means of several rasters over all zones, by fractions of cells that are computed once."""
    zones = gpd.read_file(ZONES)
    return cpu_of(lambda: exact_extract(list(map(str, rasters)), zones, ["mean"]))


def size_of(folder: Path) -> float:
    """Return what the files below a folder take, MB."""
    return sum(path.stat().st_size for path in folder.rglob("*.parquet")) / 1e6


def compare_a_year(folder: Path, catalogue: Path) -> Iterator[str]:
    """Set decoding alone and two libraries beside a year, without and with the lake."""
    yield machine()
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    weights = measured(build_weights, catalogue, data)
    yield f"fractions and centre rule, once: {weights.seconds:.1f} s, {weights.gigabytes:.2f} GiB"
    baseline = [measured(decode, folder)]
    years = {}
    for keep in (False, True):
        shutil.rmtree(data / "zonal", ignore_errors=True)
        years[keep] = measured(compute, catalogue, data, keep)
        baseline.append(measured(decode, folder))
    decoding = sum(cost.seconds for cost in baseline) / len(baseline)
    yield f"decoding the rasters of a year: {decoding:.2f} s (mean of {len(baseline)})"
    for keep, cost in years.items():
        label = "with" if keep else "without"
        yield (
            f"a year {label} the lake: {cost.seconds:.2f} s, {cost.gigabytes:.2f} GiB, "
            f"{cost.seconds / decoding:.2f} times decoding"
        )
    yield f"lake of the year: {size_of(data / 'lake'):.0f} MB"
    rasters = sorted(folder.glob(f"*_{FIRST_YEAR}*.tif"))
    # rasterstats takes one raster at a time; exactextract takes all, and covers cells once.
    each = measured(with_rasterstats, folder / f"tmp_{FIRST_YEAR}_07.tif").seconds
    together = measured(with_exactextract, rasters).seconds
    for name, seconds in (("rasterstats", each * len(rasters)), ("exactextract", together)):
        ratio = seconds / years[False].seconds
        yield f"{name}: {len(rasters)} rasters {seconds:.1f} s, {ratio:.1f} times our year"


def compare_zones(folder: Path, years: int) -> Iterator[str]:
    """Set new zones on a lake beside the whole ingestion, one year and several."""
    squares = write_squares(folder / "squares.gpkg")
    shares = {}
    for count in (1, years):
        data = folder / f"data-{count}"
        shutil.rmtree(data, ignore_errors=True)
        catalogue = repeat_year(folder, count, PER_DEGREE)
        build = measured(build_weights, catalogue, data).seconds
        full = measured(compute, catalogue, data, True)
        other = write_catalogue(folder / f"squares-{count}.yml", count, PER_DEGREE, squares)
        rebuild = measured(build_weights, other, data).seconds
        again = measured(compute, other, data, True)
        shares[count] = build, full, rebuild, again
        yield (
            f"{count} years: whole {full.seconds:.1f} s ({full.gigabytes:.2f} GiB), new zones "
            f"{again.seconds:.1f} s ({again.gigabytes:.2f} GiB), weights {build:.1f} and "
            f"{rebuild:.1f} s"
        )
        shutil.rmtree(data)
    build, full, rebuild, again = shares[years]
    whole = build + full.seconds / years * PAPER_YEARS
    part = rebuild + again.seconds / years * PAPER_YEARS
    yield f"{PAPER_YEARS} years at that rate: new zones take {part / whole:.1%} of the whole"


def compare_sizes(folder: Path) -> Iterator[str]:
    """CPU time by number of cells: 0.25, 0.05 and 1/120 degree."""
    for per_degree in (4, 20, PER_DEGREE):
        place = folder if per_degree == PER_DEGREE else folder / f"{per_degree}"
        catalogue = place / "catalogue.yml"
        if not catalogue.exists():
            write_workload(place, cells_per_degree=per_degree)
        data = place / "data-size"
        seconds = measured(compute, catalogue, data, False).seconds
        cells = 62 * 36 * per_degree**2
        yield (
            f"1/{per_degree} degree: {cells:,} cells, {seconds:.2f} s, "
            f"{seconds / cells * 1e6:.3f} us a cell"
        )
        shutil.rmtree(data)


def main() -> None:
    """Measure what is asked for and print it as it comes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="for workloads and results; kept between runs")
    parser.add_argument("--years", type=int, default=3, help="years of the lake for new zones")
    parser.add_argument(
        "--only", nargs="+", choices=["year", "zones", "sizes"], help="default: all"
    )
    options = parser.parse_args()
    folder = options.folder.absolute()
    catalogue = folder / "catalogue.yml"
    if not catalogue.exists():
        write_workload(folder, cells_per_degree=PER_DEGREE)
    parts = {
        "year": lambda: compare_a_year(folder, catalogue),
        "zones": lambda: compare_zones(folder, options.years),
        "sizes": lambda: compare_sizes(folder),
    }
    for name in options.only or parts:
        for line in parts[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main()
