"""What a country without China's data needs: runoff, climatologies, rates, models, emission grids.

Each is ingested in the miniature country and held against its definition, cell by cell.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.transform import from_origin

from ingest.catalogue.catalogue import read_catalogue
from ingest.catalogue.grid import Grid
from ingest.ingestion import check_catalogue
from ingest.years.inventories import allocated
from ingest.zones.weights import CellWeights
from tests.helpers.miniature import (
    HEIGHT,
    NORTH,
    WEST,
    WIDTH,
    YEARS,
    Miniature,
    catalogue_content,
    ingest,
    settings_of,
    write_catalogue,
    write_tiff,
)
from workspace.errors import InputError
from workspace.progress import SilentProgress

K_T, K_R = 0.0913, 0.3145
FEBRUARY = {2001: 28, 2002: 28, 2003: 28, 2004: 29}


def write_bands(path: Path, bands: NDArray[Any], *, cell: float = 1.0, west: float = WEST) -> None:
    """Write a GeoTIFF whose north-west corner is that of the grid."""
    count, height, width = bands.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=count,
        height=height,
        width=width,
        dtype="float64",
        nodata=-9999.0,
        crs="EPSG:4326",
        transform=from_origin(west, NORTH, cell, cell),
    ) as dataset:
        dataset.write(np.where(np.isnan(bands), -9999.0, bands))


class Country:
    """A miniature country whose layers a test replaces."""

    def __init__(self, folder: Path) -> None:
        Miniature().write(folder / "inputs")
        self.folder = folder / "inputs"
        self.content = catalogue_content()
        self.settings = settings_of(folder)

    @property
    def layers(self) -> list[dict[str, Any]]:
        layers: list[dict[str, Any]] = self.content["collections"]["historical"]["layers"]
        return layers

    def replace(self, quantity: str, *new: dict[str, Any]) -> None:
        """Put other entries in the place of a quantity's."""
        kept = [layer for layer in self.layers if layer["quantity"] != quantity]
        self.layers[:] = [*kept, *({"source": "made_up", **layer} for layer in new)]

    def catalogue(self) -> Path:
        return write_catalogue(self.folder, self.content)

    def ingest(self) -> duckdb.DuckDBPyConnection:
        ingest(self.catalogue(), self.settings)
        return duckdb.connect(str(self.settings.build_file), read_only=True)

    def check(self) -> None:
        catalogue = read_catalogue(self.catalogue(), self.settings.data)
        check_catalogue(catalogue, self.settings, SilentProgress())

    def terms(self, year: int = YEARS[0]) -> dict[str, NDArray[np.float64]]:
        """Ingest, and read the lake's terms of a year as arrays of the grid."""
        self.ingest().close()
        (part,) = (self.settings.data / "lake").glob(f"collection=historical/year={year}/*/cells-*")
        table = duckdb.sql(
            f"from read_parquet('{part}', hive_partitioning = false) order by 1"
        ).fetchnumpy()
        return {
            name: np.ma.filled(values.astype(float), np.nan).reshape(HEIGHT, WIDTH)
            for name, values in table.items()
        }


@pytest.fixture
def country(tmp_path: Path) -> Country:
    return Country(tmp_path)


def test_runoff_stands_in_for_rain_less_evapotranspiration(country: Country) -> None:
    runoff = np.arange(HEIGHT * WIDTH, dtype=float).reshape(HEIGHT, WIDTH)
    write_bands(country.folder / "runoff.tif", runoff[None])
    layer = {"path": "runoff.tif", "step": "climatology", "unit": "cm/year"}
    country.replace("evapotranspiration", {"quantity": "runoff", **layer})
    terms = country.terms()
    np.testing.assert_allclose(terms["runoff_mm"], runoff * 10, rtol=1e-12)
    assert np.isnan(terms["evapotranspiration_mm"]).all()
    with country.ingest() as built:
        rows = built.execute("""
            select distinct quantity, source_id, model, is_climatology from raw.layer_years
            where quantity in ('runoff', 'npp') order by all
        """).fetchall()
        (area, mass) = built.execute("""
            select sum(runoff_area_km2), sum(runoff_mm_km2) from raw.zonal_city_year
            where year = 2001 and zonal_rule = 'fraction'
        """).fetchall()[0]
        (inside,) = built.execute("""
            select zones_sum from raw.grid_totals where measure = 'runoff_mm_km2' and year = 2001
        """).fetchall()[0]
    assert rows == [("npp", "made_up", None, False), ("runoff", "made_up", None, True)]
    assert mass == pytest.approx(inside, rel=1e-12)
    assert area > 0


