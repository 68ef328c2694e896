"""Published data sets in the layouts of their downloads, each read the way users read it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import shapely
import yaml

from ingest.catalogue.catalogue import LayerSpec, read_catalogue
from ingest.catalogue.grid import Block, Grid
from ingest.catalogue.quantities import QUANTITIES
from ingest.ingestion import Inputs, read_inputs
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.frames import frames_of
from ingest.rasters.opening import check_placement, declare, open_raster
from ingest.tables.formats import FORMATS
from tests.helpers import published_country as published
from tests.helpers.miniature import ingest, settings_of
from tests.helpers.workplace import PROJECT, Workplace
from workspace.errors import InputError
from workspace.progress import SilentProgress
from workspace.settings import Settings

pytestmark = pytest.mark.slow

YEARS = range(published.FIRST_YEAR, published.LAST_YEAR + 1)
NORTH_WEST, NORTH_EAST, SOUTH_WEST, SOUTH_EAST = published.CITIES


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every published file, the catalogue that names them, and what was made of them."""
    return tmp_path_factory.mktemp("published")


@pytest.fixture(scope="module")
def catalogue(folder: Path) -> Path:
    return published.write_country(folder / "inputs")


@pytest.fixture(scope="module")
def settings(folder: Path, catalogue: Path) -> Settings:
    """Settings of a warehouse into which the whole catalogue went."""
    settings = settings_of(folder)
    ingest(catalogue, settings)
    return settings


@pytest.fixture(scope="module")
def raw(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(settings.build_file), read_only=True) as connection:
        yield connection


def means(raw: duckdb.DuckDBPyConnection, layer: str) -> dict[tuple[str, int], float]:
    """Mean of a layer over what it covers, by city and year."""
    return {
        (city, year): value
        for city, year, value in raw.execute(
            "select city_id, year, value_sum / valid_area_km2 from raw.zonal_city_layers"
            " where zonal_rule = 'fraction' and layer = ? and valid_area_km2 > 0",
            [layer],
        ).fetchall()
    }


def coverage(raw: duckdb.DuckDBPyConnection, layer: str) -> dict[tuple[str, int], float]:
    """Share of a city that a layer covers, by city and year."""
    return {
        (city, year): value
        for city, year, value in raw.execute(
            "select city_id, year, valid_area_km2 / area_km2 from raw.zonal_city_layers"
            " where zonal_rule = 'fraction' and layer = ?",
            [layer],
        ).fetchall()
    }


def read_band(
    path: Path, spec: LayerSpec, grid: Grid, *, band: int = 1, variable: str | None = None
) -> Any:
    with open_raster(str(path), variable) as dataset:
        check_placement(declare(dataset, spec, str(path)), spec, grid, str(path))
        return AlignedRaster(dataset, band, spec, grid, str(path)).read(Block(0, grid.height))


def layer_of(quantity: str, year: int, **changes: Any) -> LayerSpec:
    """Return a layer as the catalogue declares it, with some keys changed."""
    layers = published.catalogue()["collections"]["historical"]["layers"]
    chosen = next(
        layer
        for layer in layers
        if layer["quantity"] == quantity
        and layer.get("years", [year, year])[0] <= year <= layer.get("years", [year, year])[1]
    )
    return LayerSpec(**{**chosen, **changes})


# Rasters ------------------------------------------------------------------------------------------


def test_peng_netcdf(raw: duckdb.DuckDBPyConnection) -> None:
    temperature, rain = means(raw, "temperature_c"), means(raw, "precipitation_mm")
    assert len(temperature) == len(rain) == len(published.CITIES) * len(YEARS)
    assert list(temperature.values()) == pytest.approx([published.TEMPERATURE_C] * 12, rel=1e-12)
    assert list(rain.values()) == pytest.approx([12 * published.RAIN_MM] * 12, rel=1e-12)
    responses = raw.execute(
        "select temperature_response_monthly_climate_km2 / climate_area_km2,"
        " precipitation_response_monthly_climate_km2 / climate_area_km2"
        " from raw.zonal_city_year where zonal_rule = 'fraction'"
    ).fetchall()
    for of_temperature, of_rain in responses:
        assert of_temperature == pytest.approx(12 * math.exp(0.0913 * published.TEMPERATURE_C))
        assert of_rain == pytest.approx(12 * math.log(0.3145 * published.RAIN_MM + 1))


