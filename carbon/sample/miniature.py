"""A miniature country whose every figure is known in closed form.

Four rectangular cities of two provinces on a grid of one-degree cells near the equator, three
years. Each layer is constant in time and simple in space, so that anyone can compute by hand what
the whole pipeline must return. Every file is written in a format that users bring. `carbon example`
writes it for readers of the tutorial, and the tests write it with whatever they want to see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import netCDF4
import numpy as np
import pandas as pd
import rasterio
import yaml
from numpy.typing import NDArray
from rasterio.transform import from_origin
from shapely.geometry import box

YEARS = (2001, 2002, 2003)
WIDTH, HEIGHT = 8, 6
WEST, NORTH = 10.0, 3.0
BOUNDS = [WEST, NORTH - HEIGHT, WEST + WIDTH, NORTH]

#: Cities as rectangles; the second cuts cells in half, the last has no cell centre of its own.
CITIES = {
    "110100": ("Aville", "110000", box(10, 1, 13, 3)),
    "110200": ("Beton", "110000", box(13, 1, 15.5, 3)),
    "120100": ("Ceburg", "120000", box(10, -3, 14, 1)),
    "120200": ("Deport", "120000", box(16.6, -2.9, 16.9, -2.6)),
}

Layer = dict[str, Any]


@dataclass
class Miniature:
    """Values of the miniature country, to be changed before `write`.

    Attributes
    ----------
    temperature, precipitation : ndarray, shape (12, HEIGHT, WIDTH)
        Degrees Celsius and mm a month.
    evapotranspiration, npp : ndarray, shape (HEIGHT, WIDTH)
        mm and g C m-2 a year; NaN is written as no data.
    lithology : ndarray of int, shape (HEIGHT, WIDTH)
        GLiM codes; 0 is no data.
    emissions_mt : dict
        Mt CO2 of each year, by city_id.
    """

    temperature: NDArray[np.float64] = field(
        default_factory=lambda: (
            np.linspace(-5, 25, 12)[:, None, None]
            + np.linspace(0, 3, HEIGHT)[:, None]
            + np.zeros(WIDTH)
        )
    )
    precipitation: NDArray[np.float64] = field(
        default_factory=lambda: (
            np.linspace(0, 110, 12)[:, None, None] + np.arange(WIDTH) + np.zeros((HEIGHT, 1))
        )
    )
    evapotranspiration: NDArray[np.float64] = field(
        default_factory=lambda: np.full((HEIGHT, WIDTH), 400.0)
    )
    npp: NDArray[np.float64] = field(default_factory=lambda: np.full((HEIGHT, WIDTH), 300.0))
    lithology: NDArray[np.int64] = field(
        default_factory=lambda: np.where(np.arange(WIDTH) < 4, 6, 8) + np.zeros((HEIGHT, 1), int)
    )
    emissions_mt: dict[str, tuple[float, ...]] = field(
        default_factory=lambda: dict.fromkeys(CITIES, (1.0,) * len(YEARS))
    )

    def write(self, folder: Path) -> Path:
        """Write every file and the catalogue; return the catalogue's path."""
        folder.mkdir(parents=True, exist_ok=True)
        for year in YEARS:
            write_netcdf(folder / f"temperature_{year}.nc", "tmp", self.temperature, year)
            for month in range(12):
                values = self.precipitation[month]
                write_tiff(folder / f"rain_{year}_{month + 1:02d}.tif", values)
            write_tiff(folder / f"et_{year}.tif", self.evapotranspiration)
            write_tiff(folder / f"npp_{year}.tif", self.npp, scale=0.1, dtype="int16")
        write_ascii(folder / "lithology.asc", self.lithology)
        write_zones(folder / "cities.gpkg")
        write_tables(folder, self.emissions_mt)
        return write_catalogue(folder, catalogue_content())


def example_country() -> Miniature:
    """Country of the tutorial: one climate, one productivity, two rocks, four cities that differ.

    Returns
    -------
    Miniature
        20 degrees Celsius and 100 mm in every month, 800 mm of evapotranspiration and an NPP of
        700 g C m-2 a year everywhere; carbonate in the west, metamorphic rock in the east. The
        emissions of Aville grow past what it absorbs.
    """
    everywhere = np.ones((HEIGHT, WIDTH))
    return Miniature(
        temperature=np.full((12, HEIGHT, WIDTH), 20.0),
        precipitation=np.full((12, HEIGHT, WIDTH), 100.0),
        evapotranspiration=800.0 * everywhere,
        npp=700.0 * everywhere,
        emissions_mt={
            "110100": (80.0, 100.0, 120.0),
            "110200": (120.0, 120.0, 120.0),
            "120100": (60.0, 60.0, 60.0),
            "120200": (5.0, 5.0, 5.0),
        },
    )


