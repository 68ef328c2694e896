"""Expand the embedded sample into a full default data set, whole or not at all.

`expand(target)` writes the files that `carbon/sample/sample.yml` describes: 21 years of monthly
NetCDF climate, annual GeoTIFF of evapotranspiration and of net primary production, the same of two
scenarios on a coarser grid, an ASCII grid of lithology, polygons and tables.  All of it follows
from the embedded sources and a fixed seed.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from carbon.sample import fields
from carbon.sample.emissions import write_city_emissions
from carbon.sample.fields import (
    SCENARIO_YEARS,
    SCENARIOS,
    YEARS,
)
from ingest.rasters.models import turc_evapotranspiration
from workspace.arrays import Float
from workspace.errors import InputError
from workspace.files import sha256_of
from workspace.own import remove_unfinished, replacing_folder
from workspace.settings import find_project

if TYPE_CHECKING:
    from workspace.progress import Progress

SOURCES = Path(__file__).resolve().parent / "sources"
TABLE1 = find_project() / "seeds" / "ref_paper_table1.csv"
MANIFEST = "manifest.json"
WEST, NORTH, RESOLUTION = 73.0, 54.0, 0.25

ET_FACTOR = 0.9
"""Turc's formula leaves China 225 mm of runoff on this climate; a tenth less evapotranspiration
gives 262 mm, near the 290 mm that the national water accounts report."""
ET_NODATA = -9999.0
CLIMATE_FILL = -32768

COPIES = {
    "cities.fgb": "zones/cities.fgb",
    "provinces.csv": "tables/provinces.csv",
    "energy_balances.xlsx": "tables/energy_balances.xlsx",
    "national_drivers.csv": "tables/national_drivers.csv",
    "owid_co2.csv": "tables/owid_co2.csv",
    "world_bank_gdp.csv": "tables/world_bank_gdp.csv",
    "glim.asc": "lithology/glim.asc",
    "glim_legend.csv": "lithology/legend.csv",
}
"""Sources that are copied as they are: source name and place in the expanded sample."""


def sample_version() -> str:
    """Return a digest of the embedded sources and of the code that expands them.

    Two expansions with the same version hold the same values.
    """
    digest = hashlib.sha256()
    code = Path(__file__).resolve().parent
    recipes = [code / name for name in ("expand.py", "emissions.py", "fields.py")]
    for path in [*sorted(SOURCES.iterdir()), TABLE1, *recipes]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def is_fresh(target: Path) -> bool:
    """Whether `target` holds a complete expansion of the present version.

    Parameters
    ----------
    target : Path
        Folder of the expanded sample.
    """
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        return manifest["version"] == sample_version() and all(
            (target / name).stat().st_size == size for name, size in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def expand(target: Path, progress: Progress | None = None) -> None:
    """Write the sample into `target`, unless a fresh one stands there already.

    Everything is written into a new folder beside `target`, which then takes its place; a run
    that is killed leaves `target` as it was.  Of two runs at once, one wins and both succeed.

    Parameters
    ----------
    target : Path
        Folder of the expanded sample; replaced whole if it is an older sample.
    progress : Progress, optional
        Told of every year.

    Raises
    ------
    InputError
        If `target` holds anything that is not of a sample as it was written, so that nobody's
        files are deleted, or if it cannot be written.
    """
    remove_unfinished(target)
    if is_fresh(target):
        return
    try:
        with replacing_folder(target, "sample", earlier=_files_without_list(target)) as staging:
            _write_all(staging, progress)
            _write_manifest(staging)
    except OSError as error:
        # Another run may have put the same sample in place meanwhile.
        if not is_fresh(target):
            raise InputError(
                f"the sample cannot be written: {error.strerror}",
                where=str(target.parent),
                fix="set CARBON_DATA to a folder you may write to",
            ) from error


def read_recipe() -> tuple[fields.Climatology, fields.ProductionRecipe, dict[int, float]]:
    """Return the embedded climatology, the recipe of NPP and the sink factor of every year."""
    import netCDF4

    with netCDF4.Dataset(SOURCES / "fields.nc") as data:
        data.set_auto_mask(False)
        data.set_auto_scale(False)

        def values(name: str) -> Float:
            stored = data[name][:].astype(np.float64)
            result: Float = np.where(stored == CLIMATE_FILL, np.nan, stored / 10)
            return result

        longitude, latitude = data["lon"][:], data["lat"][:]
        climatology = fields.Climatology(longitude, latitude, values("tmp"), values("pre"))
        recipe = fields.ProductionRecipe(
            longitude, latitude, values("sink"), values("source"), data["cover"][:]
        )
    calibration = json.loads((SOURCES / "calibration.json").read_text(encoding="utf-8"))
    scales = {int(year): float(scale) for year, scale in calibration["sink_scale"].items()}
    return climatology, recipe, scales


def annual_evapotranspiration(temperature: Float, precipitation: Float) -> Float:
    """Return evapotranspiration of one year on the 0.5 degree grid, mm.

    Parameters
    ----------
    temperature, precipitation : array, shape (12, rows, columns)
        degC and mm per month on the 0.25 degree grid.

    Returns
    -------
    array, shape (ceil(rows / 2), columns / 2)
        NaN outside the window.
    """
    annual = turc_evapotranspiration(temperature.mean(axis=0), precipitation.sum(axis=0))
    return np.round(ET_FACTOR * fields.average_pairs(annual), 1)


def _write_all(folder: Path, progress: Progress | None) -> None:
    """Write every file of the sample but the manifest."""
    for source, place in COPIES.items():
        (folder / place).parent.mkdir(exist_ok=True)
        shutil.copyfile(SOURCES / source, folder / place)
    write_city_emissions(
        TABLE1, SOURCES / "city_counties.csv", folder / "tables" / "city_emissions.csv"
    )
    for name in ("climate", "et", "npp"):
        (folder / name).mkdir()
    climatology, recipe, scales = read_recipe()
    if progress is not None:
        progress.start("sample", len(YEARS) + len(SCENARIOS) * len(SCENARIO_YEARS))
    for year in YEARS:
        temperature, precipitation = fields.climate_of_year(climatology, year)
        _write_climate(
            folder / f"climate/temperature_{year}.nc", climatology, year, temperature,
            ("tmp", "degC", "monthly mean air temperature"),
        )  # fmt: skip
        _write_climate(
            folder / f"climate/precipitation_{year}.nc", climatology, year, precipitation,
            ("pre", "mm", "monthly precipitation"),
        )  # fmt: skip
        evapotranspiration = annual_evapotranspiration(temperature, precipitation)
        _write_geotiff(
            folder / f"et/evapotranspiration_{year}.tif",
            np.where(np.isnan(evapotranspiration), ET_NODATA, evapotranspiration).astype("f4"),
            resolution=2 * RESOLUTION, nodata=ET_NODATA, tags={"units": "mm"},
        )  # fmt: skip
        respiration = fields.annual_respiration(temperature, precipitation)
        _write_geotiff(
            folder / f"npp/npp_{year}.tif",
            fields.net_primary_production(recipe, respiration, year, scales[year]),
            resolution=RESOLUTION / 2, nodata=fields.FILL_NPP,
            tags={"units": "gC m-2", "scale_factor": "0.1", "fill_codes": "32761-32767"},
        )  # fmt: skip
        if progress is not None:
            progress.advance(str(year))
    coarse = fields.coarsen(climatology)
    for scenario in SCENARIOS:
        for year in SCENARIO_YEARS:
            _write_scenario_year(
                folder / "scenarios" / scenario.name, coarse, recipe, scenario, year,
                sink_scale=fields.last_level(scales),
            )  # fmt: skip
            if progress is not None:
                progress.advance(f"{scenario.name} {year}")


def _write_scenario_year(
    folder: Path,
    climatology: fields.Climatology,
    recipe: fields.ProductionRecipe,
    scenario: fields.Scenario,
    year: int,
    *,
    sink_scale: float,
) -> None:
    """Write the four rasters of one year of a scenario, all on the 0.5 degree grid."""
    folder.mkdir(parents=True, exist_ok=True)
    temperature, precipitation = fields.climate_of_scenario(climatology, scenario, year)
    _write_climate(
        folder / f"temperature_{year}.nc", climatology, year, temperature,
        ("tmp", "degC", f"monthly mean air temperature, {scenario.name}"),
    )  # fmt: skip
    _write_climate(
        folder / f"precipitation_{year}.nc", climatology, year, precipitation,
        ("pre", "mm", f"monthly precipitation, {scenario.name}"),
    )  # fmt: skip
    evapotranspiration = ET_FACTOR * turc_evapotranspiration(
        temperature.mean(axis=0), precipitation.sum(axis=0)
    )
    stored = np.where(np.isnan(evapotranspiration), ET_NODATA, np.round(evapotranspiration, 1))
    _write_geotiff(
        folder / f"evapotranspiration_{year}.tif", stored.astype("f4"),
        resolution=2 * RESOLUTION, nodata=ET_NODATA, tags={"units": "mm"},
    )  # fmt: skip
    respiration = fields.annual_respiration(temperature, precipitation)
    _write_geotiff(
        folder / f"npp_{year}.tif",
        fields.scenario_npp(recipe, respiration, scenario, year, sink_scale),
        resolution=2 * RESOLUTION, nodata=fields.FILL_NPP,
        tags={"units": "gC m-2", "scale_factor": "0.1", "fill_codes": "32765"},
    )  # fmt: skip


def _write_climate(
    path: Path,
    climatology: fields.Climatology,
    year: int,
    values: Float,
    name_unit_title: tuple[str, str, str],
) -> None:
    """Write twelve months as CF NetCDF: int16, scale 0.1, WGS84 grid mapping."""
    import netCDF4
    from pyproj import CRS

    name, unit, title = name_unit_title
    days = np.cumsum([0, 31, 28 + _is_leap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30])
    with netCDF4.Dataset(path, "w") as data:
        data.Conventions = "CF-1.8"
        data.title = f"{title}, {year}: ITU-R climatology with synthetic anomalies"
        for axis, size in (("time", 12), ("lat", values.shape[1]), ("lon", values.shape[2])):
            data.createDimension(axis, size)
        months = data.createVariable("time", "f8", ("time",))
        months.setncatts(
            {"standard_name": "time", "units": f"days since {year}-01-01", "calendar": "standard"}
        )
        months[:] = days + 14
        latitude = data.createVariable("lat", "f8", ("lat",))
        latitude.setncatts({"standard_name": "latitude", "units": "degrees_north"})
        latitude[:] = climatology.latitude
        longitude = data.createVariable("lon", "f8", ("lon",))
        longitude.setncatts({"standard_name": "longitude", "units": "degrees_east"})
        longitude[:] = climatology.longitude
        mapping = data.createVariable("crs", "i4")
        mapping.setncatts(CRS.from_epsg(4326).to_cf())
        variable = data.createVariable(
            name, "i2", ("time", "lat", "lon"), compression="zlib", complevel=2,
            fill_value=CLIMATE_FILL, chunksizes=(1, *values.shape[1:]),
        )  # fmt: skip
        variable.set_auto_maskandscale(False)
        variable.setncatts(
            {"long_name": title, "units": unit, "scale_factor": 0.1, "add_offset": 0.0}
        )
        variable.grid_mapping = "crs"
        stored = np.where(np.isnan(values), CLIMATE_FILL, np.round(values * 10))
        variable[:] = np.clip(stored, CLIMATE_FILL, 32767).astype(np.int16)


def _write_geotiff(
    path: Path,
    values: npt.NDArray[Any],
    *,
    resolution: float,
    nodata: float,
    tags: dict[str, str],
) -> None:
    """Write one band in EPSG:4326, north up, upper left corner at the window's."""
    import rasterio
    from rasterio.transform import from_origin

    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1,
        dtype=values.dtype, crs="EPSG:4326", nodata=nodata, compress="deflate", predictor=2,
        zlevel=4, transform=from_origin(WEST, NORTH, resolution, resolution),
    ) as raster:  # fmt: skip
        raster.write(values, 1)
        raster.update_tags(**tags)


def _write_manifest(folder: Path) -> None:
    """Write the marker of completeness, last: version and the size of every file."""
    files = {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    manifest = {"version": sample_version(), "files": files}
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _files_without_list(target: Path) -> dict[str, str]:
    """Name the files of a sample of earlier versions, which had sizes in its manifest only."""
    try:
        sizes = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
        there = [name for name in sizes if (target / name).is_file()]
        same = [name for name in there if (target / name).stat().st_size == sizes[name]]
        return {name: sha256_of(target / name) for name in (*same, MANIFEST)}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _is_leap(year: int) -> bool:
    return (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
