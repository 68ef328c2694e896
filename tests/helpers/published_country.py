"""A corner of Yunnan, 2 x 2 degrees, in small files laid out as the real data sets are published.

Layout, names, types, units, scale factors, fill codes and coordinate systems are those of the
downloads; values are plain numbers, so that a test knows what every reader must return.
"""

from __future__ import annotations

import csv
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import netCDF4
import numpy as np
import openpyxl
import rasterio
import yaml
from numpy.typing import NDArray
from pyproj import Transformer
from rasterio.transform import from_origin
from shapely.geometry import box

WEST, SOUTH, EAST, NORTH = 100.0, 25.0, 102.0, 27.0
GRID = {"crs": "EPSG:4326", "resolution": 0.05, "bounds": [WEST, SOUTH, EAST, NORTH]}
FIRST_YEAR, LAST_YEAR = 1999, 2001
CLIMATE_CELL = 1 / 120

TEMPERATURE_C = 15.0
RAIN_MM = 80.0
CASA_NPP = 480.0
MODIS_NPP = 500.0
ET_MONTHLY_MM = 40.0
ET_ANNUAL_MM = 500.0

#: GLiM classes on the half-degree grid, north first: carbonates, shield, nd, water, ...
LITHOLOGY = np.array([[6, 6, 1, 1], [6, 6, 8, 8], [5, 5, 15, 11], [5, 5, 16, -9999]])

#: Square cities: north-west, north-east, south-west (all urban fill), south-east.
CITIES = {
    "530100": ("Kunming", "昆明市", box(100, 26, 101, 27)),
    "530300": ("Qujing", "曲靖市", box(101, 26, 102, 27)),
    "530400": ("Yuxi", "玉溪市", box(100, 25, 101, 26)),
    "532300": ("Chuxiong", "楚雄彝族自治州", box(101, 25, 102, 26)),
}
URBAN, BARREN = 32762, 32765

SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m"
MODIS_CELL = 463.312716528
KRASSOVSKY_ALBERS = (
    "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +x_0=0 +y_0=0 +ellps=krass +units=m"
)

#: Arguments of ``carbon build`` for budgets and quality with all tests that rest on them alone.
BUDGETS_ONLY = (
    "--select",
    "+path:models/marts/carbon",
    "+fct_data_quality",
    "--indirect-selection",
    "cautious",
)


