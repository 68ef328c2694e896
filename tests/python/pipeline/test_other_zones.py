"""A warehouse whose zones were replaced: everything builds, and nothing is lost on the way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import geopandas as gpd
import pytest
from shapely.geometry import box

from tests.helpers.miniature import CITIES, NORTH, WEST, YEARS, Miniature
from tests.helpers.workplace import Workplace

pytestmark = pytest.mark.pipeline

#: Squares of two degrees over the whole grid: other keys than any emission has, and no province.
SQUARES = {
    f"s{row}{column}": box(WEST + column, NORTH - row - 2, WEST + column + 2, NORTH - row)
    for row in range(0, 6, 2)
    for column in range(0, 8, 2)
}


@pytest.fixture(scope="module")
def squares(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Ingest cities, put squares in their place, build and publish."""
    workplace = Workplace(tmp_path_factory.mktemp("squares"))
    catalogue = Miniature().write(workplace.folder / "inputs")
    file = workplace.folder / "squares.gpkg"
    gpd.GeoDataFrame({"key": list(SQUARES)}, geometry=list(SQUARES.values()), crs=4326).to_file(
        file
    )
    workplace.carbon("ingest", str(catalogue))
    for raster in (*catalogue.parent.glob("*.tif"), *catalogue.parent.glob("*.nc")):
        raster.unlink()
    workplace.carbon("ingest", "--zones", str(file), "--zone-id", "key")
    workplace.carbon("build")
    status = json.loads(workplace.carbon("status", "--json"))
    fresh = {part["name"]: part["is_fresh"] for part in status["sections"]}
    parts = ("ingested", "lake", "zones", "sources", "published")
    assert fresh == {**dict.fromkeys(parts, True), "atlas": False}
    with duckdb.connect(str(workplace.build_file), read_only=True) as connection:
        yield connection


def test_every_test_of_the_build_passes_on_squares(squares: duckdb.DuckDBPyConnection) -> None:
    rows = squares.execute(
        "select city_id, count(*), count(cnc_tgco2), count(ce_tgco2), count(nep_tgco2)"
        " from marts.fct_city_carbon_budgets group by city_id order by city_id"
    ).fetchall()
    assert rows == [(key, len(YEARS), 0, 0, len(YEARS)) for key in sorted(SQUARES)]


def test_sinks_of_all_squares_are_those_of_the_grid(squares: duckdb.DuckDBPyConnection) -> None:
    worst, outside = squares.execute(
        "select max(abs(zones_sum / grid_sum - 1)), max(abs(outside_sum / grid_sum))"
        " from raw.grid_totals where grid_sum != 0"
    ).fetchall()[0]
    assert worst < 1e-12
    assert outside < 1e-12


def test_emissions_without_a_zone_stay_in_their_province(
    squares: duckdb.DuckDBPyConnection,
) -> None:
    rows = squares.execute(
        "select year, sum(ce_tgco2), sum(unassigned_ce_tgco2)"
        " from marts.fct_province_carbon_budgets group by year"
    ).fetchall()
    assert {year: (ce, unassigned) for year, ce, unassigned in rows} == {
        year: pytest.approx((len(CITIES), len(CITIES)), rel=1e-12) for year in YEARS
    }
    listed = squares.execute(
        "select year, sum(unassigned_ce_tgco2) from marts.fct_data_quality"
        " where layer = 'unassigned_emissions' group by year"
    ).fetchall()
    assert dict(listed) == {year: unassigned for year, _, unassigned in rows}


def test_the_file_of_the_zones_is_on_record(squares: duckdb.DuckDBPyConnection) -> None:
    rows = squares.execute(
        "select path, source_id, producer from meta.source_files where role = 'zones'"
    ).fetchall()
    assert [(Path(path).name, *rest) for path, *rest in rows] == [
        ("squares.gpkg", "zones_given", "not stated")
    ]
