"""How ingestion and build grow with the number of zones, and where a node of the build does.

    python -m benchmarks.scale FOLDER [--zones N ...] [--years N] [--nodes]

writes countries of 372, 3,000, 10,000 and 50,000 zones (jittered quadrilaterals in 30 provinces,
21 years of made-up rasters and emissions) to FOLDER, ingests and builds each, and prints processor
time and peak memory (VmHWM of the largest process) of both, with the exponent of their growth.
`--nodes` adds the slowest nodes of each build.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import yaml

from benchmarks.cost import Cost, command_cost, machine
from benchmarks.workload import (
    BOUNDS,
    FIRST_YEAR,
    MADE_UP,
    repeat_year,
    write_workload,
)

PROJECT = Path(__file__).resolve().parents[1]
ZONES = (372, 3_000, 10_000, 50_000)
YEARS = 21
#: Provinces from west to east and from south to north.
PROVINCES = (6, 5)
#: The nation has no codes of its own, and its years are few: no forecasts.
VARS = {"nation_id": "XX", "nation_name": "Nowhere", "nation_name_zh": None, "nation_code3": "XXX"}


def write_country(folder: Path, zones: int, years: int) -> Path:
    """Write rasters, zones, emissions and provinces, and return their catalogue.

    Parameters
    ----------
    folder : Path
        Where to; rasters that are there are used again.
    zones, years : int
        How many.

    Returns
    -------
    Path
        The catalogue. A zone has about twenty cells, and 0.2 million cells are the least.
    """
    per_degree = 10 if zones <= 12_000 else 20
    rasters = folder / f"rasters-{per_degree}"
    if not (rasters / "lithology.tif").is_file():
        write_workload(rasters, cells_per_degree=per_degree)
    country = folder / f"{zones}"
    country.mkdir(parents=True, exist_ok=True)
    frame = quadrilaterals(zones)
    frame.to_file(country / "zones.gpkg")
    write_tables(country, frame, years)
    content = yaml.safe_load(repeat_year(rasters, years, per_degree).read_text(encoding="utf-8"))
    content["root"] = str(rasters)
    content["zones"]["path"] = str(country / "zones.gpkg")
    content["tables"] = {
        "emissions": {
            "path": str(country / "emissions.csv"),
            "format": "tidy_emissions",
            "unit": "Mt",
            "source": MADE_UP,
        },
        "provinces": {
            "path": str(country / "provinces.csv"),
            "format": "provinces",
            "source": MADE_UP,
        },
    }
    catalogue = country / "catalogue.yml"
    catalogue.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return catalogue


def quadrilaterals(count: int) -> gpd.GeoDataFrame:
    """Divide the frame into quadrilaterals that meet in jittered corners, as neighbours do."""
    west, south, east, north = BOUNDS
    columns = round((count * (east - west) / (north - south)) ** 0.5)
    rows = -(-count // columns)
    jitter = np.random.default_rng(count).uniform(-0.3, 0.3, (2, rows + 1, columns + 1))
    jitter[0, :, [0, -1]] = jitter[1, [0, -1], :] = 0.0
    x = west + (np.arange(columns + 1) + jitter[0]) * (east - west) / columns
    y = south + (np.arange(rows + 1)[:, None] + jitter[1]) * (north - south) / rows
    corner = np.stack([x, y], axis=-1)
    rings = np.stack(
        [corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1], corner[:-1, :-1]],
        axis=2,
    ).reshape(-1, 5, 2)[:count]
    row, column = np.divmod(np.arange(count), columns)
    province = row * PROVINCES[1] // rows * PROVINCES[0] + column * PROVINCES[0] // columns
    names = [f"Z{number:06d}" for number in range(count)]
    return gpd.GeoDataFrame(
        {
            "city_id": names,
            "city_name": names,
            "province_id": [f"P{number:02d}" for number in province],
        },
        geometry=shapely.polygons(rings),
        crs="EPSG:4326",
    )


def write_tables(folder: Path, zones: gpd.GeoDataFrame, years: int) -> None:
    """Write emissions of every zone and year, and the provinces in three regions."""
    rng = np.random.default_rng(len(zones))
    start = rng.lognormal(0.0, 1.0, len(zones)) * 5_000 / len(zones)
    growth = rng.normal(1.04, 0.03, len(zones))
    pd.concat(
        pd.DataFrame(
            {
                "city_id": zones["city_id"],
                "city_name": zones["city_name"],
                "year": FIRST_YEAR + step,
                "ce_mtco2": (start * growth**step).round(6),
            }
        )
        for step in range(years)
    ).to_csv(folder / "emissions.csv", index=False)
    provinces = sorted(set(zones["province_id"]))
    pd.DataFrame(
        {
            "province_id": provinces,
            "province_name": provinces,
            "province_name_zh": "",
            "region_name": [f"Region {number % 3}" for number in range(len(provinces))],
            "in_study": True,
        }
    ).to_csv(folder / "provinces.csv", index=False)


def ingest_and_build(
    folder: Path, zones: int, years: int, threads: int
) -> tuple[Cost, Cost, list[tuple[str, float]]]:
    """Ingest and build one country anew; return what both took, and the slowest nodes.

    Parameters
    ----------
    folder : Path
        Of the benchmark.
    zones, years : int
        Of the country.
    threads : int
        Of dbt.

    Returns
    -------
    tuple of Cost, Cost and list of tuple of str and float
        Ingestion, build, and the nodes of the build with their seconds on the clock.
    """
    catalogue = write_country(folder, zones, years)
    place = folder / f"{zones}"
    for name in ("data", "published"):
        shutil.rmtree(place / name, ignore_errors=True)
        (place / name).mkdir()
    environ = {
        "CARBON_DATA": str(place / "data"),
        "CARBON_PUBLISHED": str(place / "published"),
        "DBT_TARGET_PATH": str(place / "target"),
        "DBT_LOG_PATH": str(place / "logs"),
    }
    carbon = [sys.executable, "-m", "carbon.cli"]
    ingestion = command_cost([*carbon, "ingest", str(catalogue)], PROJECT, environ)
    arguments = ["build", "--threads", str(threads), "--vars", json.dumps(VARS)]
    build = command_cost([*carbon, *arguments], PROJECT, environ)
    return ingestion, build, slowest_nodes(place / "target" / "run_results.json")


def slowest_nodes(results: Path) -> list[tuple[str, float]]:
    """List the nodes of a dbt run from the slowest on, and those that failed first."""
    if not results.is_file():
        return []
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
    failed = [n for n in nodes if n["status"] in ("error", "fail", "runtime error")]
    done = sorted(nodes, key=lambda node: -node["execution_time"])
    return [
        (f"{node['unique_id'].split('.', 2)[2]} ({node['status']})", node["execution_time"])
        for node in [*failed[:10], *done[:15]]
    ]


def exponent(zones: Sequence[int], values: Sequence[float]) -> float:
    """Fit the power of the number of zones by which something grows."""
    return float(np.polyfit(np.log(zones), np.log(values), 1)[0])


def report(
    folder: Path, sizes: Sequence[int], years: int, threads: int, *, nodes: bool
) -> Iterator[str]:
    """Measure one size after the other, and write a row as each is done."""
    yield f"{machine()}, {years} years, {threads} threads of dbt\n"
    yield "| zones | ingest CPU (s) | peak (GiB) | build CPU (s) | peak (GiB) | on the clock (s) |"
    yield "|---|---|---|---|---|---|"
    done: list[tuple[int, Cost, Cost]] = []
    for zones in sizes:
        ingestion, build, slowest = ingest_and_build(folder, zones, years, threads)
        failed = "" if build.code == ingestion.code == 0 else " **failed**"
        yield (
            f"| {zones:,} | {ingestion.seconds:.1f} | {ingestion.gigabytes:.2f} "
            f"| {build.seconds:.1f} | {build.gigabytes:.2f} | {build.wall:.0f}{failed} |"
        )
        if not failed:
            done.append((zones, ingestion, build))
        if nodes:
            yield from (f"    {name}: {seconds:.1f} s" for name, seconds in slowest)
    if len(done) > 1:
        counts = [zones for zones, _, _ in done]
        yield "\nGrowth with the number of zones, to the power of: " + ", ".join(
            f"{what} {exponent(counts, figures):.2f}"
            for what, figures in (
                ("ingest CPU", [i.seconds for _, i, _ in done]),
                ("build CPU", [b.seconds for _, _, b in done]),
                ("build memory", [b.gigabytes for _, _, b in done]),
            )
        )


def main() -> None:
    """Measure what is asked for and print it as it comes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="for workloads and results; kept between runs")
    parser.add_argument("--zones", nargs="+", type=int, default=list(ZONES))
    parser.add_argument("--years", type=int, default=YEARS)
    parser.add_argument("--threads", type=int, default=2, help="of dbt")
    parser.add_argument("--nodes", action="store_true", help="name the slowest nodes, too")
    options = parser.parse_args()
    folder = options.folder.absolute()
    for line in report(folder, options.zones, options.years, options.threads, nodes=options.nodes):
        print(line, flush=True)


if __name__ == "__main__":
    main()