@pytest.mark.parametrize("time_units", ["months since 1901-1-15", "days since 1900-01-01"])
@pytest.mark.parametrize("with_crs", [False, True])
def test_peng_netcdf_of_other_makes(tmp_path: Path, time_units: str, with_crs: bool) -> None:
    path = tmp_path / "tmp_1998_2000.nc"
    published.write_peng(
        path, "tmp", -3.7, 1998, 2000, time_units=time_units, with_crs=with_crs, size=60
    )
    spec = layer_of("temperature", 1999, path="tmp_*.nc", resampling=None)
    frames = frames_of(spec, 1999, lambda name: str(tmp_path / name))
    assert [frame.band for frame in frames] == list(range(13, 25))
    # On the file's own cells nothing is resampled, although its coordinates are of four bytes.
    grid = Grid.from_spec("EPSG:4326", 1 / 120, (100.0, 26.5, 100.5, 27.0))
    values = read_band(path, spec, grid, band=13, variable="tmp")
    np.testing.assert_allclose(values, -3.7, rtol=1e-12)
    if not with_crs:
        bare = layer_of("temperature", 1999, crs=None)
        with pytest.raises(InputError, match="has no CRS"):
            read_band(path, bare, grid, variable="tmp")


def test_npp_is_spliced_and_says_so(raw: duckdb.DuckDBPyConnection) -> None:
    sources = raw.execute(
        "select year, list(distinct npp_source), count(*) from raw.zonal_city_year group by year"
    ).fetchall()
    assert {year: found for year, found, _ in sources} == {
        1999: ["casa_2019"],
        2000: ["mod17a3hgf"],
        2001: ["mod17a3hgf"],
    }
    npp = means(raw, "npp_gc_m2")
    casa = [npp[city, 1999] for city in published.CITIES]
    assert casa == pytest.approx([published.CASA_NPP] * len(casa), rel=1e-6)
    modis = [value for (_, year), value in npp.items() if year > 1999]
    assert modis == pytest.approx([published.MODIS_NPP] * len(modis), rel=1e-12)


def test_modis_fill_is_no_npp(raw: duckdb.DuckDBPyConnection) -> None:
    """Built-up and barren cells count for nothing, where CASA covers everything."""
    covered = coverage(raw, "npp_gc_m2")
    assert all(covered[city, 1999] == pytest.approx(1, rel=1e-12) for city in published.CITIES)
    for year in (2000, 2001):
        assert covered[NORTH_EAST, year] == pytest.approx(1 - 0.01, abs=0.01)
        assert covered[SOUTH_WEST, year] == 0
        # A strip of a tenth of a degree is built up, 0.4 x 0.6 degrees are barren.
        assert covered[SOUTH_EAST, year] == pytest.approx(1 - 0.1 - 0.24, abs=0.005)


@pytest.mark.parametrize("dtype", ["int16", "uint16"])
def test_modis_sinusoidal_edges_stay_where_they_are(tmp_path: Path, dtype: str) -> None:
    path = tmp_path / "MOD17A3HGF_2000.tif"
    published.write_mod17(path, dtype=dtype)
    grid = Grid.from_spec("EPSG:4326", 1 / 120, (100.0, 25.0, 102.0, 27.0))
    values = read_band(path, layer_of("npp", 2000), grid)
    x, y = np.meshgrid(*grid.cell_centres())
    filled = ((x < 101.1) & (y < 26.1)) | ((x > 101.6) & (y < 25.6))
    # An edge may cut a cell, whose larger part then decides.
    assert np.count_nonzero(np.isnan(values) != filled) < (1.1 + 1.1 + 0.6 + 0.4) * 120
    np.testing.assert_allclose(values[~np.isnan(values)], published.MODIS_NPP, rtol=1e-12)
    with pytest.raises(InputError, match="MOD17A3 fill codes as data"):
        read_band(path, layer_of("npp", 2000, nodata=-1), grid)


def test_monthly_and_annual_evapotranspiration(raw: duckdb.DuckDBPyConnection) -> None:
    evaporated = means(raw, "evapotranspiration_mm")
    for year, expected in {
        1999: 12 * published.ET_MONTHLY_MM,
        2000: 12 * published.ET_MONTHLY_MM,
        2001: published.ET_ANNUAL_MM,
    }.items():
        for city in (NORTH_WEST, NORTH_EAST, SOUTH_WEST):
            assert evaporated[city, year] == pytest.approx(expected, rel=1e-6)
        # One slightly negative cell of a hundred.
        assert evaporated[SOUTH_EAST, year] < expected
    runoff = means(raw, "runoff_mm")
    assert runoff[NORTH_WEST, 2001] == pytest.approx(12 * published.RAIN_MM - 500, rel=1e-6)


