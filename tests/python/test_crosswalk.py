"""Changes of divisions: the table of them fits the zones, and no emission is lost on the way."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import geopandas as gpd
import pandas as pd
import pytest
import shapely

from ingest.tables.checking import TableRequest, read_table
from tests.helpers.workplace import PROJECT, Workplace

pytestmark = pytest.mark.slow

SOURCES = PROJECT / "carbon" / "sample" / "sources"

#: County seats by their code of 2010, in degrees: where a county is does not change.
SEATS = {
    "341402": (117.87, 31.60),
    "341421": (117.29, 31.26),
    "341422": (117.91, 31.30),
    "341423": (118.11, 31.73),
    "341424": (118.36, 31.74),
    "340823": (117.22, 30.70),
    "341521": (116.78, 32.57),
    "512081": (104.55, 30.40),
    "371202": (117.66, 36.20),
    "371203": (117.81, 36.06),
    "220381": (124.82, 43.50),
}

#: Units that no division has: an old city without its counties, a name in Latin letters, ...
ODD_UNITS = (
    # unit_id, unit_name, city_id, city_name, province_id, province_name, Mt
    ("341400", "巢湖市", "341400", "巢湖市", None, "Anhui Province", 20.0),
    ("x1", None, None, "Suzhou City", None, "Jiangsu", 3.0),
    ("x2", None, None, "宿州市", None, "Anhui", 5.0),
    ("x3", None, None, "Xi'an", None, "Shannxi", 7.0),
    ("659009", "昆玉市", "659009", "昆玉市", "650000", None, 0.5),
    ("500112（2）", "某区", None, None, None, None, 0.25),
)


@pytest.fixture(scope="module")
def zones() -> gpd.GeoDataFrame:
    return gpd.read_file(SOURCES / "cities.fgb").set_index("city_id")


@pytest.fixture(scope="module")
def changes() -> list[dict[str, str]]:
    path = PROJECT / "seeds" / "ref_division_changes.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_change_leads_to_a_zone_of_today(
    zones: gpd.GeoDataFrame, changes: list[dict[str, str]]
) -> None:
    for change in changes:
        assert change["new_city_id"] in zones.index, change
        assert change["citation"], change
        if change["kind"] == "founded":
            assert change["division_name_zh"] == zones.city_name_zh[change["new_city_id"]]
        if change["kind"] in ("renamed", "merged"):
            assert change["division_id"] == change["old_city_id"]
        # Nothing has ever moved from one province to another, which keeps provincial totals.
        assert change["old_city_id"][:2] == change["new_city_id"][:2]
    kinds = [change["kind"] for change in changes if change["level"] == "county"]
    assert kinds == ["moved"] * 11


def test_counties_that_moved_lie_in_their_new_city(
    zones: gpd.GeoDataFrame, changes: list[dict[str, str]]
) -> None:
    moved = {c["division_id"]: c["new_city_id"] for c in changes if c["level"] == "county"}
    assert set(moved) == set(SEATS)
    for county, city in moved.items():
        (found,) = zones.index[zones.contains(shapely.Point(SEATS[county]))]
        assert found == city, county


def write_raw(path: Path, emissions: Any) -> None:
    """Write the raw tables that the crosswalk reads, with the zones of the sample."""
    cities = gpd.read_file(SOURCES / "cities.fgb").drop(columns="geometry")
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.register("cities", cities.astype(object))
        connection.register("emissions", emissions)
        connection.execute(f"""
            create schema raw;
            create table raw.cities as
            select *, 1.0 as area_km2, 1.0 as grid_area_km2, 0.0 as longitude, 0.0 as latitude,
                null::varchar as boundary_wkt
            from cities;
            create table raw.provinces as
            select 'list' as source_id, province_id::varchar as province_id, province_name,
                province_name_zh, region_name, in_study
            from read_csv('{SOURCES / "provinces.csv"}');
            create table raw.emissions as from emissions;
            create table raw.zonal_city_emissions (
                collection varchar, source_id varchar, city_id varchar, year integer,
                substance varchar, allocation varchar, position integer, mass_tg double,
                shared_mass_tg double, cell_count bigint, known_ratio double
            );
        """)


def match(folder: Path, emissions: Any, **variables: Any) -> duckdb.DuckDBPyConnection:
    """Run the crosswalk on some emissions and return what it made."""
    workplace = Workplace(folder)
    write_raw(workplace.build_file, emissions)
    command = ["build", "--select", "+int_emissions_assigned", "assert_crosswalk_keeps_*"]
    command += ["--indirect-selection", "cautious", "--profiles-dir", "."]
    command += ["--vars", str(variables)]
    process = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *command],
        cwd=PROJECT,
        env={**os.environ, **workplace.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout[-3000:]
    assert "PASS assert_crosswalk_keeps_every_tonne" in process.stdout
    assert "PASS assert_crosswalk_keeps_province_totals" in process.stdout
    return duckdb.connect(str(workplace.build_file), read_only=True)


def odd_emissions() -> Any:
    keys = ("unit_id", "unit_name", "city_id", "city_name", "province_id", "province_name")
    rows = [
        {"source_id": "odd", **dict(zip(keys, row, strict=False)), "year": 2010, "ce_mtco2": row[6]}
        for row in ODD_UNITS
    ]
    return pd.DataFrame(rows).astype(object)


@pytest.mark.pipeline
def test_what_matches_nothing_stays_in_its_province(tmp_path: Path) -> None:
    with match(tmp_path, odd_emissions()) as built:
        rows = built.execute(
            "select unit_id, city_id, province_id, city_match, ce_tgco2"
            " from intermediate.int_emissions_assigned order by unit_id"
        ).fetchall()
    assert rows == [
        # Its counties went to three cities: a figure for all of them belongs to none.
        ("341400", None, "340000", "unmatched", 20.0),
        ("500112（2）", "500000", "500000", "code", 0.25),
        ("659009", "659009", "650000", "code", 0.5),
        ("x1", None, "320000", "unmatched", 3.0),
        ("x2", "341300", "340000", "name", 5.0),
        ("x3", None, "610000", "unmatched", 7.0),
    ]


@pytest.fixture(scope="module")
def published(shared_data: Path) -> Any:
    """County emissions of 2010, as the published workbook has them."""
    path = shared_data / "chen2020_county_co2_1997_2017.xlsx"
    request = TableRequest(kind="emissions", path=path, format="chen2020", source="chen_2020")
    table, _ = read_table(request)
    return table.to_pandas().query("year == 2010")


@pytest.fixture(scope="module")
def crossed(
    published: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[duckdb.DuckDBPyConnection]:
    with match(
        tmp_path_factory.mktemp("boundaries_of_2010"), published, zones_divisions_year=2010
    ) as built:
        yield built


@pytest.mark.pipeline
def test_boundaries_of_an_earlier_year_take_no_later_changes(
    crossed: duckdb.DuckDBPyConnection, published: Any
) -> None:
    """With zones of 2010, Shouxian stays in Lu'an; names still find what was only renamed."""
    kinds = dict(
        crossed.execute(
            "select city_match, count(*) from intermediate.int_emissions_assigned group by all"
        ).fetchall()
    )
    # Here the zones are in truth those of today, so Chaohu and Laiwu find none: 5 + 2 counties.
    assert kinds == {"code": 2697 + 4, "name": 27, "unmatched": 7}
    (total,) = crossed.execute(
        "select sum(ce_tgco2) from intermediate.int_emissions_assigned"
    ).fetchall()[0]
    assert total == pytest.approx(published.ce_mtco2.sum(), rel=1e-12)
