"""What is redone, and what status says is stale: the same years, with the reason."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from carbon.status import describe_status, status_json
from ingest.rasters import opening
from ingest.years import plan
from ingest.years.provenance import YearRecord
from tests.helpers.miniature import (
    CITIES,
    HEIGHT,
    WIDTH,
    YEARS,
    Miniature,
    catalogue_content,
    ingest,
    raw_tables,
    write_ascii,
    write_catalogue,
    write_netcdf,
    write_tiff,
    write_zones,
)
from workspace.project import project_files, project_vars
from workspace.settings import Settings

pytestmark = pytest.mark.slow

Place = tuple[Path, Settings]
Change = Callable[[Path, Settings], Settings]


def sections(settings: Settings) -> dict[str, dict[str, Any]]:
    return {part["name"]: part for part in json.loads(status_json(settings))["sections"]}


def findings(settings: Settings, part: str) -> list[tuple[str, tuple[int, ...], str]]:
    """List state, years and reason of a part."""
    return [
        (found["state"], tuple(year for _, year in found["years"]), found["why"])
        for found in sections(settings)[part]["findings"]
    ]


def declare(catalogue: Path, change: Callable[[dict[str, Any]], Any]) -> None:
    content = catalogue_content()
    change(content)
    write_catalogue(catalogue.parent, content)


def layers(content: dict[str, Any]) -> Any:
    return content["collections"]["historical"]["layers"]


def nothing(catalogue: Path, settings: Settings) -> Settings:
    return settings


def add_a_year(catalogue: Path, settings: Settings) -> Settings:
    country, folder = Miniature(), catalogue.parent
    write_netcdf(folder / "temperature_2004.nc", "tmp", country.temperature, 2004)
    for month, rain in enumerate(country.precipitation, start=1):
        write_tiff(folder / f"rain_2004_{month:02d}.tif", rain)
    write_tiff(folder / "et_2004.tif", country.evapotranspiration)
    write_tiff(folder / "npp_2004.tif", country.npp, scale=0.1, dtype="int16")
    declare(catalogue, lambda c: c["collections"]["historical"].update(years=[2001, 2004]))
    return settings


def replace_one_month(catalogue: Path, settings: Settings) -> Settings:
    write_tiff(catalogue.parent / "rain_2002_07.tif", np.full((HEIGHT, WIDTH), 77.0))
    return settings


def replace_what_serves_every_year(catalogue: Path, settings: Settings) -> Settings:
    write_ascii(catalogue.parent / "lithology.asc", np.full((HEIGHT, WIDTH), 5))
    return settings


def put_a_header_beside(catalogue: Path, settings: Settings) -> Settings:
    (catalogue.parent / "et_2001.tif.aux.xml").write_text(
        '<PAMDataset><PAMRasterBand band="1"><Scale>0.5</Scale></PAMRasterBand></PAMDataset>'
    )
    return settings


def change_a_coefficient(catalogue: Path, settings: Settings) -> Settings:
    return replace(settings, precipitation_coefficient=0.3)


def change_the_grid(catalogue: Path, settings: Settings) -> Settings:
    declare(catalogue, lambda c: c["grid"].update(bounds=[10.0, -3.0, 17.0, 3.0]))
    return settings


def change_a_range(catalogue: Path, settings: Settings) -> Settings:
    declare(catalogue, lambda c: layers(c)[2].update(valid_range=[0, 900]))
    return settings


def move_everything(catalogue: Path, settings: Settings) -> Settings:
    """Other names for the same content change nothing."""
    for path in catalogue.parent.glob("npp_*.tif"):
        path.rename(path.with_name(path.name.replace("npp_", "production_")))
    declare(catalogue, lambda c: layers(c)[3].update(path="production_{year}.tif"))
    return settings


def delete_a_year(catalogue: Path, settings: Settings) -> Settings:
    shutil.rmtree(settings.data / "lake" / "collection=historical" / "year=2003")
    shutil.rmtree(settings.data / "zonal" / "collection=historical" / "year=2003")
    return settings


def delete_a_part(catalogue: Path, settings: Settings) -> Settings:
    max((settings.data / "lake").rglob("cells-*.parquet")).unlink()
    return settings


@pytest.mark.parametrize(
    ("change", "stale", "why"),
    [
        (nothing, (), ""),
        (move_everything, (), ""),
        (add_a_year, (2004,), "not ingested yet"),
        (replace_one_month, (2002,), "precipitation: file changed: rain_2002_07.tif"),
        (replace_what_serves_every_year, YEARS, "lithology: file changed: lithology.asc"),
        (put_a_header_beside, (2001,), "evapotranspiration: file changed: et_2001.tif"),
        (change_a_coefficient, YEARS, "rh_precipitation_coefficient: 0.3145 -> 0.3"),
        (change_the_grid, YEARS, "grid: the catalogue declares another one"),
        (change_a_range, YEARS, "evapotranspiration: valid_range none -> [0.0, 900.0]"),
        (delete_a_year, (2003,), "its files were deleted"),
        (delete_a_part, (2003,), "its files were deleted"),
    ],
)
def test_what_status_calls_stale_is_what_ingest_computes(
    change: Change, stale: tuple[int, ...], why: str, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, settings = place
    settings = change(catalogue, settings)
    with monkeypatch.context() as patch:
        patch.setattr(opening, "DatasetReader", None)  # No raster is opened.
        found = findings(settings, "lake")
    worth = [finding for finding in found if finding[0] != "fresh"]
    assert worth == ([("missing" if change is add_a_year else "stale", stale, why)] if why else [])
    fresh = tuple(year for year in YEARS if year not in stale)
    assert [years for state, years, _ in found if state == "fresh"] == ([fresh] if fresh else [])
    assert ingest(catalogue, settings) == [f"historical {year}" for year in stale]
    assert [state for state, _, _ in findings(settings, "lake")] == ["fresh"]
    assert sections(settings)["lake"]["fix"] == ""


def test_code_that_computes_otherwise_makes_everything_stale(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue, settings = place
    monkeypatch.setattr(plan, "RECIPE_VERSION", plan.RECIPE_VERSION + 1)
    (found,) = findings(settings, "lake")
    assert found[:2] == ("stale", YEARS)
    assert "the code computes terms otherwise" in found[2]
    assert len(ingest(catalogue, settings)) == len(YEARS)


def test_zones_and_tables_are_redone_without_the_lake(place: Place) -> None:
    catalogue, settings = place
    folder, lake = catalogue.parent, settings.data / "lake"
    before = {path: path.stat().st_mtime_ns for path in lake.rglob("cells-*.parquet")}

    emissions = folder / "emissions.csv"
    emissions.write_text(emissions.read_text().replace(",1.0", ",2.0"))
    assert findings(settings, "lake") == [("fresh", YEARS, "")]
    assert findings(settings, "sources") == [
        ("stale", (), "emissions: file changed: emissions.csv")
    ]
    assert ingest(catalogue, settings) == []
    assert {row[-1] for row in raw_tables(settings.build_file)["emissions"]} == {2.0}

    cities = dict(CITIES)
    del cities["120200"]
    (folder / "cities.gpkg").unlink()
    write_zones(folder / "cities.gpkg", cities)
    assert findings(settings, "lake") == [("fresh", YEARS, "")]
    assert findings(settings, "zones") == [("stale", YEARS, "zones: file changed: cities.gpkg")]
    assert len(ingest(catalogue, settings)) == len(YEARS)
    assert findings(settings, "zones") == [("fresh", YEARS, "")]

    declare(catalogue, lambda c: c["zones"].update(name="city_id"))
    assert ("stale", YEARS, 'zones: name "city_name" -> "city_id"') in findings(settings, "zones")
    assert findings(settings, "sources") == [("stale", (), "catalogue.yml was edited since")]
    assert {path: path.stat().st_mtime_ns for path in lake.rglob("cells-*.parquet")} == before


def test_inputs_that_are_gone_leave_the_lake_fresh(place: Place) -> None:
    catalogue, settings = place
    for month in range(1, 13):
        (catalogue.parent / f"rain_2002_{month:02d}.tif").unlink()
    assert findings(settings, "lake") == [
        ("fresh", (2001, 2003), ""),
        (
            "inputs gone",
            (2002,),
            "precipitation: file not there: rain_2002_01.tif, rain_2002_02.tif, rain_2002_03.tif"
            " and 9 more",
        ),
    ]
    assert sections(settings)["lake"]["is_fresh"]


def damage(content: dict[str, Any]) -> None:
    """As an earlier version wrote it, without hashes and a seal, and with something missing."""
    del content["seal"], content["parts"]
    del content["terms"]["layers"]["npp"]["frames"]


@pytest.mark.parametrize("harm", [None, damage])
def test_partitions_without_a_record_to_be_understood_are_taken_over(
    place: Place, harm: Callable[[dict[str, Any]], None] | None
) -> None:
    catalogue, settings = place
    for path in settings.data.rglob("recipe.json"):
        content = json.loads(path.read_text(encoding="utf-8"))
        path.unlink()
        if harm is not None:
            harm(content)
            path.write_text(json.dumps(content), encoding="utf-8")
    (found,) = findings(settings, "lake")
    assert found == ("stale", YEARS, "what it was made from is not on record")
    assert ingest(catalogue, settings) == []
    assert findings(settings, "lake") == [("fresh", YEARS, "")]


def test_a_record_is_read_as_it_was_written(place: Place) -> None:
    records = sorted(place[1].data.rglob("recipe.json"))
    assert len(records) == 2 * len(YEARS)
    for path in records:
        content = json.loads(path.read_text(encoding="utf-8"))
        record = YearRecord.from_json(content)
        assert content | record.to_json() == content
        assert (record.zones is None) == (path.parents[3].name == "lake")


def test_a_catalogue_that_is_gone_leaves_it_unknown(place: Place) -> None:
    catalogue, settings = place
    catalogue.unlink()
    (found,) = findings(settings, "ingested")
    assert found[0] == "unknown"
    assert str(catalogue) in found[2]
    assert sections(settings)["ingested"]["fix"] == "carbon ingest FILE"
    assert "historical 2001-2003: 3 years" in describe_status(settings)


def test_years_share_a_line(place: Place) -> None:
    catalogue, settings = place
    for year in YEARS:
        write_tiff(catalogue.parent / f"et_{year}.tif", np.full((HEIGHT, WIDTH), 401.0))
    replace_one_month(catalogue, settings)
    add_a_year(catalogue, settings)
    text = describe_status(settings)
    lines = [line.strip() for line in text.splitlines()]
    files = "et_2001.tif, et_2002.tif, et_2003.tif"
    assert f"stale    historical 2001-2003: evapotranspiration: file changed: {files}" in lines
    assert "stale    historical 2002: precipitation: file changed: rain_2002_07.tif" in lines
    assert "missing  historical 2004: not ingested yet" in lines
    assert f"fix: carbon ingest {catalogue}" in lines
    assert max(map(len, lines)) < 120 + len(str(catalogue))


def publish(settings: Settings, **changes: Any) -> None:
    """Write a published file as far as status reads it."""
    settings.published.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        (ingested_at,) = connection.execute("select ingested_at from raw.ingest").fetchall()[0]
    facts = {
        "ingested_at": ingested_at,
        "vars": project_vars(settings.project),
        "files": project_files(settings.project),
    } | changes
    settings.published_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.published_file)) as connection:
        connection.execute("create schema meta")
        connection.execute(
            "create table meta.build as select now()::timestamp as built_at, '0' as"
            " project_version, ?::timestamp as ingested_at, ? as vars_json",
            [facts["ingested_at"], json.dumps(facts["vars"])],
        )
        connection.execute("create table meta.project_files (path varchar, sha256 varchar)")
        connection.executemany(
            "insert into meta.project_files values (?, ?)", list(facts["files"].items())
        )


def test_a_published_file_that_is_behind_says_so(place: Place) -> None:
    catalogue, settings = place
    publish(settings)
    assert findings(settings, "published") == [("fresh", (), "")]
    assert sections(settings)["atlas"]["fix"] == "carbon atlas"

    choices = project_vars(settings.project) | {"rh_days_per_month": 31}
    publish(settings, vars=choices)
    assert findings(settings, "published") == [("stale", (), "rh_days_per_month: 31 -> 30")]

    files = project_files(settings.project)
    publish(settings, files=files | {"macros/units.sql": "another", "models/gone.sql": "once"})
    (found,) = findings(settings, "published")
    assert found[2] == "code changed: macros/units.sql, models/gone.sql"

    publish(settings)
    page = settings.published / "atlas" / "index.html"
    page.parent.mkdir()
    page.touch()
    assert sections(settings)["atlas"]["is_fresh"]
    ingest(catalogue, settings)
    (found,) = findings(settings, "published")
    assert found[2].startswith("it holds the ingestion of ")
    assert sections(settings)["published"]["fix"] == "carbon build"