def test_evapotranspiration_netcdf(tmp_path: Path) -> None:
    """A stack that says neither its months nor its cells: both are declared."""
    published.write_et_netcdf(tmp_path / "Ea_1998_2001_CR.nc", 1998, 2001)
    keys = {"path": "Ea_1998_2001_CR.nc", "variable": "Ea", "first_year": 1998}
    declared: dict[str, Any] = {
        **keys,
        "nodata": math.nan,
        "crs": "EPSG:4326",
        "bounds": published.GRID["bounds"],
        "resampling": None,
    }
    spec = layer_of("evapotranspiration", 2000, **declared)
    frames = frames_of(spec, 2000, lambda name: str(tmp_path / name))
    assert [frame.band for frame in frames] == list(range(25, 37))
    grid = Grid.from_spec("EPSG:4326", 0.1, published.GRID["bounds"])
    values = read_band(tmp_path / keys["path"], spec, grid, band=30, variable="Ea")
    expected = 10 * np.arange(20)[::-1, None] + 6 + np.zeros(20)
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    moved = layer_of("evapotranspiration", 2000, **(declared | {"bounds": None}))
    with pytest.raises(InputError, match="do not coincide with the grid's"):
        read_band(tmp_path / keys["path"], moved, grid, variable="Ea")


def test_negative_evapotranspiration_has_to_be_declared(tmp_path: Path) -> None:
    published.write_et(tmp_path / "ET_2001.tif", [500.0])
    grid = Grid.from_spec("EPSG:4326", 0.05, (100.0, 25.0, 102.0, 27.0))
    with pytest.raises(InputError, match=r"1 of 900 cells .* \(found -0.4 to -0.4\)"):
        read_band(
            tmp_path / "ET_2001.tif", layer_of("evapotranspiration", 2001, valid_range=None), grid
        )


def test_glim_ascii(raw: duckdb.DuckDBPyConnection) -> None:
    classes = raw.execute(
        "select city_id, list(distinct lithology_code order by lithology_code)"
        " from raw.zonal_city_lithology group by city_id order by city_id"
    ).fetchall()
    assert dict(classes) == {
        NORTH_WEST: [6],
        NORTH_EAST: [1, 8],
        SOUTH_WEST: [5],
        SOUTH_EAST: [11, 15, 16],
    }
    assert coverage(raw, "lithology")[SOUTH_EAST, 2001] == pytest.approx(0.75, abs=0.01)


def test_glim_netcdf_is_the_ascii_grid(tmp_path: Path) -> None:
    published.write_glim_ascii(tmp_path / "glim.asc")
    published.write_glim_netcdf(tmp_path / "glim.nc")
    grid = Grid.from_spec("EPSG:4326", 0.5, (100.0, 25.0, 102.0, 27.0))
    spec = layer_of("lithology", 2001, resampling=None)
    expected = np.where(published.LITHOLOGY == -9999, np.nan, published.LITHOLOGY)
    for name in ("glim.asc", "glim.nc"):
        np.testing.assert_array_equal(read_band(tmp_path / name, spec, grid), expected)


def test_glim_published_file(shared_data: Path) -> None:
    path = shared_data / "GLiM_720_360_raw.nc"
    spec = layer_of("lithology", 2001, resampling=None)
    world = read_band(path, spec, Grid.from_spec("EPSG:4326", 0.5, (-180.0, -90.0, 180.0, 90.0)))
    assert {int(code) for code in np.unique(world[np.isfinite(world)])} == set(range(1, 17))
    # North is up: Tibet's plateau has no evaporites, Greenland is ice, the Sahara is not.
    china = read_band(path, spec, Grid.from_spec("EPSG:4326", 0.5, (73.0, 18.0, 135.5, 54.0)))
    assert np.isfinite(china).mean() > 0.6
    assert world[36, 280] == 16  # 71.75 N, 39.75 W
    assert world[132, 380] != 16  # 23.75 N, 10.25 E


def test_runoff_and_temperature_published_files(shared_data: Path) -> None:
    """Fields without a CRS, in metres a year and degrees: declared, read, believable over China."""
    grid = Grid.from_spec("EPSG:4326", 0.5, (73.0, 18.0, 135.5, 54.0))
    runoff = read_band(
        shared_data / "UNH_GRDC_runoff_0p5deg.nc",
        layer_of(
            "evapotranspiration",
            2001,
            unit="m/year",
            crs="EPSG:4326",
            resampling=None,
            valid_range=[0, 12_000],
        ),
        grid,
        variable="rnf",
    )
    temperature = read_band(
        shared_data / "CRU_TS403_mean_temp_0p5deg.nc",
        layer_of("temperature", 2001, scale=None, nodata=None, resampling=None),
        grid,
        variable="tmp",
    )
    assert np.nanmin(runoff) >= 0
    assert 200 < np.nanmean(runoff) < 500
    assert -20 < np.nanmin(temperature) < 0 < np.nanmean(temperature) < 12