def write_country(folder: Path) -> Path:
    """Write every file and a catalogue that names them all; return the catalogue's path."""
    for name in ("climate", "et", "npp", "lithology", "tables", "zones"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for first, last in ((1998, 2000), (2001, 2003)):
        write_peng(folder / f"climate/tmp_{first}_{last}.nc", "tmp", TEMPERATURE_C, first, last)
        write_peng(folder / f"climate/pre_{first}_{last}.nc", "pre", RAIN_MM, first, last)
    for month in range(1, 13):
        write_casa(folder / f"npp/npp_1999{month:02d}.tif", CASA_NPP / 12)
    for year in (2000, 2001):
        write_mod17(folder / f"npp/MOD17A3HGF_{year}.tif")
    for year in (1999, 2000):
        write_et(folder / f"et/ETa_{year}.tif", [ET_MONTHLY_MM] * 12)
    write_et(folder / "et/ET_2001.tif", [ET_ANNUAL_MM])
    write_glim_ascii(folder / "lithology/glim_wgs84_0point5deg.txt.asc")
    write_statistics(folder / "tables")
    write_zones(folder / "zones/cities.gpkg")
    return write_catalogue(folder, catalogue())


def write_peng(
    path: Path,
    variable: str,
    value: float,
    first: int,
    last: int,
    *,
    time_units: str = "months since 1901-1-15",
    with_crs: bool = False,
    corner: tuple[float, float] = (WEST, NORTH),
    size: int = 240,
) -> None:
    """Write Peng et al. 2019: int16 tenths, several years a file, months counted, no CRS."""
    count = 12 * (last - first + 1)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", count)
        file.createDimension("lat", size)
        file.createDimension("lon", size)
        time = file.createVariable("time", "f8", ("time",))
        time.units = time_units
        if time_units.startswith("months"):
            time[:] = np.arange(count) + 12 * (first - 1901)
        else:
            dates = [f"{first + n // 12}-{n % 12 + 1:02d}-15" for n in range(count)]
            time.calendar = "gregorian"
            time[:] = [(np.datetime64(d) - np.datetime64("1900-01-01")).astype(int) for d in dates]
        centres = (np.arange(size) + 0.5) * CLIMATE_CELL
        for name, values, direction in (
            ("lat", corner[1] - centres, "north"),
            ("lon", corner[0] + centres, "east"),
        ):
            axis = file.createVariable(name, "f4", (name,))
            axis.units = f"degrees_{direction}"
            axis[:] = values
        layer = file.createVariable(
            variable, "i2", ("time", "lat", "lon"), zlib=True, fill_value=-32768
        )
        layer.units = "0.1 degree Celsius" if variable == "tmp" else "0.1mm"
        layer.set_auto_maskandscale(False)
        if with_crs:
            mapping = file.createVariable("crs", "i4")
            mapping.grid_mapping_name = "latitude_longitude"
            mapping.spatial_ref = rasterio.crs.CRS.from_epsg(4326).to_wkt()
            layer.grid_mapping = "crs"
        for month in range(count):
            layer[month] = np.full((size, size), round(value * 10), "i2")


def write_mod17(path: Path, *, dtype: str = "int16") -> None:
    """Write MOD17A3HGF as a GeoTIFF of its sinusoidal tiles: 0.0001 kg C, fill from 32761 on.

    All of the south-west city is built up, the far south-east is barren.
    """
    from_degrees = Transformer.from_crs("EPSG:4326", SINUSOIDAL, always_xy=True)
    xs, ys = from_degrees.transform(
        [WEST, EAST, WEST, EAST, WEST], [SOUTH, SOUTH, NORTH, NORTH, (SOUTH + NORTH) / 2]
    )
    left, top = min(xs) - 5_000, max(ys) + 5_000
    width = int((max(xs) + 5_000 - left) / MODIS_CELL)
    height = int((top - min(ys) + 5_000) / MODIS_CELL)
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    x, y = left + columns * MODIS_CELL, top - rows * MODIS_CELL
    longitude, latitude = from_degrees.transform(x, y, direction="INVERSE")
    raw = np.full((height, width), round(MODIS_NPP * 10), dtype)
    raw[(longitude < 101.1) & (latitude < 26.1)] = URBAN
    raw[(longitude > 101.6) & (latitude < 25.6)] = BARREN
    _write_tiff(path, raw[None], SINUSOIDAL, (left, top), MODIS_CELL, nodata=32767)


def write_casa(path: Path, value: float) -> None:
    """Write one month of the CASA NPP of Chen P.F.: 1 km, Albers on Krassovsky's ellipsoid."""
    from_degrees = Transformer.from_crs("EPSG:4326", KRASSOVSKY_ALBERS, always_xy=True)
    left, bottom, right, top = from_degrees.transform_bounds(WEST, SOUTH, EAST, NORTH)
    shape = (1, int((top - bottom) / 1000) + 20, int((right - left) / 1000) + 20)
    corner = (left - 10_000, top + 10_000)
    _write_tiff(path, np.full(shape, value, "f4"), KRASSOVSKY_ALBERS, corner, 1000, nodata=-9999)


def write_et(path: Path, bands: Sequence[float]) -> None:
    """Write evapotranspiration on 0.1 degree, a band a month or one a year; one cell is negative.

    The negative cell lies inside the south-east city, as it does in published grids.
    """
    values = np.repeat(np.asarray(bands, "f4")[:, None, None], 30 * 30, axis=1).reshape(-1, 30, 30)
    values[0, 22, 22] = -0.4
    _write_tiff(path, values, "EPSG:4326", (99.5, 27.5), 0.1, nodata=-9999)


def write_et_netcdf(path: Path, first: int, last: int) -> None:
    """Write a stack of months whose time axis says nothing and whose coordinates are corners.

    Rows run from the south. A value is 10 x its row from the south + the month of the year.
    """
    count = 12 * (last - first + 1)
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", count)
        for name, start in (("lat", SOUTH), ("lon", WEST)):
            file.createDimension(name, 20)
            axis = file.createVariable(name, "f8", (name,))
            axis.units = "degrees_north" if name == "lat" else "degrees_east"
            axis[:] = start + 0.1 * np.arange(20)
        layer = file.createVariable("Ea", "f4", ("time", "lat", "lon"))
        months = np.arange(count)[:, None, None] % 12 + 1
        layer[:] = 10 * np.arange(20)[:, None] + months + np.zeros(20)


def _write_tiff(
    path: Path,
    bands: NDArray[Any],
    crs: str,
    corner: tuple[float, float],
    cell: float,
    *,
    nodata: float,
) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        count=bands.shape[0],
        height=bands.shape[1],
        width=bands.shape[2],
        dtype=bands.dtype,
        crs=crs,
        transform=from_origin(*corner, cell, cell),
        nodata=nodata,
        compress="deflate",
    ) as dataset:
        dataset.write(bands)


