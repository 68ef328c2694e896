"""The whole ingestion on the miniature country: closed forms, resumption, and being killed."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from ingest.catalogue.catalogue import read_catalogue
from ingest.catalogue.grid import Grid
from ingest.ingestion import ingest_catalogue
from ingest.raw import load
from ingest.years import jobs, partitions, run
from tests.helpers.miniature import (
    CITIES,
    HEIGHT,
    WIDTH,
    YEARS,
    Miniature,
    catalogue_content,
    folder_bytes,
    ingest,
    raw_tables,
    settings_of,
    write_catalogue,
    write_tiff,
)
from tests.helpers.workplace import processes_of, wait_until
from workspace import files
from workspace.errors import InputError
from workspace.files import only_one_at_work
from workspace.progress import SilentProgress
from workspace.settings import Settings
from workspace.stopping import ASKING

pytestmark = pytest.mark.slow

K_T, K_R = 0.0913, 0.3145
Rows = dict[str, list[tuple[Any, ...]]]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a country with gaps in NPP, rain and lithology."""
    miniature = Miniature()
    miniature.npp[0, 0] = np.nan
    miniature.npp[5, :2] = np.nan
    miniature.precipitation[3, 1, 1] = np.nan
    miniature.evapotranspiration[0, 3] = 5000 / 2
    miniature.lithology[4, 0] = 0
    return miniature.write(tmp_path_factory.mktemp("country") / "it's a 国 [1]")


@pytest.fixture(scope="module")
def undisturbed(country: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Rows]:
    """Ingest without anything coming in the way; return settings and raw tables."""
    settings = settings_of(tmp_path_factory.mktemp("undisturbed") / "d [1] 'x' *")
    ingest(country, settings)
    return settings, raw_tables(settings.build_file)


def copy_of(settings: Settings, folder: Path) -> Settings:
    """Copy a data folder, to do something to it."""
    copied = settings_of(folder)
    shutil.copytree(settings.data, copied.data)
    return copied


def known_values() -> dict[str, NDArray[np.float64]]:
    """Annual terms of the country, from its definition and the precision of its files."""
    country = Miniature()
    temperature = np.rint(country.temperature / 0.01) * 0.01
    rain = country.precipitation.copy()
    rain[3, 1, 1] = np.nan
    npp = country.npp.copy()
    npp[0, 0] = npp[5, 0] = npp[5, 1] = np.nan
    evapotranspiration = country.evapotranspiration.copy()
    evapotranspiration[0, 3] = 2500
    year = rain.sum(axis=0)
    return {
        "temperature": temperature.mean(axis=0),
        "precipitation": year,
        "npp": npp,
        "runoff": np.maximum(year - evapotranspiration, 0),
        "temperature_response_monthly": np.exp(K_T * temperature).sum(axis=0),
        "precipitation_response_monthly": np.log(K_R * rain + 1).sum(axis=0),
        "temperature_response_annual": np.exp(K_T * temperature.mean(axis=0)),
        "precipitation_response_annual": np.log(K_R * year + 1),
    }


def known_weights(rule: str) -> dict[str, NDArray[np.float64]]:
    """Weights in km2, from the corners of the cities."""
    share = {city: np.zeros((HEIGHT, WIDTH)) for city in CITIES}
    share["110100"][0:2, 0:3] = 1
    share["110200"][0:2, 3:5] = 1
    share["120100"][2:6, 0:4] = 1
    if rule == "fraction":
        share["110200"][0:2, 5] = 0.5
        share["120200"][5, 6] = 0.09
    else:  # GDAL counts a centre on an eastern border as inside.
        share["110200"][0:2, 5] = 1
    area = Grid.from_spec("EPSG:4326", 1.0, (10, -3, 18, 3)).cell_areas_km2()
    return {city: weights * area for city, weights in share.items()}