def catalogue_content() -> dict[str, Any]:
    """Return the catalogue of the miniature country as plain values."""
    layers: list[Layer] = [
        {
            "quantity": "temperature",
            "path": "temperature_{year}.nc",
            "variable": "tmp",
            "step": "month",
            "unit": "degC",
            "scale": 0.01,
        },
        {
            "quantity": "precipitation",
            "path": "rain_{year}_{month:02d}.tif",
            "step": "month",
            "unit": "mm/month",
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
            "unit": "gC/m2/year",
            "scale": 0.1,
            "nodata": [-9999, "32761..32767"],
        },
        {
            "quantity": "lithology",
            "path": "lithology.asc",
            "step": "static",
            "crs": "EPSG:4326",
        },
    ]
    return {
        "title": "Miniature country",
        "grid": {"crs": "EPSG:4326", "resolution": 1.0, "bounds": BOUNDS},
        "zones": {
            "path": "cities.gpkg",
            "id": "city_id",
            "name": "city_name",
            "parent": "province_id",
            "source": "made_up",
        },
        "collections": {
            "historical": {
                "years": [YEARS[0], YEARS[-1]],
                "layers": [{**layer, "source": "made_up"} for layer in layers],
            }
        },
        "tables": {
            "emissions": {
                "path": "emissions.csv",
                "format": "tidy_emissions",
                "unit": "Mt",
                "source": "made_up",
            },
            "provinces": {"path": "provinces.csv", "format": "provinces", "source": "made_up"},
        },
        "sources": {
            "made_up": {
                "producer": "carbon example",
                "title": "Miniature country",
                "licence": "MIT",
                "citation": "none",
                "synthetic": True,
            }
        },
    }


def write_catalogue(folder: Path, content: dict[str, Any]) -> Path:
    """Write a catalogue as YAML."""
    path = folder / "catalogue.yml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return path


def write_tiff(
    path: Path,
    values: NDArray[np.float64],
    *,
    scale: float = 1.0,
    dtype: str = "float32",
    nodata: float | None = -9999.0,
    crs: str | None = "EPSG:4326",
    west: float = WEST,
    north: float = NORTH,
    cell: float = 1.0,
) -> None:
    """Write a single-band GeoTIFF; NaN becomes nodata."""
    filled = np.where(np.isnan(values), -9999.0 if nodata is None else nodata, values / scale)
    if dtype.startswith("int"):
        filled = np.rint(filled)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=values.shape[1],
        height=values.shape[0],
        count=1,
        dtype=dtype,
        nodata=nodata,
        crs=crs,
        transform=from_origin(west, north, cell, cell),
        compress="deflate",
    ) as dataset:
        dataset.write(filled.astype(dtype), 1)


def write_netcdf(
    path: Path,
    variable: str,
    months: NDArray[np.float64],
    year: int,
    *,
    scale: float = 0.01,
    units: str | None = None,
    crs: bool = True,
) -> None:
    """Write months of int16 with a CF time dimension, fill value and grid mapping."""
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", months.shape[0])
        file.createDimension("lat", HEIGHT)
        file.createDimension("lon", WIDTH)
        time = file.createVariable("time", "f8", ("time",))
        time.units = units or f"days since {year}-01-01"
        time.calendar = "standard"
        time[:] = np.arange(months.shape[0]) * 30.4 + 15
        latitude = file.createVariable("lat", "f8", ("lat",))
        latitude.units = "degrees_north"
        latitude[:] = NORTH - 0.5 - np.arange(HEIGHT)
        longitude = file.createVariable("lon", "f8", ("lon",))
        longitude.units = "degrees_east"
        longitude[:] = WEST + 0.5 + np.arange(WIDTH)
        values = file.createVariable(
            variable, "i2", ("time", "lat", "lon"), zlib=True, fill_value=-32768
        )
        if crs:
            mapping = file.createVariable("crs", "i4")
            mapping.grid_mapping_name = "latitude_longitude"
            mapping.semi_major_axis = 6378137.0
            mapping.inverse_flattening = 298.257223563
            mapping.spatial_ref = rasterio.crs.CRS.from_epsg(4326).to_wkt()
            values.grid_mapping = "crs"
        values.set_auto_maskandscale(False)
        raw = np.where(np.isnan(months), -32768, np.rint(months / scale))
        values[:] = raw.astype("i2")


def write_ascii(path: Path, codes: NDArray[np.int64]) -> None:
    """Write an ESRI ASCII grid, which carries no CRS."""
    header = (
        f"ncols {WIDTH}\nnrows {HEIGHT}\nxllcorner {WEST}\nyllcorner {NORTH - HEIGHT}\n"
        "cellsize 1\nNODATA_value 0\n"
    )
    rows = "\n".join(" ".join(str(int(code)) for code in row) for row in codes)
    path.write_text(header + rows + "\n", encoding="ascii")


def write_zones(path: Path, cities: dict[str, Any] | None = None, crs: str = "EPSG:4326") -> None:
    """Write the cities as a vector file."""
    chosen = cities or CITIES
    gpd.GeoDataFrame(
        {
            "city_id": list(chosen),
            "city_name": [name for name, _, _ in chosen.values()],
            "province_id": [province for _, province, _ in chosen.values()],
        },
        geometry=[shape for _, _, shape in chosen.values()],
        crs=crs,
    ).to_file(path)


def write_tables(folder: Path, emissions_mt: dict[str, tuple[float, ...]]) -> None:
    """Write the emissions of every city and year, and the two provinces."""
    pd.DataFrame(
        [
            {"city_id": city, "city_name": name, "year": year, "ce_mtco2": mass}
            for city, (name, _, _) in CITIES.items()
            for year, mass in zip(YEARS, emissions_mt[city], strict=True)
        ]
    ).to_csv(folder / "emissions.csv", index=False)
    pd.DataFrame(
        {
            "province_id": ["110000", "120000"],
            "province_name": ["Northland", "Southland"],
            "province_name_zh": ["", ""],
            "region_name": ["North", "South"],
            "in_study": [True, True],
        }
    ).to_csv(folder / "provinces.csv", index=False)
