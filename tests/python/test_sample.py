"""The embedded sample: small, whole, repeatable, and true to the figures it was made from."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import geopandas
import numpy as np
import openpyxl
import pytest
import rasterio
import shapely
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.warp import reproject

from carbon.sample import expand as sample
from carbon.sample import fields
from carbon.sample.emissions import read_table1
from carbon.sample.expand import SOURCES, expand, is_fresh
from tools.sample import build
from workspace.errors import InputError

pytestmark = pytest.mark.slow

TABLE1 = read_table1(sample.TABLE1)
GRID = (145, 250)


@pytest.fixture(scope="module")
def expanded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Expand the sample once."""
    target = tmp_path_factory.mktemp("data") / "sample"
    expand(target)
    return target


@pytest.fixture(scope="module")
def zones() -> geopandas.GeoDataFrame:
    """Read the prefectures."""
    return geopandas.read_file(SOURCES / "cities.fgb")


@pytest.fixture(scope="module")
def province_weights(zones: geopandas.GeoDataFrame) -> dict[str, np.ndarray]:
    """Return the covered area of every province in every cell, km2, by province_id."""
    weights = build.zone_weights(SOURCES / "cities.fgb")
    owner = zones["province_id"].to_numpy()
    return {
        province: np.asarray(weights[owner == province].sum(axis=0)).reshape(GRID)
        for province in np.unique(owner)
    }


@pytest.fixture(scope="module")
def nep_gc_m2(expanded: Path) -> dict[int, np.ndarray]:
    """Compute NEP of three years from the expanded files, where NPP is valid."""
    nep = {}
    for year in (1998, 2010, 2014):
        temperature = read_months(expanded / f"climate/temperature_{year}.nc", "tmp")
        precipitation = read_months(expanded / f"climate/precipitation_{year}.nc", "pre")
        with rasterio.open(expanded / f"npp/npp_{year}.tif") as raster:
            stored = raster.read(1).astype(np.float64)
        stored[(stored == -9999) | (stored >= 32761)] = np.nan
        respiration = fields.annual_respiration(temperature, precipitation)
        nep[year] = fields.average_pairs(stored) * 0.1 - respiration
    return nep


def read_months(path: Path, variable: str) -> np.ndarray:
    """Return twelve months in physical units, NaN where there is no data."""
    with rasterio.open(f"NETCDF:{path}:{variable}") as raster:
        stored = raster.read().astype(np.float64)
        assert (raster.count, raster.crs.to_epsg(), raster.nodata) == (12, 4326, -32768)
        assert (raster.scales[0], raster.bounds) == (0.1, (73.0, 17.75, 135.5, 54.0))
    return np.where(stored == -32768, np.nan, stored * 0.1)


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file under a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_embedded_sources_stay_small() -> None:
    assert sum(path.stat().st_size for path in SOURCES.iterdir()) < 3_000_000


def test_prefectures_are_a_clean_coverage_of_china(zones: geopandas.GeoDataFrame) -> None:
    shapes = zones.geometry.to_numpy()
    assert len(zones) == 372
    assert shapely.is_valid(shapes).all()
    assert not shapely.is_empty(shapes).any()
    assert shapely.coverage_is_valid(shapes)
    assert zones["city_id"].is_unique
    assert zones["city_name"].is_unique
    assert zones["city_id"].str.fullmatch(r"\d{6}").all()
    assert 9.3e6 < build.geodesic_areas_km2(shapes).sum() < 9.6e6
    assert (~zones["province_id"].isin(build.UNSTUDIED_PROVINCES)).sum() >= 353
    by_id = dict(zip(zones["city_id"], zones["city_name"], strict=True))
    assert [by_id[key] for key in ("610100", "653100", "152500", "211300", "140100")] == [
        "Xi'an",
        "Kashgar Prefecture",
        "Xilingol League",
        "Chaoyang",
        "Taiyuan",
    ]


def test_two_expansions_are_equal_byte_for_byte(expanded: Path, tmp_path: Path) -> None:
    again = tmp_path / "deep" / "sample"
    expand(again)
    assert digests(again) == digests(expanded)
    assert sorted(path.name for path in again.parent.iterdir()) == ["sample"]


def test_a_fresh_sample_is_left_alone_and_a_damaged_one_is_not_fresh(expanded: Path) -> None:
    before = (expanded / sample.MANIFEST).stat().st_mtime_ns
    expand(expanded)
    assert (expanded / sample.MANIFEST).stat().st_mtime_ns == before
    assert is_fresh(expanded)
    lost = expanded / "et" / "evapotranspiration_2017.tif"
    content = lost.read_bytes()
    lost.unlink()
    assert not is_fresh(expanded)
    lost.write_bytes(content)
    assert is_fresh(expanded)