@pytest.mark.parametrize("rule", ["fraction", "centre"])
def test_raw_tables_in_closed_form(rule: str, undisturbed: tuple[Settings, Rows]) -> None:
    values = known_values()
    climate = np.isfinite(values["temperature"]) & np.isfinite(values["precipitation"])
    joint = climate & np.isfinite(values["npp"])
    with duckdb.connect(str(undisturbed[0].build_file), read_only=True) as connection:
        found = connection.execute(
            "select * from raw.zonal_city_year where zonal_rule = ?", [rule]
        ).to_arrow_table()
        lithology = connection.execute(
            "select city_id, lithology_code, sum(area_km2), sum(runoff_mm_km2) "
            "from raw.zonal_city_lithology where zonal_rule = ? and year = 2002 group by all",
            [rule],
        ).fetchall()
    weights = known_weights(rule)
    assert found.num_rows == len(CITIES) * len(YEARS)
    for row in found.to_pylist():
        weight = weights[row["city_id"]]

        def total(name: str, mask: NDArray[np.bool_], weight: Any = weight) -> float:
            return float((weight * np.nan_to_num(values[name]))[mask].sum())

        expected = {
            "cell_count": (weight > 0).sum(),
            "area_km2": weight.sum(),
            "climate_area_km2": weight[climate].sum(),
            "npp_area_km2": weight[np.isfinite(values["npp"])].sum(),
            "joint_area_km2": weight[joint].sum(),
            "npp_joint_tc": total("npp", joint),
            "runoff_area_km2": weight[climate].sum(),
            "runoff_mm_km2": total("runoff", climate),
        }
        for term in (name for name in values if "response" in name):
            expected[f"{term}_joint_km2"] = total(term, joint)
            expected[f"{term}_climate_km2"] = total(term, climate)
        # A coverage fraction is single precision, which only Deport's 0.09 cannot hold.
        tolerance = 1e-6 if row["city_id"] == "120200" else 1e-9
        assert {"collection", "city_id", "year", "zonal_rule", "npp_source", *expected} == set(row)
        for name, value in expected.items():
            assert row[name] == pytest.approx(value, rel=tolerance, abs=1e-9), name
    for city, code, area, runoff in lithology:
        chosen = np.where(np.arange(WIDTH) < 4, 6, 8) + np.zeros((HEIGHT, 1)) == code
        chosen[4, 0] = False
        weight = weights[city] * (chosen & climate)
        assert area == pytest.approx(weight.sum(), rel=1e-6)
        assert runoff == pytest.approx((weight * np.nan_to_num(values["runoff"])).sum(), rel=1e-6)


def test_layers_totals_and_records(undisturbed: tuple[Settings, Rows]) -> None:
    settings, tables = undisturbed
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        worst = connection.execute(
            "select max(abs(zones_sum + outside_sum - grid_sum) / grid_sum) from raw.grid_totals"
        ).fetchone()
        ranges = {
            role: (low, high)
            for role, low, high in connection.execute(
                "select role, min(value_min), max(value_max) from raw.source_files "
                "where value_min is not null group by role"
            ).fetchall()
        }
        parts = connection.execute(
            "select path, cell_count from raw.lake_partitions order by path"
        ).fetchall()
        deport = connection.execute(
            "select cell_count, area_km2, value_sum from raw.zonal_city_layers "
            "where city_id = '120200' and zonal_rule = 'centre' and layer = 'runoff_mm'"
        ).fetchall()
    assert worst is not None
    assert worst[0] < 1e-12
    assert ranges["historical/npp"] == (300, 300)
    assert ranges["historical/temperature"] == pytest.approx((-5, 28))
    assert ranges["historical/precipitation"] == pytest.approx((0, 117))
    assert deport == [(0, 0, None)] * len(YEARS)
    assert len(tables["neighbours"]) == len(set(tables["neighbours"]))
    for path, count in parts:
        part = settings.data / path
        assert count == WIDTH * HEIGHT
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select cell_id, npp_gc_m2 from read_parquet(?) order by 1 limit 2",
                [str(part).replace("[", "[[]").replace("*", "[*]")],
            ).fetchall()
        assert rows == [(0, None), (1, 300.0)]


