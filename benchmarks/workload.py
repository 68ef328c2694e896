"""A 1 km China workload: the size and layout of the published rasters, with made-up values.

``python benchmarks/workload.py FOLDER [--years N] [--cells-per-degree N]`` writes monthly
temperature and precipitation (int16, tenths, deflate), annual evapotranspiration and NPP, a
0.5 degree lithology and a catalogue for them, over the zones of the embedded sample.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import rasterio
import shapely
import yaml
from numpy.typing import NDArray
from rasterio.transform import from_origin

BOUNDS = (73.0, 18.0, 135.0, 54.0)
FIRST_YEAR = 2001
PER_DEGREE = 120  # 1 km
NODATA = -32768
#: Source card of everything that is written here.
MADE_UP = "made_up"
ZONES = Path(__file__).resolve().parents[1] / "carbon" / "sample" / "sources" / "cities.fgb"


def write_workload(folder: Path, *, years: int = 1, cells_per_degree: int = PER_DEGREE) -> Path:
    """Write rasters and catalogue.

    Parameters
    ----------
    folder : Path
        Where to.
    years : int
        Number of years; each has 26 rasters.
    cells_per_degree : int
        `PER_DEGREE` gives 7,440 x 4,320 cells.

    Returns
    -------
    Path
        The catalogue.
    """
    folder.mkdir(parents=True, exist_ok=True)
    fields = Fields(cells_per_degree)
    for year in range(FIRST_YEAR, FIRST_YEAR + years):
        for month in range(1, 13):
            fields.write(folder / f"tmp_{year}_{month:02d}.tif", fields.temperature(month))
            fields.write(folder / f"pre_{year}_{month:02d}.tif", fields.rain(month))
        fields.write(folder / f"et_{year}.tif", fields.evapotranspiration())
        fields.write(folder / f"npp_{year}.tif", fields.npp())
    _write_lithology(folder / "lithology.tif")
    return write_catalogue(folder / "catalogue.yml", years, cells_per_degree)


def repeat_year(folder: Path, years: int, cells_per_degree: int) -> Path:
    """Give the rasters of the first year to later ones, and return a catalogue for them all.

    No work is shared between years, whatever their files hold, and a link takes no space.
    """
    for path in folder.glob(f"*_{FIRST_YEAR}*.tif"):
        for year in range(FIRST_YEAR + 1, FIRST_YEAR + years):
            link = folder / path.name.replace(str(FIRST_YEAR), str(year))
            link.unlink(missing_ok=True)
            link.symlink_to(path.name)
    return write_catalogue(folder / f"catalogue-{years}.yml", years, cells_per_degree)


def write_catalogue(path: Path, years: int, cells_per_degree: int, zones: Path = ZONES) -> Path:
    """Write the catalogue of a workload."""
    content = _catalogue(years, cells_per_degree)
    content["zones"]["path"] = str(zones)
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def write_squares(path: Path, size: float = 2.5) -> Path:
    """Write other zones: squares of some degrees that cover the frame."""
    west, south, east, north = BOUNDS
    corners = [(x, y) for x in np.arange(west, east, size) for y in np.arange(south, north, size)]
    boxes = [shapely.box(x, y, min(x + size, east), min(y + size, north)) for x, y in corners]
    names = [f"{x:g} {y:g}" for x, y in corners]
    columns = {"city_id": names, "city_name": names, "province_id": "squares"}
    gpd.GeoDataFrame(columns, geometry=boxes, crs="EPSG:4326").to_file(path)
    return path


class Fields:
    """Smooth fields with pixel noise, so that they compress as real ones do.

    Parameters
    ----------
    cells_per_degree : int
        Resolution.
    """

    def __init__(self, cells_per_degree: int) -> None:
        west, south, east, north = BOUNDS
        self._per_degree = cells_per_degree
        self._width = round((east - west) * cells_per_degree)
        self._height = round((north - south) * cells_per_degree)
        rows = (np.arange(self._height) + 0.5) / cells_per_degree
        columns = (np.arange(self._width) + 0.5) / cells_per_degree
        self._latitude = (north - rows)[:, None]
        self._longitude = (west + columns)[None, :]
        self._noise = np.random.default_rng(1997)
        # As in the published files, a quarter of the frame (sea, neighbours) has no data.
        self._outside = (self._longitude - 103) ** 2 / 31**2 + (
            self._latitude - 36
        ) ** 2 / 18**2 > 1

    def temperature(self, month: int) -> NDArray[np.int16]:
        """Tenths of a degree Celsius."""
        season = np.cos(2 * np.pi * (month - 7) / 12)
        return self._stored(300 - 5 * (self._latitude - 18) + 120 * season + 0 * self._longitude, 8)

    def rain(self, month: int) -> NDArray[np.int16]:
        """Tenths of a millimetre."""
        season = 1.2 + np.cos(2 * np.pi * (month - 7) / 12)
        wet = np.clip((self._longitude - 73) / 62 + (54 - self._latitude) / 36, 0, 2)
        return self._stored(300 * season * wet, 20, low=0)

    def evapotranspiration(self) -> NDArray[np.int16]:
        """Millimetres a year."""
        return self._stored(300 + 5 * (54 - self._latitude) + 0 * self._longitude, 10, low=0)

    def npp(self) -> NDArray[np.int16]:
        """Ten-thousandths of a kilogram of carbon a square metre and year."""
        return self._stored(3000 + 60 * (54 - self._latitude) + 0 * self._longitude, 200, low=0)

    def write(self, path: Path, values: NDArray[np.int16]) -> None:
        """Write one raster as published: deflate, strips of rows."""
        _write(path, values, 1 / self._per_degree)

    def _stored(
        self, values: NDArray[np.float64], spread: float, low: int = -1000
    ) -> NDArray[np.int16]:
        noisy = values + self._noise.normal(0, spread, values.shape)
        stored = np.maximum(np.rint(noisy), low).astype(np.int16)
        stored[self._outside] = NODATA
        return stored


def _write_lithology(path: Path) -> None:
    west, south, east, north = BOUNDS
    shape = (round((north - south) * 2), round((east - west) * 2))
    codes = np.random.default_rng(16).integers(1, 17, shape).astype(np.int16)
    _write(path, codes, 0.5)


def _write(path: Path, values: NDArray[np.int16], cell: float) -> None:
    profile: dict[str, Any] = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": "int16",
        "nodata": NODATA,
        "crs": "EPSG:4326",
        "transform": from_origin(BOUNDS[0], BOUNDS[3], cell, cell),
        "compress": "deflate",
    }
    with rasterio.open(path, "w", **profile) as dataset:
        dataset.write(values, 1)


def _catalogue(years: int, cells_per_degree: int) -> dict[str, Any]:
    monthly = {"step": "month", "scale": 0.1}
    layers = [
        {
            "quantity": "temperature",
            "path": "tmp_{year}_{month:02d}.tif",
            "unit": "degC",
            **monthly,
        },
        {
            "quantity": "precipitation",
            "path": "pre_{year}_{month:02d}.tif",
            "unit": "mm/month",
            **monthly,
        },
        {
            "quantity": "evapotranspiration",
            "path": "et_{year}.tif",
            "step": "year",
            "unit": "mm/year",
        },
        {
            "quantity": "npp",
            "path": "npp_{year}.tif",
            "step": "year",
            "unit": "kgC/m2/year",
            "scale": 0.0001,
        },
        {
            "quantity": "lithology",
            "path": "lithology.tif",
            "step": "static",
            "resampling": "nearest",
        },
    ]
    return {
        "title": f"1 km workload, {years} years",
        "grid": {"crs": "EPSG:4326", "resolution": 1 / cells_per_degree, "bounds": list(BOUNDS)},
        "cells": "auto",
        "zones": {
            "path": str(ZONES),
            "id": "city_id",
            "name": "city_name",
            "parent": "province_id",
            "source": MADE_UP,
        },
        "collections": {
            "historical": {
                "years": [FIRST_YEAR, FIRST_YEAR + years - 1],
                "layers": [{**layer, "source": MADE_UP} for layer in layers],
            }
        },
        "sources": {
            MADE_UP: {
                "producer": "benchmarks/workload.py",
                "title": "1 km workload",
                "licence": "MIT",
                "citation": "none",
                "synthetic": True,
            }
        },
    }


def main() -> None:
    """Write a workload from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--years", type=int, default=1)
    parser.add_argument("--cells-per-degree", type=int, default=120)
    options = parser.parse_args()
    catalogue = write_workload(
        options.folder, years=options.years, cells_per_degree=options.cells_per_degree
    )
    print(catalogue)


if __name__ == "__main__":
    main()