# Polygons -----------------------------------------------------------------------------------------


def zones_read(catalogue: Path, settings: Settings, **changes: Any) -> Inputs:
    """Read a catalogue whose zones are declared otherwise, as ingestion does before it computes."""
    content = yaml.safe_load(catalogue.read_text(encoding="utf-8"))
    content["zones"].update(changes)
    path = published.write_catalogue(catalogue.parent, content, "other_zones.yml")
    return read_inputs(read_catalogue(path, settings.data), settings, SilentProgress())


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("utf8.shp", {"encoding": "utf-8"}),
        ("gbk.shp", {"encoding": "gbk"}),
        ("cities.gpkg", {}),
        ("cities.geojson", {}),
        ("cities.parquet", {}),
        ("cgcs2000.gpkg", {"crs": "EPSG:4490"}),
        ("albers.shp", {"crs": published.KRASSOVSKY_ALBERS, "encoding": "utf-8"}),
        ("webmercator.parquet", {"crs": "EPSG:3857"}),
    ],
)
def test_polygons(catalogue: Path, settings: Settings, name: str, options: dict[str, Any]) -> None:
    path = catalogue.parent / "zones" / name
    published.write_zones(path, **options)
    if name == "gbk.shp":
        assert published.dbf_language(path) == 0x4D
        assert not path.with_suffix(".cpg").exists()
        assert "昆明市".encode("gbk") in path.with_suffix(".dbf").read_bytes()
    zones = zones_read(catalogue, settings, path=f"zones/{name}").zones
    assert sorted(zones.ids) == sorted(published.CITIES)
    for city, chinese, parent, shape in zip(
        zones.ids, zones.names_local, zones.parents, zones.geometry, strict=True
    ):
        expected = published.CITIES[city]
        assert (chinese, parent) == (expected[1], "530000")
        # Datum shifts move a border by metres, projected edges bend by less.
        assert shapely.hausdorff_distance(shape, expected[2]) < 2e-3


# Statistics ---------------------------------------------------------------------------------------


def test_chen_workbook(raw: duckdb.DuckDBPyConnection) -> None:
    by_city = dict(
        raw.execute(
            "select city_id, sum(ce_mtco2) from raw.emissions where year = 2000 group by city_id"
        ).fetchall()
    )
    assert by_city == {
        "530100": 3.0,
        "530300": 4.0,
        "530400": 0.5,
        "532300": 0.25,
        "530600": 0.125,
    }
    years = raw.execute("select min(year), max(year), count(*) from raw.emissions").fetchone()
    assert years == (1997, 2017, 6 * 21)


def test_ceads_workbook(raw: duckdb.DuckDBPyConnection) -> None:
    sectors, total = raw.execute(
        "select count(distinct sector), max(ce_mtco2) filter (where sector = 'total')"
        " from raw.inventories where province_id = '530000' and fuel = 'Scope 1 Total'"
    ).fetchall()[0]
    assert (sectors, total) == (48, 72.0)


def test_nbsc_export(raw: duckdb.DuckDBPyConnection) -> None:
    row = raw.execute(
        "select population_persons, urban_ratio, gdp_lcu, energy_tce from raw.drivers"
        " where year = 2000 and entity_id = '100000'"
    ).fetchone()
    assert row == pytest.approx((1.26743e9, 45906 / 126743, 1.002801e13, 1.46964e9), rel=1e-12)


def test_world_bank_downloads(raw: duckdb.DuckDBPyConnection) -> None:
    rows = raw.execute(
        "select country_code, indicator, year, value from raw.countries"
        " where source_id = 'world_bank' order by indicator"
    ).fetchall()
    assert rows == [
        ("CHN", "NY.GDP.MKTP.CD", 2000, 1211331651829.43),
        ("CHN", "SP.POP.TOTL", 2000, 1262645000.0),
    ]


def test_owid_table(raw: duckdb.DuckDBPyConnection) -> None:
    rows = raw.execute(
        "select country_code, indicator, year, value from raw.countries"
        " where source_id = 'owid' order by indicator"
    ).fetchall()
    assert rows == [
        ("CHN", "owid.co2", 2000, 3645.9),
        ("CHN", "owid.population", 2000, 1264099072.0),
    ]


