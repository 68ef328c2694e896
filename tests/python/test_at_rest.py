"""Bits that change on a disk: each is named, none is believed, and the next ingest fixes it."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import disk, faults
from carbon import cli
from carbon.status import describe_status, lake_damage
from ingest.raw.state import read_raw
from ingest.rezoning import ingest_zones
from ingest.years import run
from ingest.years.jobs import YearJob
from tests.helpers.miniature import HEIGHT, WIDTH, ingest, raw_tables, write_tiff
from workspace.errors import InputError
from workspace.progress import SilentProgress
from workspace.settings import Settings


def test_every_kind_of_file_is_fixed(tmp_path: Path) -> None:
    """One of each kind; `python -m benchmarks.faults` takes a hundred of each."""
    tally = faults.bits_at_rest(tmp_path, len(faults.AT_REST), seed=20171997)
    assert tally.lost == []
    assert tally.survived == len(faults.AT_REST)


@pytest.mark.slow
def test_a_disk_that_fails_leaves_the_old_state_or_the_new(tmp_path: Path) -> None:
    """A few points; `python -m benchmarks.faults "disk errors"` takes five hundred."""
    if not sys.platform.startswith("linux") or not (shutil.which("cc") or shutil.which("gcc")):
        pytest.skip("the library that fails calls needs Linux and a C compiler")
    tried = list(disk.run(tmp_path, 5, 2060, None))
    assert len(tried) == 5
    assert [one for one in tried if one["faults"]] == []


@pytest.mark.parametrize("truncate", [False, True])
def test_damage_is_named_before_it_is_believed(
    truncate: bool, place: tuple[Path, Settings]
) -> None:
    catalogue, settings = place
    expected = raw_tables(settings.build_file)
    (path,) = settings.data.glob("lake/*/year=2002/*/cells-00000.parquet")
    parts = read_raw(settings.build_file, ["lake_partitions"])["lake_partitions"]["path"]
    arguments = str(settings.data), parts.to_pylist()
    assert lake_damage(*arguments) == ""
    faults.damage(path, random.Random(8), truncate=truncate)
    name = str(path.relative_to(settings.data))

    assert f"{path} is damaged" == lake_damage(*arguments)
    assert "damaged" not in describe_status(settings)
    places = {"CARBON_DATA": str(settings.data), "CARBON_PUBLISHED": str(settings.published)}
    build = CliRunner().invoke(cli.app, ["build"], env=places)
    assert f"{path} is damaged" in str(build.exception)
    said = describe_status(settings, verify=True)
    assert f"damaged  historical 2002: {name} is damaged" in said
    zones, options = catalogue.parent / "cities.gpkg", {"where": "city_id like '11%'"}
    with pytest.raises(InputError, match="is damaged") as refusal:
        ingest_zones(None, zones, options, settings, SilentProgress())
    assert name in str(refusal.value)
    assert raw_tables(settings.build_file) == expected

    assert ingest(catalogue, settings) == ["historical 2002"]
    assert raw_tables(settings.build_file) == expected
    assert "is damaged" not in describe_status(settings, verify=True)
    assert lake_damage(*arguments) == ""


def test_a_damaged_published_file_is_not_nothing_yet(place: tuple[Path, Settings]) -> None:
    _, settings = place
    assert "nothing yet" in describe_status(settings)
    settings.published.mkdir()
    settings.published_file.write_bytes(settings.build_file.read_bytes()[:5000])
    said = describe_status(settings)
    assert "published  " in said
    assert "damaged" in said.partition("published  ")[2]
    assert "nothing yet" not in said.partition("published  ")[2].partition("atlas")[0]


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_raster_that_is_swapped_while_it_is_read_is_found(
    is_killed: bool, place: tuple[Path, Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another file lies there while values are read; then the right one again, times and all."""
    catalogue, settings = place
    raster = catalogue.parent / "et_2002.tif"
    write_tiff(raster, np.full((HEIGHT, WIDTH), 444.0))
    right = raster.with_suffix(".right")
    shutil.copy2(raster, right)
    read = run.compute_unit

    def swapped(job: YearJob, index: int) -> None:
        write_tiff(raster, np.full((HEIGHT, WIDTH), 111.0))
        read(job, index)
        shutil.copy2(right, raster)
        if is_killed:
            raise KeyboardInterrupt

    before = raw_tables(settings.build_file)
    with monkeypatch.context() as patch:
        patch.setattr(run, "compute_unit", swapped)
        with pytest.raises((InputError, KeyboardInterrupt)) as stopped:
            ingest(catalogue, settings)
    assert is_killed or "was changed while it was read" in str(stopped.value)
    assert raw_tables(settings.build_file) == before
    ingest(catalogue, settings)
    rows = raw_tables(settings.build_file)["source_files"]
    (ranges,) = [row[-2:] for row in rows if str(raster) in row]
    assert set(ranges) == {444.0}, ranges