def write_glim_ascii(path: Path) -> None:
    """Write GLiM as the half-degree ASCII grid of PANGAEA: no CRS, -9999 for no data."""
    rows = "\n".join(" ".join(map(str, row)) for row in LITHOLOGY.tolist())
    path.write_text(
        f"ncols         4\nnrows         4\nxllcorner     {WEST}\nyllcorner     {SOUTH}\n"
        f"cellsize      0.5\nNODATA_value  -9999\n{rows}\n",
        encoding="ascii",
    )


def write_glim_netcdf(path: Path) -> None:
    """Write GLiM as gdal_translate makes a NetCDF of it: Band1, south first, with a CRS."""
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("lon", 4)
        file.createDimension("lat", 4)
        mapping = file.createVariable("crs", "S1")
        mapping.grid_mapping_name = "latitude_longitude"
        mapping.spatial_ref = rasterio.crs.CRS.from_epsg(4326).to_wkt()
        mapping.GeoTransform = f"{WEST} 0.5 0 {NORTH} 0 -0.5 "
        for name, start, direction in (("lat", SOUTH, "north"), ("lon", WEST, "east")):
            axis = file.createVariable(name, "f8", (name,))
            axis.standard_name = "latitude" if name == "lat" else "longitude"
            axis.units = f"degrees_{direction}"
            axis[:] = start + 0.25 + 0.5 * np.arange(4)
        band = file.createVariable("Band1", "i4", ("lat", "lon"), fill_value=-9999)
        band.grid_mapping = "crs"
        band.set_auto_maskandscale(False)
        band[:] = LITHOLOGY[::-1]


def write_zones(path: Path, *, crs: str = "EPSG:4326", encoding: str | None = None) -> None:
    """Write the cities as any vector format, by the ending of the path.

    With ``encoding`` a shapefile is written as GIS offices in China do: Chinese attribute values
    in that encoding, which its header names and no .cpg file does.
    """
    frame = gpd.GeoDataFrame(
        {
            "adcode": [int(code) for code in CITIES],
            "name_en": [english for english, _, _ in CITIES.values()],
            "name_zh": [chinese for _, chinese, _ in CITIES.values()],
            "province": ["530000"] * len(CITIES),
        },
        geometry=[shape for _, _, shape in CITIES.values()],
        crs="EPSG:4326",
    )
    if crs != "EPSG:4326":
        # Projected edges bend: without more vertices, neighbours would overlap.
        frame = frame.set_geometry(frame.segmentize(0.01)).to_crs(crs)
    if path.suffix == ".parquet":
        frame.to_parquet(path)
        return
    frame.to_file(path, encoding=encoding)
    if encoding == "gbk":
        path.with_suffix(".cpg").unlink()
        header = bytearray(path.with_suffix(".dbf").read_bytes())
        header[29] = 0x4D  # language driver: code page 936
        path.with_suffix(".dbf").write_bytes(bytes(header))


def dbf_language(path: Path) -> int:
    """Return the language driver of a shapefile's table."""
    (code,) = struct.unpack_from("B", path.with_suffix(".dbf").read_bytes(), 29)
    return int(code)


def write_csv(path: Path, rows: Iterable[Sequence[Any]], encoding: str = "utf-8") -> None:
    """Write rows as CSV."""
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file).writerows(rows)