def test_energy_balance_workbook(raw: duckdb.DuckDBPyConnection) -> None:
    rows = raw.execute(
        "select fuel, consumption, activity_unit from raw.energy_balances order by fuel"
    ).fetchall()
    assert rows == [("coal", 4000.0, "10^4 t"), ("natural_gas", 5.0, "10^8 m3")]


def test_every_file_is_on_record(raw: duckdb.DuckDBPyConnection, catalogue: Path) -> None:
    recorded = {
        Path(path).name for (path,) in raw.execute("select path from raw.source_files").fetchall()
    }
    given = {
        path.name for path in catalogue.parent.rglob("*") if path.is_file() and path != catalogue
    }
    # Files that are part of another, and zones that other tests wrote beside the catalogue's.
    beside = {path.name for path in (catalogue.parent / "zones").iterdir()} - {"cities.gpkg"}
    assert given - beside - {"other_zones.yml"} == recorded


# From files to budgets ----------------------------------------------------------------------------


@pytest.mark.pipeline
def test_fills_follow_the_gap_policy_in_every_budget(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    workplace = Workplace(tmp_path_factory.mktemp("budgets"))
    workplace.carbon("ingest", str(published.write_country(workplace.folder / "inputs")))
    workplace.carbon("build", *published.BUDGETS_ONLY)
    with duckdb.connect(str(workplace.build_file), read_only=True) as connection:
        rows = connection.execute(
            "select city_id, year, npp_source, npp_coverage_ratio, nep_monthly_valid_tgco2,"
            " nep_monthly_barren_as_zero_tgco2, area_km2, ce_tgco2"
            " from marts.fct_city_carbon_budgets"
        ).fetchall()
        unassigned = connection.execute(
            "select city_id, unassigned_ce_tgco2 from marts.fct_data_quality"
            " where layer = 'unassigned_emissions' and year = 2000"
        ).fetchall()
    assert len(rows) == len(published.CITIES) * len(YEARS)
    respired = (
        12
        * 3.069
        * (math.exp(0.0913 * published.TEMPERATURE_C) + math.log(0.3145 * published.RAIN_MM + 1))
    )
    for city, year, source, covered, valid, barren_as_zero, area, ce in rows:
        assert source == ("casa_2019" if year == 1999 else "mod17a3hgf")
        npp = published.CASA_NPP if year == 1999 else published.MODIS_NPP
        tgco2 = area * 44 / 12 / 1e6
        if covered == 0:
            assert (city, valid) == (SOUTH_WEST, None)
        else:
            assert valid == pytest.approx((npp - respired) * covered * tgco2, rel=2e-3)
        assert barren_as_zero == pytest.approx((npp * covered - respired) * tgco2, rel=2e-3)
        assert ce == {NORTH_WEST: 3.0, NORTH_EAST: 4.0, SOUTH_WEST: 0.5, SOUTH_EAST: 0.25}[city]
    assert unassigned == [("530600", 0.125)]


# What is promised ---------------------------------------------------------------------------------


def test_the_template_names_every_format_and_is_a_catalogue(tmp_path: Path) -> None:
    path = PROJECT / "ingest" / "catalogue" / "template.yml"
    template = read_catalogue(path, tmp_path)
    layers = template.collections["historical"].layers
    entries = set(re.findall(r"- quantity: (\w+)", path.read_text(encoding="utf-8")))
    assert entries == set(QUANTITIES)
    spliced = [layer.source for layer in layers if layer.quantity == "npp"]
    assert spliced == ["casa_2019", "mod17a3hgf"]
    named = {table.format for tables in template.tables.values() for table in tables}
    text = path.read_text(encoding="utf-8")
    for name, known in FORMATS.items():
        assert name in named or name in text, f"{name} ({known.kind}) is not in the template"


def test_every_test_that_the_catalogue_names_exists() -> None:
    text = (PROJECT / "docs" / "CATALOGUE.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)\.py::(test_\w+)`", text))
    assert len(named) > 15
    for module, test in named:
        (file,) = (PROJECT / "tests" / "python").rglob(f"{module}.py")
        assert f"def {test}(" in file.read_text(encoding="utf-8"), f"{module}::{test}"
    for name in FORMATS:
        assert f"`{name}`" in text


def test_formats_that_gdal_cannot_open_here_are_said_to_be(tmp_path: Path) -> None:
    """HDF4, in which LP DAAC ships MOD17A3HGF, has no driver in the wheels."""
    (tmp_path / "MOD17A3HGF.A2000001.h26v06.061.hdf").write_bytes(b"\x0e\x03\x13\x01" + bytes(64))
    with (
        pytest.raises(InputError, match="cannot be read as a raster"),
        open_raster(str(next(tmp_path.iterdir()))),
    ):
        pass