def test_nothing_is_computed_twice(
    country: Path, undisturbed: tuple[Settings, Rows], tmp_path: Path
) -> None:
    settings = copy_of(undisturbed[0], tmp_path)
    assert ingest(country, settings) == []
    assert raw_tables(settings.build_file) == undisturbed[1]
    moved = shutil.copytree(country.parent, tmp_path / "moved")
    os.utime(moved / "et_2002.tif")
    assert ingest(moved / country.name, settings) == []
    write_tiff(moved / "et_2002.tif", np.full((HEIGHT, WIDTH), 300.0))
    assert ingest(moved / country.name, settings) == ["historical 2002"]
    for kind in ("lake", "zonal"):
        assert len(list((settings.data / kind).glob("*/*/*"))) == len(YEARS)
    assert not (settings.pending).exists()


def test_what_was_deleted_is_made_again(
    country: Path, undisturbed: tuple[Settings, Rows], tmp_path: Path
) -> None:
    settings = copy_of(undisturbed[0], tmp_path)
    shutil.rmtree(settings.data / "lake")
    assert len(ingest(country, settings)) == len(YEARS)
    shutil.rmtree(settings.data / "zonal")
    assert len(ingest(country, settings)) == len(YEARS)
    next((settings.data / "lake").rglob("cells-*.parquet")).unlink()
    next((settings.data / "zonal").rglob("totals.parquet")).unlink()
    shutil.rmtree(settings.data / "zones")
    shutil.rmtree(settings.data / "state")
    assert ingest(country, settings)
    assert raw_tables(settings.build_file) == undisturbed[1]


def without_parts(tables: Rows) -> Rows:
    """Leave out the names of partitions, which tell the size of blocks."""
    return {name: rows for name, rows in tables.items() if not name.endswith("_partitions")}


def assert_same_to_rounding(found: Rows, expected: Rows) -> None:
    for name, rows in without_parts(expected).items():
        assert len(found[name]) == len(rows)
        for row, wanted in zip(found[name], rows, strict=True):
            for value, other in zip(row, wanted, strict=True):
                same = pytest.approx(other, rel=1e-12) if isinstance(other, float) else other
                assert value == same, name


def test_blocks_change_nothing_but_rounding(
    country: Path,
    undisturbed: tuple[Settings, Rows],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "CELLS_PER_UNIT", WIDTH)
    settings = settings_of(tmp_path)
    assert len(ingest(country, settings)) == len(YEARS) * HEIGHT
    assert_same_to_rounding(raw_tables(settings.build_file), undisturbed[1])