def test_an_expansion_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "sample"
    target.mkdir()
    (target / sample.MANIFEST).write_text('{"version": "older", "files": {}}', encoding="utf-8")
    before = digests(target)

    def fail(folder: Path, progress: object) -> None:
        (folder / "half.tif").write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "_write_all", fail)
    with pytest.raises(KeyboardInterrupt):
        expand(target)
    assert digests(target) == before
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match=r"holds what no sample wrote: thesis\.tex"):
        expand(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_emissions_are_those_of_table_1(expanded: Path, zones: geopandas.GeoDataFrame) -> None:
    owner = dict(zip(zones["city_id"], zones["province_id"], strict=True))
    sums = {province: dict.fromkeys(fields.YEARS, 0.0) for province in TABLE1}
    path = expanded / "tables" / "city_emissions.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            assert float(row["ce_mtco2"]) > 0
            sums[owner[row["city_id"]]][int(row["year"])] += float(row["ce_mtco2"])
    for province, printed in TABLE1.items():
        annual = sums[province]
        for year in (1997, 2010, 2017):
            assert annual[year] == pytest.approx(printed["ceads"][str(year)], abs=0.01)
        mean = np.mean(list(annual.values()))
        assert mean == pytest.approx(printed["ceads"]["mean"], abs=0.01)
    national = {year: sum(annual[year] for annual in sums.values()) for year in fields.YEARS}
    assert [national[year] for year in (1997, 2010, 2017)] == pytest.approx(
        [3090.5, 8150.3, 9456.4], abs=0.1
    )
    assert min(national, key=lambda year: national[year]) == 1998
    assert max(national, key=lambda year: national[year]) == 2014


def test_energy_balances_give_the_ipcc_columns_by_eq_1() -> None:
    factors, units = build.read_factors(
        build.PROJECT / "seeds" / "ref_fuel_factors.csv", "ipcc2006"
    )
    book = openpyxl.load_workbook(SOURCES / "energy_balances.xlsx")
    head, *rows = book["balances"].values
    assert head[3:] == tuple(f"{fuel} ({units[fuel]})" for fuel in factors)
    assert len(rows) == 30 * 21
    emissions: dict[str, dict[int, float]] = {}
    for province, _, year, *activities in rows:
        emissions.setdefault(str(province), {})[int(year)] = sum(
            float(activity or 0) * factor
            for activity, factor in zip(activities, factors.values(), strict=True)
        )
    for province, printed in TABLE1.items():
        annual = emissions[province]
        for year in (1997, 2010, 2017):
            assert annual[year] == pytest.approx(printed["ipcc"][str(year)], abs=0.01)
        mean = np.mean(list(annual.values()))
        assert mean == pytest.approx(printed["ipcc"]["mean"], abs=0.01)


def test_national_nep_follows_table_2(
    nep_gc_m2: dict[int, np.ndarray], province_weights: dict[str, np.ndarray]
) -> None:
    study = sum(
        area
        for province, area in province_weights.items()
        if province not in build.UNSTUDIED_PROVINCES
    )
    for year, nep in nep_gc_m2.items():
        assert np.nansum(nep * study) / 1e9 == pytest.approx(
            build.NEP_TARGETS_PGC[year], abs=0.0005
        )
    targets = list(build.NEP_TARGETS_PGC.values())
    assert np.mean(targets[3:11]) == pytest.approx(0.153)
    assert np.mean(targets[3:19]) == pytest.approx(0.172)
    assert (min(targets), max(targets)) == (0.120, 0.210)


def test_nep_is_positive_in_the_south_and_negative_in_the_arid_north_west(
    nep_gc_m2: dict[int, np.ndarray], province_weights: dict[str, np.ndarray]
) -> None:
    nep = nep_gc_m2[2010]
    total = {
        province: np.nansum(nep * area) / 1e6 * 44 / 12
        for province, area in province_weights.items()
    }
    for province in ("350000", "360000", "430000", "440000", "450000", "520000", "530000"):
        assert total[province] > 10
    for province in ("540000", "630000", "640000", "650000", "120000"):
        assert total[province] < 0


def test_runoff_is_believable(expanded: Path, province_weights: dict[str, np.ndarray]) -> None:
    rain = read_months(expanded / "climate/precipitation_2005.nc", "pre").sum(axis=0)
    evaporated = np.full(GRID, np.nan)
    with rasterio.open(expanded / "et/evapotranspiration_2005.tif") as raster:
        reproject(
            rasterio.band(raster, 1),
            evaporated,
            dst_transform=from_origin(73.0, 54.0, 0.25, 0.25),
            dst_crs="EPSG:4326",
            dst_nodata=np.nan,
            resampling=Resampling.bilinear,
        )
    area = sum(province_weights.values())
    covered = area > 0
    assert not np.isnan(evaporated[covered]).any()
    runoff = np.maximum(rain - evaporated, 0.0)
    assert 230 < np.sum((runoff * area)[covered]) / area.sum() < 300
