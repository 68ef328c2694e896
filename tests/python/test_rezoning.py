"""Other zones on the lake that is there: the same as a full ingestion, without any raster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

from carbon import cli
from ingest.catalogue.catalogue import read_catalogue
from ingest.rasters import opening
from ingest.rezoning import ingest_zones
from ingest.years import jobs
from tests.helpers.miniature import (
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
    write_tiff,
)
from workspace.errors import InputError
from workspace.settings import Settings

pytestmark = pytest.mark.slow

#: Two basins that cut the cities and leave a column of the grid out.
BASINS = {"b1": box(10.3, -3, 13.2, 2.5), "b2": box(13.2, -3, 16.75, 2.5)}


def write_basins(path: Path, shapes: dict[str, Any] = BASINS, **columns: list[str]) -> Path:
    frame = {"BASIN": list(shapes), **columns}
    gpd.GeoDataFrame(frame, geometry=list(shapes.values()), crs="EPSG:4326").to_file(path)
    return path


def rezone(catalogue: Path | None, settings: Settings, file: Path, **options: Any) -> list[str]:
    """Put other zones on the lake; return the steps of the raster stage."""
    progress = StepProgress()
    named = None if catalogue is None else read_catalogue(catalogue, settings.data)
    ingest_zones(named, file, options, settings, progress)
    return progress.steps


def refuse_rasters(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(name: str, **_: Any) -> None:
        raise AssertionError(f"{name} was opened")

    monkeypatch.setattr(opening, "DatasetReader", opened)


def test_other_zones_are_a_full_ingestion_without_its_rasters(
    place: tuple[Path, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, settings = place
    basins = write_basins(tmp_path / "basins.gpkg", city_name=["West", "East"])
    content = catalogue_content()
    content["zones"] |= {"path": str(basins), "id": "BASIN"}
    del content["zones"]["parent"]
    full = settings_of(tmp_path / "full")
    ingest(write_catalogue(catalogue.parent, content), full)
    write_catalogue(catalogue.parent, catalogue_content())
    before = raw_tables(settings.build_file)
    lake = folder_bytes(settings.data / "lake")

    for kind in ("*.tif", "*.nc", "*.asc"):
        for path in catalogue.parent.glob(kind):
            path.unlink()
    refuse_rasters(monkeypatch)
    steps = rezone(None, settings, basins, id="BASIN", source="made_up")
    assert steps == [f"historical {year}" for year in YEARS]
    assert folder_bytes(settings.data / "lake") == lake
    found, expected = raw_tables(settings.build_file), raw_tables(full.build_file)
    assert found["ingest"] == before["ingest"]
    for name in set(expected) - {"ingest"}:
        assert found[name] == expected[name], name
    assert found["zonal_city_year"] != before["zonal_city_year"]
    # A second time there is nothing left to compute.
    assert rezone(None, settings, basins, id="BASIN", source="made_up") == []
    assert raw_tables(settings.build_file) == found


def test_the_catalogues_zones_come_back(place: tuple[Path, Settings], tmp_path: Path) -> None:
    catalogue, settings = place
    before = raw_tables(settings.build_file)
    rezone(catalogue, settings, write_basins(tmp_path / "b.geojson"), id="BASIN")
    after = raw_tables(settings.build_file)
    cards = {row[0]: row for row in after["sources"]}
    assert cards["zones_given"][1:4] == ("not stated", "b.geojson", "not stated")
    assert [row[:2] for row in after["cities"]] == [("b1", "b1"), ("b2", "b2")]
    assert after["emissions"] == before["emissions"]
    ingest(catalogue, settings)
    assert raw_tables(settings.build_file) == before


def raise_coefficient(catalogue: Path, settings: Settings) -> Settings:
    return replace(settings, temperature_coefficient=0.1)


def replace_file(catalogue: Path, settings: Settings) -> Settings:
    write_tiff(catalogue.parent / "et_2002.tif", Miniature().evapotranspiration + 1)
    return settings


def add_year(catalogue: Path, settings: Settings) -> Settings:
    content = catalogue_content()
    content["collections"]["historical"]["years"] = [2001, 2005]
    write_catalogue(catalogue.parent, content)
    return settings


def change_scale(catalogue: Path, settings: Settings) -> Settings:
    content = catalogue_content()
    content["collections"]["historical"]["layers"][3]["scale"] = 0.2
    write_catalogue(catalogue.parent, content)
    return settings


def forget_records(catalogue: Path, settings: Settings) -> Settings:
    for path in (settings.data / "lake").rglob("recipe.json"):
        path.unlink()
    return settings


def delete_part(catalogue: Path, settings: Settings) -> Settings:
    min((settings.data / "lake").rglob("cells-*.parquet")).unlink()
    return settings


def leave_cells_out(catalogue: Path, settings: Settings) -> Settings:
    write_catalogue(catalogue.parent, catalogue_content() | {"cells": False})
    ingest(catalogue, settings)
    return settings


def lose_catalogue(catalogue: Path, settings: Settings) -> Settings:
    catalogue.unlink()
    return settings


def forget_everything(catalogue: Path, settings: Settings) -> Settings:
    settings.build_file.unlink()
    return settings


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (raise_coefficient, "historical 2001-2003: rh_temperature_coefficient: 0.0913 -> 0.1"),
        (replace_file, "historical 2002: evapotranspiration: file changed: et_2002.tif"),
        (add_year, "the lake lacks historical 2004-2005"),
        (change_scale, "historical 2001-2003: npp: scale 0.1 -> 0.2"),
        (forget_records, "historical 2001-2003: what it was made from is not on record"),
        (delete_part, "parts of historical 2001 are gone from the lake"),
        (leave_cells_out, "no lake is kept"),
        (lose_catalogue, "the catalogue that was ingested is not there any more"),
        (forget_everything, "nothing was ingested yet"),
    ],
)
def test_a_lake_that_is_not_what_it_should_be_is_refused(
    spoil: Callable[[Path, Settings], Settings],
    said: str,
    place: tuple[Path, Settings],
    tmp_path: Path,
) -> None:
    catalogue, settings = place
    settings = spoil(catalogue, settings)
    before = raw_tables(settings.build_file) if settings.build_file.exists() else None
    with pytest.raises(InputError) as refusal:
        rezone(None, settings, write_basins(tmp_path / "basins.gpkg"), id="BASIN")
    assert said in str(refusal.value)
    assert "ingest" in (refusal.value.fix or "")
    if before is not None:
        assert raw_tables(settings.build_file) == before


@pytest.mark.parametrize(
    ("shapes", "options", "said"),
    [
        (BASINS, {}, "say which one it is with --zone-id: BASIN"),
        (BASINS, {"id": "HYBAS_ID"}, "choose --zone-id among: BASIN"),
        (BASINS, {"id": "BASIN", "name": "title"}, "choose --zone-name among: BASIN"),
        (BASINS, {"id": "BASIN", "source": "hydro"}, "choose among made_up"),
        (BASINS, {"id": "BASIN", "layer": "rivers"}, "set --zone-layer to one of: basins"),
        (BASINS, {"id": "BASIN", "where": "BASIN = 'b3'"}, "check the file and --zone-where"),
        (BASINS | {"b3": box(40, 0, 42, 2)}, {"id": "BASIN"}, "zone b3 outside the grid"),
        (BASINS | {"b3": box(10.3, -3, 12, 0)}, {"id": "BASIN"}, "zones overlap"),
    ],
)
def test_zones_that_cannot_be_used_are_refused(
    shapes: dict[str, Any],
    options: dict[str, str],
    said: str,
    ingested: tuple[Path, Settings],
    tmp_path: Path,
) -> None:
    catalogue, settings = ingested
    before = raw_tables(settings.build_file)
    with pytest.raises(InputError) as refusal:
        rezone(catalogue, settings, write_basins(tmp_path / "basins.gpkg", shapes), **options)
    assert said in str(refusal.value)
    assert raw_tables(settings.build_file) == before


def test_blocks_are_read_back_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake of several blocks a year gives the zonal sums of its own blocks, bit for bit."""
    monkeypatch.setattr(jobs, "CELLS_PER_UNIT", 2 * WIDTH)
    catalogue = Miniature().write(tmp_path / "inputs")
    settings, full = settings_of(tmp_path / "lake"), settings_of(tmp_path / "full")
    ingest(catalogue, settings)
    basins = write_basins(tmp_path / "basins.gpkg")
    assert len(rezone(None, settings, basins, id="BASIN", source="made_up")) == 3 * len(YEARS)
    content = catalogue_content()
    content["zones"] = {"path": str(basins), "id": "BASIN", "name": "BASIN", "source": "made_up"}
    ingest(write_catalogue(catalogue.parent, content), full)
    found, expected = raw_tables(settings.build_file), raw_tables(full.build_file)
    for name in set(expected) - {"ingest"}:
        assert found[name] == expected[name], name


def test_the_command_says_what_it_did(
    place: tuple[Path, Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, settings = place
    monkeypatch.setenv("CARBON_DATA", str(settings.data))
    basins = write_basins(tmp_path / "basins.gpkg")
    alone = CliRunner().invoke(cli.app, ["ingest", "--zone-id", "BASIN"])
    assert "--zone-id says how zones are read, but there are none" in str(alone.exception)
    done = CliRunner().invoke(
        cli.app, ["ingest", str(catalogue), "--zones", str(basins), "--zone-id", "BASIN"]
    )
    assert done.exit_code == 0, done.exception
    assert "3 years of 2 zones" in done.output
    assert f"carbon ingest {catalogue}" in done.output