def test_one_value_a_year_makes_twelve_months_alike(country: Country) -> None:
    write_bands(country.folder / "t.tif", np.full((1, HEIGHT, WIDTH), 10.0))
    write_bands(country.folder / "p.tif", np.full((1, HEIGHT, WIDTH), 600.0))
    annual = {"step": "climatology"}
    country.replace("temperature", {"quantity": "temperature", "path": "t.tif", **annual})
    country.layers[-1]["unit"] = "degC"
    country.replace("precipitation", {"quantity": "precipitation", "path": "p.tif", **annual})
    country.layers[-1]["unit"] = "mm/year"
    terms = country.terms()
    for name, value in {
        "temperature_c": 10.0,
        "precipitation_mm": 600.0,
        "temperature_response_monthly": 12 * np.exp(K_T * 10),
        "precipitation_response_monthly": 12 * np.log(K_R * 50 + 1),
        "temperature_response_annual": np.exp(K_T * 10),
        "precipitation_response_annual": np.log(K_R * 600 + 1),
    }.items():
        np.testing.assert_allclose(terms[name], value, rtol=1e-12, err_msg=name)


def test_temperature_is_the_mean_of_two_layers_month_by_month(country: Country) -> None:
    low = np.random.default_rng(1).uniform(-10, 10, (12, HEIGHT, WIDTH))
    high = low + np.arange(1, 13)[:, None, None]
    low[3, 0, 0] = np.nan
    write_bands(country.folder / "tmin.tif", low)
    write_bands(country.folder / "tmax.tif", high)
    files = [{"path": "tmin.tif"}, {"path": "tmax.tif"}]
    layer = {"mean_of": files, "step": "climatology", "unit": "degC"}
    country.replace("temperature", {"quantity": "temperature", **layer})
    terms = country.terms()
    mean = (low + high) / 2
    np.testing.assert_allclose(terms["temperature_c"], mean.mean(axis=0), rtol=1e-12)
    response = np.exp(K_T * mean).sum(axis=0)
    np.testing.assert_allclose(terms["temperature_response_monthly"], response, rtol=1e-12)
    write_bands(country.folder / "tmax.tif", high[:1])
    with pytest.raises(InputError, match="12 and 1 values a year cannot be averaged"):
        country.check()