@pytest.mark.pipeline
def test_processes_change_nothing(
    country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CELLS_PER_UNIT", WIDTH)
    serial, parallel = settings_of(tmp_path / "s"), settings_of(tmp_path / "p")
    ingest(country, serial)
    assert len(ingest(country, parallel, workers=2)) == len(YEARS) * HEIGHT
    assert raw_tables(parallel.build_file) == raw_tables(serial.build_file)
    for kind in ("lake", "zonal"):
        assert folder_bytes(parallel.data / kind) == folder_bytes(serial.data / kind)


@pytest.mark.parametrize("seed", range(2))
def test_a_stopped_run_goes_on(
    seed: int,
    country: Path,
    undisturbed: tuple[Settings, Rows],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stop at a random unit, delete some of what is pending, and go on with the same command."""
    rng = random.Random(seed)
    monkeypatch.setattr(jobs, "CELLS_PER_UNIT", 2 * WIDTH)
    settings = settings_of(tmp_path)
    stop_after(monkeypatch, run, "compute_unit", rng.randrange(1, 9))
    with pytest.raises(RuntimeError):
        ingest(country, settings)
    assert not (settings.data / "lake").exists()
    assert not settings.build_file.exists()
    pending = [path for path in (settings.data / "pending").rglob("*") if path.is_file()]
    for path in rng.sample(pending, len(pending) // 3):
        path.unlink()
    monkeypatch.undo()
    monkeypatch.setattr(jobs, "CELLS_PER_UNIT", 2 * WIDTH)
    assert ingest(country, settings)
    assert_same_to_rounding(raw_tables(settings.build_file), undisturbed[1])


@pytest.mark.parametrize("where", ["finish_year", "install", "replace_file", "raw", "superseded"])
def test_stopped_at_every_seam(
    where: str,
    country: Path,
    undisturbed: tuple[Settings, Rows],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seams: dict[str, tuple[Any, str, int]] = {
        "finish_year": (run, "finish_year", 2),
        "install": (partitions.Partition, "install", 3),
        "replace_file": (files, "replace_file", 11),
        "raw": (load, "_replace_lake_partitions", 0),
        "superseded": (partitions, "sweep", len(YEARS)),
    }
    settings = settings_of(tmp_path)
    stop_after(monkeypatch, *seams[where])
    with pytest.raises(RuntimeError):
        ingest(country, settings)
    monkeypatch.undo()
    ingest(country, settings)
    assert raw_tables(settings.build_file) == undisturbed[1]
    assert not (settings.data / "pending").exists()


def stop_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, calls: int) -> None:
    """Make a function fail when it has been called that many times."""
    original: Callable[..., Any] = getattr(owner, name)
    done = [0]

    def failing(*arguments: Any, **keywords: Any) -> Any:
        if done[0] >= calls:
            raise RuntimeError("stopped")
        done[0] += 1
        return original(*arguments, **keywords)

    monkeypatch.setattr(owner, name, failing)


def test_a_refused_value_leaves_lake_and_tables_alone(
    country: Path, undisturbed: tuple[Settings, Rows], tmp_path: Path
) -> None:
    settings = copy_of(undisturbed[0], tmp_path)
    before = folder_bytes(settings.data / "lake")
    inputs = shutil.copytree(country.parent, tmp_path / "inputs")
    write_tiff(inputs / "et_2002.tif", np.full((HEIGHT, WIDTH), 500.0))
    write_tiff(inputs / "et_2003.tif", np.full((HEIGHT, WIDTH), 50_000.0))
    with pytest.raises(InputError, match="48 of 48 cells of evapotranspiration"):
        ingest(inputs / country.name, settings)
    assert folder_bytes(settings.data / "lake") == before
    assert raw_tables(settings.build_file) == undisturbed[1]


def test_one_file_may_hold_two_quantities_and_lie_in_an_archive(
    country: Path, undisturbed: tuple[Settings, Rows], tmp_path: Path
) -> None:
    import netCDF4

    inputs = Path(shutil.copytree(country.parent, tmp_path / "inputs"))
    content = catalogue_content() | {"remote": True}
    layers = content["collections"]["historical"]["layers"]
    archive = shutil.make_archive(str(tmp_path / "npp"), "zip", inputs)
    layers[3]["path"] = f"/vsizip/{archive}/npp_{{year}}.tif"
    for year in YEARS:
        with netCDF4.Dataset(inputs / f"temperature_{year}.nc", "a") as file:
            rain = file.createVariable("pre", "f4", ("time", "lat", "lon"), fill_value=-1.0)
            rain.grid_mapping = "crs"
            values = Miniature().precipitation
            values[3, 1, 1] = np.nan
            rain[:] = np.where(np.isnan(values), -1, values)
    layers[1] |= {"path": "temperature_{year}.nc", "variable": "pre"}
    settings = settings_of(tmp_path)
    ingest(write_catalogue(inputs, content), settings)
    tables = raw_tables(settings.build_file)
    assert tables["zonal_city_year"] == undisturbed[1]["zonal_city_year"]
    roles = [row[2] for row in tables["source_files"]]
    assert roles.count("historical/precipitation") == len(YEARS)
    assert roles.count("historical/temperature") == len(YEARS)


def test_cells_may_be_left_out(
    country: Path, undisturbed: tuple[Settings, Rows], tmp_path: Path
) -> None:
    inputs = shutil.copytree(country.parent, tmp_path / "inputs")
    settings = settings_of(tmp_path)
    ingest(write_catalogue(inputs, catalogue_content() | {"cells": False}), settings)
    assert not (settings.data / "lake").exists()
    tables = raw_tables(settings.build_file)
    assert tables["cells"] == tables["lake_partitions"] == []
    assert tables["zonal_city_year"] == undisturbed[1]["zonal_city_year"]


def test_a_header_beside_a_raster_is_part_of_it(country: Path, tmp_path: Path) -> None:
    inputs = shutil.copytree(country.parent, tmp_path / "inputs")
    settings = settings_of(tmp_path)
    ingest(inputs / country.name, settings)
    (inputs / "et_2001.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><Scale>0.5</Scale></PAMRasterBand></PAMDataset>'
    )
    assert ingest(inputs / country.name, settings) == ["historical 2001"]


def test_two_ingestions_do_not_share_a_folder(
    country: Path, undisturbed: tuple[Settings, Rows]
) -> None:
    settings = undisturbed[0]
    catalogue = read_catalogue(country, settings.data)
    with (
        only_one_at_work(settings.data),
        pytest.raises(InputError, match="another ingestion is at work"),
    ):
        ingest_catalogue(catalogue, settings, SilentProgress())


def test_a_full_disk_is_no_riddle(
    country: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from carbon import cli

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "cells.parquet")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    monkeypatch.setenv("CARBON_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sys, "argv", ["carbon", "ingest", str(country)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 2
    assert "carbon: cells.parquet: No space left on device" in capsys.readouterr().err


#: The command itself, with blocks of one row, so that there is something to stop in.
COMMAND = f"""
if __name__ == "__main__":
    from ingest.years import jobs
    jobs.CELLS_PER_UNIT = {WIDTH}
    from carbon.cli import main
    main()
"""


def start(catalogue: Path, settings: Settings, *arguments: str) -> subprocess.Popen[str]:
    script = settings.data.parent / "command.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(COMMAND)
    return subprocess.Popen(
        [sys.executable, str(script), "ingest", str(catalogue), *arguments],
        env=os.environ | {"CARBON_DATA": str(settings.data)},
        cwd=settings.project,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def wait_for_work(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("checking rasters"):
            return
    raise AssertionError("the command never began to work")


@pytest.mark.pipeline
def test_kill_at_five_random_moments(country: Path, tmp_path: Path) -> None:
    reference = settings_of(tmp_path / "reference")
    process = start(country, reference)
    wait_for_work(process)
    began = time.monotonic()
    assert process.wait() == 0
    lasts = time.monotonic() - began
    expected = raw_tables(reference.build_file)
    rng = random.Random(20171997)
    for attempt in range(5):
        settings = settings_of(tmp_path / f"killed-{attempt}")
        process = start(country, settings)
        wait_for_work(process)
        time.sleep(rng.uniform(0, lasts))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert start(country, settings).wait() == 0
        assert raw_tables(settings.build_file) == expected
        assert not (settings.data / "pending").exists()


@pytest.mark.pipeline
@pytest.mark.parametrize("how", [signal.SIGKILL, *ASKING])
def test_workers_end_with_their_parent(how: signal.Signals, country: Path, tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    process = start(country, settings, "--workers", "2")
    wait_for_work(process)
    wait_until(lambda: len(processes_of(process.pid)) >= 3, 60)
    time.sleep(0.5)
    if how is signal.SIGINT:
        os.killpg(process.pid, how)  # as a terminal does
    else:
        os.kill(process.pid, how)
    asked = time.monotonic()
    _, said = process.communicate(timeout=60)
    wait_until(lambda: not processes_of(process.pid), 30)
    assert time.monotonic() - asked < 20  # two where nothing else runs
    assert "Traceback" not in said
    if how is not signal.SIGKILL and process.returncode:
        assert process.returncode == 128 + how
        assert said.strip().endswith("carbon: stopped; the same command goes on from here")