def write_xlsx(path: Path, sheets: dict[str, Iterable[Sequence[Any]]]) -> None:
    """Write sheets of rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)


def write_statistics(folder: Path) -> None:
    """Write every table in the layout of its publisher."""
    years = range(1997, 2018)
    yunnan = ("云南省", "Yunnan Province")
    names = ("County Name", "County Name", "City Name", "City Name", "Province Name")
    write_xlsx(
        folder / "CO2.xlsx",
        {
            "Unit (Million tons)": [
                ("DISTCODE地区代码", *names, "Province Name", *(f"C{year}" for year in years)),
                (530102, "五华区", "Wuhua", "昆明市", "Kunming City", *yunnan, *([2.0] * 21)),
                (
                    "530103（2）",
                    "盘龙区",
                    "Panlong",
                    "昆明市",
                    "Kunming City",
                    *yunnan,
                    *([1.0] * 21),
                ),
                (530302, "麒麟区", "Qilin", "曲靖市", "Qujing City", *yunnan, *([4.0] * 21)),
                (530402, "红塔区", "Hongta", "玉溪市", "Yuxi City", *yunnan, *([0.5] * 21)),
                (
                    532301,
                    "楚雄市",
                    "Chuxiong",
                    "楚雄彝族自治州",
                    "Chuxiong",
                    *yunnan,
                    *([0.25] * 21),
                ),
                (530602, "昭阳区", "Zhaoyang", "昭通市", "Zhaotong City", *yunnan, *([0.125] * 21)),
                [None] * 28,
                ("Note: County name is based on the division of China's counties in 2010",),
            ]
        },
    )
    write_csv(
        folder / "provinces.csv",
        [
            ("province_id", "province_name", "province_name_zh", "economic_region", "in_study"),
            ("530000", "Yunnan", "云南省", "Southwest", "true"),
        ],
    )
    balance = ("province_id", "year", "coal (10^4 t)", "natural gas (10^8 m3)")
    write_xlsx(folder / "balances.xlsx", {"balances": [balance, ("530000", 2000, 4000, 5)]})
    sectors = [(f"Sector {number}", 1.0, 0.5, None, 1.5) for number in range(1, 48)]
    write_xlsx(
        folder / "CEADs_1997.xlsx",
        {
            "NOTE": [("CEADs",)],
            "Yunnan1997": [
                (None, "Raw Coal", "Natural Gas", "Process", "Scope 1 Total"),
                ("Total Consumption", 47.0, 23.5, 1.5, 72.0),
                *sectors,
            ],
        },
    )
    write_csv(
        folder / "年度数据.csv",
        [
            ("数据库：年度数据",),
            ("时间：1999-2000",),
            ("指标", "2000年", "1999年"),
            ("年末总人口(万人)", 126743, 125786),
            ("城镇人口(万人)", 45906, 43748),
            ("国内生产总值(亿元)", 100280.1, 90564.4),
            ("能源消费总量(万吨标准煤)", 146964, 140569),
            ("数据来源：国家统计局",),
        ],
        encoding="gb18030",
    )
    write_csv(
        folder / "owid-co2-data.csv",
        [
            ("country", "year", "iso_code", "population", "gdp", "cement_co2", "co2"),
            ("Asia", 2000, "", 3.7e9, "", "", 8800.0),
            ("China", 2000, "CHN", 1264099072, "", 290.0, 3645.9),
            ("China", 1850, "CHN", "", "", "", ""),
        ],
    )
    for code, name, value in (
        ("NY.GDP.MKTP.CD", "GDP (current US$)", "1211331651829.43"),
        ("SP.POP.TOTL", "Population, total", "1262645000"),
    ):
        header = ("Country Name", "Country Code", "Indicator Name", "Indicator Code")
        write_csv(
            folder / f"API_{code}_DS2_en_csv_v2_1.csv",
            [
                ("Data Source", "World Development Indicators", ""),
                (),
                ("Last Updated Date", "2024-01-01", ""),
                (),
                (*header, "1999", "2000", ""),
                ("China", "CHN", name, code, "", value, ""),
            ],
            encoding="utf-8-sig",
        )


def catalogue() -> dict[str, Any]:
    """Return the catalogue of the country, with the keys of ``ingest/catalogue/template.yml``."""
    climate = {
        "step": "month",
        "scale": 0.1,
        "nodata": -32768,
        "crs": "EPSG:4326",
        "resampling": "average",
        "source": "peng_2019",
    }
    et = {
        "quantity": "evapotranspiration",
        "resampling": "average",
        "valid_range": [-50, 4000],
        "source": "et_complementary",
    }
    npp = {"quantity": "npp", "resampling": "average"}
    cards = (
        "boundaries",
        "peng_2019",
        "et_complementary",
        "casa_2019",
        "mod17a3hgf",
        "glim",
        "chen_2020",
        "ceads",
        "nbsc",
        "world_bank",
        "owid",
    )
    return {
        "title": "A corner of Yunnan",
        "grid": GRID,
        "zones": {
            "path": "zones/cities.gpkg",
            "id": "adcode",
            "name": "name_en",
            "name_local": "name_zh",
            "parent": "province",
            "source": "boundaries",
        },
        "collections": {
            "historical": {
                "years": [FIRST_YEAR, LAST_YEAR],
                "layers": [
                    {
                        **climate,
                        "quantity": "temperature",
                        "path": "climate/tmp_*.nc",
                        "variable": "tmp",
                        "unit": "degC",
                    },
                    {
                        **climate,
                        "quantity": "precipitation",
                        "path": "climate/pre_*.nc",
                        "variable": "pre",
                        "unit": "mm/month",
                    },
                    {
                        **et,
                        "years": [1999, 2000],
                        "path": "et/ETa_{year}.tif",
                        "step": "month",
                        "unit": "mm/month",
                    },
                    {
                        **et,
                        "years": [2001, 2001],
                        "path": "et/ET_{year}.tif",
                        "step": "year",
                        "unit": "mm/year",
                    },
                    {
                        **npp,
                        "years": [1999, 1999],
                        "path": "npp/npp_{year}{month:02d}.tif",
                        "step": "month",
                        "unit": "gC/m2/month",
                        "nodata": -9999,
                        "crs": KRASSOVSKY_ALBERS,
                        "source": "casa_2019",
                    },
                    {
                        **npp,
                        "years": [2000, 2001],
                        "path": "npp/MOD17A3HGF_{year}.tif",
                        "step": "year",
                        "unit": "kgC/m2/year",
                        "scale": 0.0001,
                        "nodata": ["32761..32767"],
                        "crs": SINUSOIDAL,
                        "source": "mod17a3hgf",
                    },
                    {
                        "quantity": "lithology",
                        "path": "lithology/glim_wgs84_0point5deg.txt.asc",
                        "step": "static",
                        "crs": "EPSG:4326",
                        "resampling": "nearest",
                        "source": "glim",
                    },
                ],
            }
        },
        "tables": {
            "emissions": {
                "path": "tables/CO2.xlsx",
                "format": "chen2020",
                "source": "chen_2020",
            },
            "provinces": {
                "path": "tables/provinces.csv",
                "format": "provinces",
                "source": "boundaries",
            },
            "energy_balances": {
                "path": "tables/balances.xlsx",
                "format": "energy_balances",
                "source": "nbsc",
            },
            "drivers": {
                "path": "tables/年度数据.csv",
                "format": "nbsc_yearbook",
                "source": "nbsc",
            },
            "inventories": {
                "path": "tables/CEADs_1997.xlsx",
                "format": "ceads_inventory",
                "source": "ceads",
            },
            "countries": [
                {
                    "path": f"tables/API_{code}_DS2_en_csv_v2_1.csv",
                    "format": "world_bank",
                    "source": "world_bank",
                }
                for code in ("NY.GDP.MKTP.CD", "SP.POP.TOTL")
            ]
            + [{"path": "tables/owid-co2-data.csv", "format": "owid_co2", "source": "owid"}],
        },
        "sources": {
            card: {
                "producer": "the tests",
                "title": card,
                "licence": "MIT",
                "citation": "none",
                "synthetic": True,
            }
            for card in cards
        },
    }


def write_catalogue(folder: Path, content: dict[str, Any], name: str = "catalogue.yml") -> Path:
    """Write a catalogue as YAML into the folder of the files."""
    path = folder / name
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path