@pytest.mark.parametrize(
    ("unit", "a_day", "calendar"),
    [
        ("mm/day", 1.0, None),
        ("m/day", 1000.0, None),
        ("kg m-2 s-1", 86_400.0, None),
        ("mm/day", 1.0, "noleap"),
        ("mm/day", 1.0, "360_day"),
    ],
)
def test_a_rate_is_summed_over_the_days_of_its_month(
    unit: str, a_day: float, calendar: str | None, country: Country
) -> None:
    """2004 is a leap year; what GDAL passes on of a file's own calendar is read in test_frames."""
    country.content["collections"]["historical"]["years"] = [2003, 2004]
    days = np.array([31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    rain = np.linspace(0.5, 4.0, 12)[:, None, None] * np.ones((HEIGHT, WIDTH))
    one = np.ones((HEIGHT, WIDTH))
    for year in (2003, 2004):
        write_bands(country.folder / f"p_{year}.tif", rain / a_day)
        write_bands(country.folder / f"t_{year}.tif", 0 * rain)
        for name in ("et", "npp"):
            write_tiff(country.folder / f"{name}_{year}.tif", one)
    layer = {"path": "p_{year}.tif", "step": "month", "unit": unit}
    if calendar:
        layer["calendar"] = calendar
    country.replace("precipitation", {"quantity": "precipitation", **layer})
    layer = {"path": "t_{year}.tif", "step": "month", "unit": "degC"}
    country.replace("temperature", {"quantity": "temperature", **layer})
    country.content["tables"] = {}
    for year in (2003, 2004):
        days[1] = 28 if calendar == "noleap" else FEBRUARY[year]
        length = np.full(12, 30) if calendar == "360_day" else days
        expected = (rain * length[:, None, None]).sum(axis=0)
        found = country.terms(year)["precipitation_mm"]
        np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_models_give_npp_and_evapotranspiration_cell_by_cell(country: Country) -> None:
    rain = np.linspace(0, 4000, HEIGHT * WIDTH).reshape(1, HEIGHT, WIDTH)
    heat = np.linspace(-25, 30, HEIGHT * WIDTH).reshape(1, WIDTH, HEIGHT).transpose(0, 2, 1)
    write_bands(country.folder / "t.tif", heat)
    write_bands(country.folder / "p.tif", rain)
    layer = {"step": "climatology", "unit": "degC"}
    country.replace("temperature", {"quantity": "temperature", "path": "t.tif", **layer})
    layer["unit"] = "mm/year"
    country.replace("precipitation", {"quantity": "precipitation", "path": "p.tif", **layer})
    country.content["sources"]["lieth"] = {**country.content["sources"]["made_up"]}
    country.replace("npp", {"quantity": "npp", "model": "miami", "source": "lieth"})
    country.replace("evapotranspiration", {"quantity": "evapotranspiration", "model": "turc"})
    terms = country.terms()
    t, p = heat[0], rain[0]
    npp = np.minimum(3000 / (1 + np.exp(1.315 - 0.119 * t)), 3000 * (1 - np.exp(-0.000664 * p)))
    np.testing.assert_allclose(terms["npp_gc_m2"], 0.45 * npp, rtol=1e-12)
    et = terms["evapotranspiration_mm"]
    assert (et <= p).all()
    warm = t > -5
    limit = 300 + 25 * t + 0.05 * t**3
    expected = np.where(p / limit < np.sqrt(0.1), p, p / np.sqrt(0.9 + (p / limit) ** 2))
    np.testing.assert_allclose(et[warm], expected[warm], rtol=1e-12)
    with country.ingest() as built:
        rows = built.execute("""
            select quantity, model, is_climatology from raw.layer_years
            where year = 2001 and model is not null order by all
        """).fetchall()
        modelled = built.execute("from raw.sources select source_id, input_grade").fetchall()
    assert rows == [("evapotranspiration", "turc", True), ("npp", "miami", True)]
    assert ("lieth", "modelled") in modelled
    country.replace("npp", {"quantity": "npp", "model": "turc"})
    with pytest.raises(InputError, match="'turc' is not a model of npp: it should be 'miami'"):
        country.check()


def test_tiles_are_one_layer(country: Country) -> None:
    """Four tiles of a field, two of which overlap by a column, are the field."""
    field = np.random.default_rng(5).uniform(100, 900, (HEIGHT, WIDTH))
    west, east = field[:, :5], field[:, 4:]
    for year in YEARS:
        for name, part, column in (("h1v1", west[:3], 0), ("h2v1", east[:3], 4)):
            path = country.folder / f"tile_{year}_{name}.tif"
            write_tiff(path, part, dtype="float64", west=WEST + column)
        for name, part, column in (("h1v2", west[3:], 0), ("h2v2", east[3:], 4)):
            path = country.folder / f"tile_{year}_{name}.tif"
            write_tiff(path, part, dtype="float64", west=WEST + column, north=NORTH - 3)
    layer = {"path": "tile_{year}_*.tif", "step": "year", "unit": "gC/m2/year"}
    country.replace("npp", {"quantity": "npp", "mosaic": True, **layer})
    np.testing.assert_array_equal(country.terms()["npp_gc_m2"], field)
    write_tiff(path, east[3:] + 1, dtype="float64", west=WEST + 4, north=NORTH - 3)
    with pytest.raises(InputError, match="3 cells are others in a tile that overlaps it"):
        country.check()
    path.unlink()
    with pytest.raises(InputError, match="3 tiles begin with this one, 4 with"):
        country.check()
    country.layers[-1].pop("mosaic")
    with pytest.raises(InputError, match="mosaic: true"):
        country.check()


# Inventories that are grids -----------------------------------------------------------------------


def emissions(country: Country, *layers: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    card = country.content["sources"]["made_up"]
    for layer in layers:
        country.content["sources"].setdefault(layer["source"], card)
    defaults = {"quantity": "emissions", "step": "year", "years": [2001, 2001]}
    country.replace("emissions", *({**defaults, **layer} for layer in layers))
    return country.ingest()


def by_city(built: duckdb.DuckDBPyConnection, source: str) -> dict[str, float]:
    rows = built.execute(
        f"select city_id, mass_tg from raw.zonal_city_emissions where source_id = '{source}'"
    ).fetchall()
    return dict(rows)


def test_one_mass_is_read_from_every_form_it_is_published_in(country: Country) -> None:
    """The same emissions as tonnes of a cell, as a flux, as hourly rates and as months."""
    cell = 0.5
    grid = Grid.from_spec("EPSG:4326", cell, (10, -3, 18, 3))
    mass = np.random.default_rng(3).uniform(0, 5, grid.shape)  # Tg C a year
    area_m2 = grid.cell_areas_km2() * 1e6
    days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    seconds = days[:, None, None] * 86_400
    monthly = mass * (days / 365)[:, None, None]
    forms = {
        "tonnes": ("tC/cell", "year", mass[None] * 1e6),
        "months": ("tC/month", "month", monthly * 1e6),
        "flux": ("kgCO2 m-2 s-1", "month", monthly * 1e9 * 44 / 12 / area_m2 / seconds),
        "hours": ("kgC/h", "year", mass[None] * 1e9 / 365 / 24),
    }
    layers = []
    for name, (unit, step, values) in forms.items():
        write_bands(country.folder / f"{name}_2001.tif", values, cell=cell)
        path = f"{name}_{{year}}.tif"
        layers.append({"path": path, "unit": unit, "step": step, "source": name})
    with emissions(country, *layers) as built:
        whole = by_city(built, "tonnes")
        assert set(whole) == {"110100", "110200", "120100", "120200"}
        for name, factor in (("months", 1), ("hours", 1), ("flux", 44 / 12)):
            for city, value in by_city(built, name).items():
                assert value == pytest.approx(whole[city] * factor, rel=1e-10), name
        totals = built.execute(
            "select source_id, substance, zones_mass_tg + outside_mass_tg, grid_mass_tg"
            " from raw.emission_grid_totals order by 1"
        ).fetchall()
    assert [row[:2] for row in totals] == [
        *(("flux", "CO2"), ("hours", "C"), ("months", "C"), ("tonnes", "C"))
    ]
    for name, _, accounted, grid_mass in totals:
        assert accounted == pytest.approx(grid_mass, rel=1e-12), name
        assert grid_mass == pytest.approx(mass.sum() * (44 / 12 if name == "flux" else 1), rel=1e-9)


def test_the_sea_keeps_its_share_by_area_alone(country: Country) -> None:
    """One cell of two degrees covers two cities and the sea around them."""
    write_bands(country.folder / "e.tif", np.array([[[8.0, np.nan]]]), cell=8.0)
    layer = {"path": "e.tif", "unit": "TgC", "first_year": 2001}
    with emissions(
        country,
        {**layer, "source": "covered"},
        {**layer, "source": "area", "allocation": "area"},
    ) as built:
        covered, area = by_city(built, "covered"), by_city(built, "area")
        rows = built.execute(
            "select source_id, zones_mass_tg, outside_mass_tg from raw.emission_grid_totals"
        ).fetchall()
        shared = built.execute(
            "select sum(shared_mass_tg) from raw.zonal_city_emissions where source_id = 'covered'"
        ).fetchall()
    totals = {name: (inside, outside) for name, inside, outside in rows}
    assert sum(covered.values()) == pytest.approx(8.0, rel=1e-12)
    assert totals["covered"][1] == pytest.approx(0.0, abs=1e-12)
    assert sum(area.values()) + totals["area"][1] == pytest.approx(8.0, rel=1e-12)
    assert sum(area.values()) < 8.0 * 6 / 8
    for city in covered:
        ratio = covered[city] / sum(covered.values())
        assert area[city] / sum(area.values()) == pytest.approx(ratio, rel=1e-6)
    assert shared == [(pytest.approx(8.0),)]


def test_no_mass_is_lost_whatever_the_zones() -> None:
    rng = np.random.default_rng(11)
    cells, zones = 60, 7
    dense = rng.random((zones, cells)) * (rng.random((zones, cells)) < 0.4)
    dense /= np.maximum(dense.sum(axis=0), 1)
    cell, zone = np.nonzero(dense.T)
    shares = dense.T[cell, zone]
    weights = CellWeights("fraction", zone.astype("i4"), cell, shares, zones, cells, 1, "")
    masses = np.where(rng.random(cells) < 0.1, np.nan, rng.exponential(5, cells))
    for allocation in ("covered", "area"):
        columns, inside, outside = allocated(masses, weights, allocation)
        assert inside + outside == pytest.approx(np.nansum(masses), rel=1e-12)
        held = np.nan_to_num(masses)
        by_hand = (
            dense * held
            if allocation == "area"
            else (dense / np.where(dense.sum(axis=0) > 0, dense.sum(axis=0), 1) * held)
        )
        np.testing.assert_allclose(np.nan_to_num(columns["mass_tg"]), by_hand.sum(axis=1))


def test_emissions_that_cannot_be(country: Country) -> None:
    write_bands(country.folder / "e.tif", np.array([[[-1.0, 2.0]]]), cell=4.0)
    layer = {"quantity": "emissions", "path": "e.tif", "step": "year", "first_year": 2001}
    layer["years"] = [2001, 2001]
    country.replace("emissions", {**layer, "unit": "TgC"})
    with pytest.raises(InputError, match=r"1 of 2 cells of emissions lie outside 0 to 2000"):
        country.check()
    country.replace("emissions", {**layer, "unit": "Tg"})
    with pytest.raises(InputError, match="does not say whether it weighs carbon, carbon dioxide"):
        country.check()
    country.replace("emissions", {**layer, "unit": "TgC", "resampling": "average"})
    with pytest.raises(InputError, match="it is split with its cell, never resampled"):
        country.check()
    country.replace("emissions", {**layer, "unit": "TgC"}, {**layer, "unit": "tC"})
    with pytest.raises(InputError, match="give each inventory a source of its own"):
        country.check()


def test_a_check_tells_every_fault_by_file(country: Country) -> None:
    """A missing file, impossible values in two of one layer, and a table; each once."""
    (country.folder / "et_2002.tif").unlink()
    for year in (2001, 2003):
        write_tiff(country.folder / f"npp_{year}.tif", np.full((HEIGHT, WIDTH), 99_999.0))
    (country.folder / "emissions.csv").write_text("city_id,year\n110100,2001\n")
    country.layers[0]["unit"] = "furlong"
    with pytest.raises(InputError) as caught:
        country.check()
    said = str(caught.value).splitlines()
    files = [line.rpartition("/")[2] for line in said if line.startswith("/")]
    assert said[0] == f"{len(files)} faults"
    assert set(files) >= {"et_2002.tif", "emissions.csv", "temperature_2001.nc"}
    assert len(files) == len(set(files))
