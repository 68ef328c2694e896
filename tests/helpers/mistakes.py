"""Mistakes that people make in a catalogue and its files, each with the lines that answer it.

Every one is made in the files of the miniature country. ``{in}`` stands for their folder, ``...``
for words of a library. Lines that begin with ``carbon:`` are those of an error; others are notes on
inputs that are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import netCDF4
import numpy as np
import openpyxl
import pandas as pd
import rasterio
from shapely.geometry import box

from tests.helpers.miniature import (
    CITIES,
    HEIGHT,
    WIDTH,
    catalogue_content,
    write_netcdf,
    write_tiff,
    write_zones,
)

ONES = np.ones((HEIGHT, WIDTH))


@dataclass(frozen=True)
class Bad:
    """A country's files and catalogue, for a fault to be put in."""

    folder: Path
    content: dict[str, Any]

    def layer(self, index: int) -> dict[str, Any]:
        layer: dict[str, Any] = self.content["collections"]["historical"]["layers"][index]
        return layer

    def edit_emissions(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
        """Change the emissions, which other faults leave out to be quick."""
        self.content["tables"] = catalogue_content()["tables"]
        path = self.folder / "emissions.csv"
        change(pd.read_csv(path)).to_csv(path, index=False)


def kelvin(bad: Bad) -> None:
    write_netcdf(bad.folder / "temperature_2002.nc", "tmp", np.full((12, 6, 8), 285.0), 2002)


def negative_rain(bad: Bad) -> None:
    values = ONES.copy()
    values[0, :2] = -999
    write_tiff(bad.folder / "rain_2001_06.tif", values)


def fill_codes(bad: Bad) -> None:
    bad.layer(3)["nodata"] = -9999
    values = 300 * ONES
    values[0, 0] = 3276.6
    write_tiff(bad.folder / "npp_2003.tif", values, scale=0.1, dtype="int16")


def no_crs(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2001.tif", ONES, crs=None)


def other_crs(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2001.tif", ONES, crs="EPSG:3857")


def no_nodata(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2002.tif", ONES, nodata=None)


def no_overlap(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2003.tif", ONES, west=100)


def beside_the_zones(bad: Bad) -> None:
    write_tiff(bad.folder / "et_2003.tif", ONES[:, :1], west=17)


def missing_month(bad: Bad) -> None:
    (bad.folder / "rain_2002_07.tif").unlink()


def missing_time_step(bad: Bad) -> None:
    write_netcdf(bad.folder / "temperature_2002.nc", "tmp", np.ones((11, 6, 8)), 2002)


def unreadable(bad: Bad) -> None:
    path = bad.folder / "npp_2002.tif"
    path.write_bytes(path.read_bytes()[:60])


def truncated(bad: Bad) -> None:
    values = np.random.default_rng(1).random((HEIGHT, WIDTH)) * 100
    path = bad.folder / "et_2002.tif"
    write_tiff(path, values)
    path.write_bytes(path.read_bytes()[:-40])


def vrt(bad: Bad) -> None:
    (bad.folder / "et.vrt").write_text("<VRTDataset rasterXSize='8' rasterYSize='6'/>")
    bad.layer(2)["path"] = "et.vrt"


def network(bad: Bad) -> None:
    bad.layer(2)["path"] = "/vsicurl/https://example.org/et_{year}.tif"


def duplicate_zone(bad: Bad) -> None:
    twice = gpd.read_file(bad.folder / "cities.gpkg")
    twice.loc[1, "city_id"] = "110100"
    twice.to_file(bad.folder / "cities.gpkg")


def overlapping_zones(bad: Bad) -> None:
    cities = dict(CITIES) | {"110200": ("Beton", "110000", box(12, 1, 15.5, 3))}
    write_zones(bad.folder / "cities.gpkg", cities)


def zones_without_crs(bad: Bad) -> None:
    frame = gpd.read_file(bad.folder / "cities.gpkg").set_crs(None, allow_override=True)
    (bad.folder / "cities.gpkg").unlink()
    frame.to_file(bad.folder / "cities.gpkg")


def missing_column(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table.drop(columns="ce_mtco2"))


def duplicate_key(bad: Bad) -> None:
    bad.edit_emissions(lambda table: pd.concat([table, table.tail(1)]))


def negative_emission(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table.assign(ce_mtco2=[-3.5, *table["ce_mtco2"][1:]]))


def misspelt_key(bad: Bad) -> None:
    bad.layer(0)["resampeling"] = "bilinear"


def unknown_unit(bad: Bad) -> None:
    bad.layer(2)["unit"] = "furlong/year"


def wrong_band(bad: Bad) -> None:
    bad.layer(1)["band"] = 3


def _key(index: int, **keys: Any) -> Callable[[Bad], None]:
    """Declare other keys of a layer."""

    def spoil(bad: Bad) -> None:
        bad.layer(index).update(keys)

    return spoil


def _top(section: str, **keys: Any) -> Callable[[Bad], None]:
    """Declare other keys of a section."""

    def spoil(bad: Bad) -> None:
        bad.content[section].update(keys)

    return spoil


def _emissions(**columns: Callable[[pd.Series], Any]) -> Callable[[Bad], None]:
    """Change columns of the emissions."""

    def spoil(bad: Bad) -> None:
        bad.edit_emissions(
            lambda table: table.assign(**{name: f(table[name]) for name, f in columns.items()})
        )

    return spoil


def _first(value: object) -> Callable[[pd.Series], list[object]]:
    return lambda column: [value, *column[1:]]


def scale_of_file(value: float) -> Callable[[Bad], None]:
    def spoil(bad: Bad) -> None:
        with rasterio.open(bad.folder / "et_2001.tif", "r+") as raster:
            raster.scales = (value,)

    return spoil


def masked(bad: Bad) -> None:
    with rasterio.open(bad.folder / "et_2001.tif", "r+") as raster:
        raster.nodata = None
        raster.write_mask(np.eye(HEIGHT, WIDTH).astype(bool))


def valid_range_without_fill(bad: Bad) -> None:
    with netCDF4.Dataset(bad.folder / "temperature_2001.nc", "a") as data:
        values = data["tmp"]
        data.renameVariable("tmp", "old")
        new = data.createVariable("tmp", values.dtype, values.dimensions, fill_value=False)
        new.setncatts({"valid_min": np.int16(-5000), "valid_max": np.int16(5000)})
        new.setncatts({"grid_mapping": "crs", "scale_factor": 0.01})
    bad.layer(0)["nodata"] = "none"


def letters(bad: Bad) -> None:
    path = bad.folder / "lithology.asc"
    head = [line for line in path.read_text().splitlines() if line[0].isalpha()]
    path.write_text("\n".join([*head, *["no data here at all in this row"] * HEIGHT]) + "\n")


def empty_layer(bad: Bad) -> None:
    for year in (2001, 2002, 2003):
        write_tiff(bad.folder / f"npp_{year}.tif", ONES * np.nan, scale=0.1, dtype="int16")


def repeated_header(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    path = bad.folder / "emissions.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{lines[0]},City_ID", *(f"{line},9" for line in lines[1:])]) + "\n")


def second_sheet(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    table = pd.read_csv(bad.folder / "emissions.csv", dtype=str)
    book = openpyxl.Workbook()
    for name in ("2001", "2002"):
        sheet = book.create_sheet(name)
        for row in [list(table.columns), *table.to_numpy().tolist()]:
            sheet.append(row)
    del book["Sheet"]
    book.save(bad.folder / "emissions.xlsx")
    bad.content["tables"]["emissions"]["path"] = "emissions.xlsx"


def no_such_sheet(bad: Bad) -> None:
    second_sheet(bad)
    bad.content["tables"]["emissions"]["sheet"] = "2003"


def sheet_of_csv(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    bad.content["tables"]["emissions"]["sheet"] = "2001"


def one_city_left_out(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table[table["city_id"] != 120200])


def unknown_city(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table.assign(city_id=[110900, *table["city_id"][1:]]))


def placeless(bad: Bad) -> None:
    bad.edit_emissions(
        lambda table: table.assign(city_id=["777777", *table["city_id"][1:]]).drop(
            columns="city_name"
        )
    )


def two_scales(bad: Bad) -> None:
    scale_of_file(0.5)(bad)
    bad.layer(2)["scale"] = 10


def no_file(name: str) -> Callable[[Bad], None]:
    def spoil(bad: Bad) -> None:
        (bad.folder / name).unlink()

    return spoil


def no_file_of_table(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    (bad.folder / "emissions.csv").unlink()


def other_format(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    bad.content["tables"]["emissions"]["format"] = "world_bank"


def text_instead(name: str) -> Callable[[Bad], None]:
    def spoil(bad: Bad) -> None:
        bad.edit_emissions(lambda table: table)
        (bad.folder / name).write_text("this is not a file of that kind\n")

    return spoil


def empty_id(bad: Bad) -> None:
    frame = gpd.read_file(bad.folder / "cities.gpkg")
    frame.loc[0, "city_id"] = None
    frame.to_file(bad.folder / "cities.gpkg")


def point_zone(bad: Bad) -> None:
    frame = gpd.read_file(bad.folder / "cities.gpkg")
    frame.geometry = frame.geometry.centroid
    (bad.folder / "cities.gpkg").unlink()
    frame.to_file(bad.folder / "cities.gpkg")


def zone_off_the_grid(bad: Bad) -> None:
    cities = dict(CITIES) | {"120200": ("Deport", "120000", box(56, -2.9, 57, -2.6))}
    write_zones(bad.folder / "cities.gpkg", cities)


def unclosed_quote(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    path = bad.folder / "emissions.csv"
    path.write_text(path.read_text().replace("110100", '"110100', 1))


def not_utf8(bad: Bad) -> None:
    bad.edit_emissions(lambda table: table)
    path = bad.folder / "emissions.csv"
    path.write_bytes(path.read_bytes().replace(b"city_id", b"city_id\xff", 1))


def nan_georeference(bad: Bad) -> None:
    with rasterio.open(bad.folder / "et_2001.tif", "r+") as raster:
        raster.transform = rasterio.Affine(1, 0, float("nan"), 0, -1, 3)


#: By name: what is done, and the lines that answer it.
MISTAKES: dict[str, tuple[Callable[[Bad], None], tuple[str, ...]]] = {
    "kelvin declared as degC": (
        kelvin,
        (
            "carbon: {in}/temperature_2002.nc: band 1: 48 of 48 cells of temperature lie "
            "outside -90 to 60 degC (found 285 to 285)",
            "  fix: values near 280 are kelvin (declare unit: K), values near 150 are "
            "tenths of a degree (declare scale: 0.1)",
        ),
    ),
    "negative rain": (
        negative_rain,
        (
            "carbon: {in}/rain_2001_06.tif: band 1: 2 of 48 cells of precipitation lie "
            "outside 0 to 10000 mm/month (found -999 to -999)",
            "  fix: negative rain is usually an undeclared nodata code (declare nodata)",
        ),
    ),
    "fill codes undeclared": (
        fill_codes,
        (
            "carbon: {in}/npp_2003.tif: band 1: MOD17A3 fill codes as data (32766, cells: 1)",
            '  fix: declare nodata: ["32761..32767"] (and any other code) on the layer',
        ),
    ),
    "no CRS": (
        no_crs,
        (
            "carbon: {in}/et_2001.tif: has no CRS",
            "  fix: declare crs on the layer, such as crs: EPSG:4326",
        ),
    ),
    "another CRS": (
        other_crs,
        (
            "carbon: {in}/et_2001.tif: covers [8.98315e-05, -2.69495e-05, 0.000161697, "
            "2.69495e-05] by its CRS, EPSG:3857, nothing of the grid [10, -3, 18, 3]",
            "  fix: check CRS and bounds of the file and of the grid",
        ),
    ),
    "nodata undeclared": (
        no_nodata,
        (
            "carbon: {in}/et_2002.tif: nodata is declared neither in the file nor in the catalogue",
            "  fix: declare nodata: a code, a range such as '32761..32767', or none if "
            "every cell has data",
        ),
    ),
    "no overlap": (
        no_overlap,
        (
            "carbon: {in}/et_2003.tif: covers [100, -3, 108, 3], nothing of the grid [10, "
            "-3, 18, 3]",
            "  fix: check CRS and bounds of the file and of the grid",
        ),
    ),
    "beside the zones": (
        beside_the_zones,
        (
            "carbon: {in}/et_2003.tif: covers [17, -3, 18, 3], nothing of the zones [10, "
            "-3, 16.9, 3]",
            "  fix: check CRS and bounds of the file and of the zones",
        ),
    ),
    "missing month": (
        missing_month,
        (
            "carbon: {in}/rain_2002_07.tif: no such file (precipitation of 2002)",
            "  fix: add the file or correct the path in the catalogue",
        ),
    ),
    "missing time step": (
        missing_time_step,
        (
            "carbon: {in}/temperature_2002.nc: no band for 2002-12 (temperature)",
            "  fix: add the missing time steps or narrow 'years' in the catalogue",
        ),
    ),
    "unreadable file": (
        unreadable,
        (
            "carbon: {in}/npp_2002.tif: cannot be read as a raster (...)",
            "  fix: accepted formats: GTiff, netCDF, AAIGrid, HFA, ENVI, HDF5, HDF5Image, "
            "Zarr, GRIB; a NetCDF's variable must exist",
        ),
    ),
    "truncated file": (
        truncated,
        (
            "carbon: {in}/et_2002.tif: band 1 cannot be read (...)",
            "  fix: the file is damaged or incomplete: fetch it again",
        ),
    ),
    "VRT": (
        vrt,
        (
            "carbon: {in}/et.vrt: cannot be read as a raster (...)",
            "  fix: accepted formats: GTiff, netCDF, AAIGrid, HFA, ENVI, HDF5, HDF5Image, "
            "Zarr, GRIB; a NetCDF's variable must exist",
        ),
    ),
    "network path": (
        network,
        (
            "carbon: {in}/catalogue.yml: '/vsicurl/https://example.org/et_2001.tif' is not "
            "on the local disk",
            "  fix: copy the file, or allow such paths with remote: true",
        ),
    ),
    "duplicate zone id": (
        duplicate_zone,
        (
            "carbon: {in}/cities.gpkg: 'city_id' repeats zone 110100",
            "  fix: merge the polygons of one zone into a multipolygon, or choose another column",
        ),
    ),
    "overlapping zones": (
        overlapping_zones,
        (
            "carbon: {in}/cities.gpkg: zones overlap: pair 110100 Aville and 110200 Beton "
            "(33.33 % of the smaller)",
            "  fix: cut them apart, or raise zones.overlap_tolerance above 0.33",
        ),
    ),
    "zones without CRS": (
        zones_without_crs,
        (
            "carbon: {in}/cities.gpkg: the file states no coordinate reference system",
            "  fix: declare it under zones.crs, for instance EPSG:4326",
        ),
    ),
    "missing column": (
        missing_column,
        (
            "carbon: {in}/emissions.csv: there is no column 'ce_mtco2', or value, ce, "
            "emissions, co2",
            "  fix: add it, or name its header under columns: {ce_mtco2: ...}",
        ),
    ),
    "duplicate key": (
        duplicate_key,
        (
            "carbon: {in}/emissions.csv: unit_id '120200', year 2003 stands 2 times in "
            "rows 13 and 14",
            "  fix: keep one row for each key",
        ),
    ),
    "negative emission": (
        negative_emission,
        (
            "carbon: {in}/emissions.csv: column 'ce_mtco2', row 2: '-3.5' is negative",
            "  fix: correct it; sinks have no place here",
        ),
    ),
    "misspelt key": (
        misspelt_key,
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.0.resampeling is "
            "not a key of the catalogue",
            "  fix: did you mean resampling?",
        ),
    ),
    "unknown unit": (
        unknown_unit,
        (
            "carbon: {in}/et_2001.tif: unit 'furlong/year' is not known",
            "  fix: declare one of: mm/year, cm/year, mm/day, m/day, kg/m2/s, kg/m2/year",
        ),
    ),
    "wrong band": (
        wrong_band,
        (
            "carbon: {in}/rain_2001_01.tif: has 1 band, band 3 is asked for",
            "  fix: correct 'band' on the layer, or the file",
        ),
    ),
    "scale NaN": (
        _key(2, scale=float("nan")),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.2.scale is nan",
            "  fix: it should be a finite number",
        ),
    ),
    "scale infinite": (
        _key(2, scale=float("inf")),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.2.scale is inf",
            "  fix: it should be a finite number",
        ),
    ),
    "scale 0": (
        _key(2, scale=0),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.2.scale: a scale of "
            "0 makes every value the same",
            "  fix: correct it in the catalogue",
        ),
    ),
    "offset NaN": (
        _key(2, offset=float("nan")),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.2.offset is nan",
            "  fix: it should be a finite number",
        ),
    ),
    "scale of the file NaN": (
        scale_of_file(float("nan")),
        (
            "carbon: {in}/et_2001.tif: its scale is nan",
            "  fix: correct the file's header",
        ),
    ),
    "scale of the file 0": (
        scale_of_file(0.0),
        (
            "carbon: {in}/et_2001.tif: its scale is 0",
            "  fix: correct the file's header",
        ),
    ),
    "scale of file and catalogue": (
        two_scales,
        (
            "carbon: {in}/et_2001.tif: its scale is 0.5, the catalogue says 10",
            "  fix: correct scale in the catalogue, or leave it out to use the file's",
        ),
    ),
    "valid range backwards": (
        _key(2, valid_range=[100, 0]),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.2.valid_range: the "
            "range is not [lowest, highest]",
            "  fix: correct it in the catalogue",
        ),
    ),
    "valid range NaN": (
        _key(2, valid_range=[float("nan"), 100]),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.2.valid_range.0 is nan",
            "  fix: it should be a finite number",
        ),
    ),
    "nodata swallows the layer": (
        _key(3, nodata="-32768..32767"),
        (
            "carbon: {in}/npp_2001.tif: npp has no valid cell in any zone (historical 2001-2003)",
            "  fix: correct nodata, scale, crs or bounds of the layer, or the zones",
        ),
    ),
    "nodata is no code": (
        _key(3, nodata="all"),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.3.nodata: 'all' is "
            "neither a number, a range such as '32761..32767', nor 'none'",
            "  fix: correct it in the catalogue",
        ),
    ),
    "nodata backwards": (
        _key(3, nodata="9..1"),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.3.nodata: the range "
            "'9..1' runs backwards",
            "  fix: correct it in the catalogue",
        ),
    ),
    "grid of letters": (
        letters,
        (
            "carbon: {in}/lithology.asc: cannot be read as a raster (...)",
            "  fix: accepted formats: GTiff, netCDF, AAIGrid, HFA, ENVI, HDF5, HDF5Image, "
            "Zarr, GRIB; a NetCDF's variable must exist",
        ),
    ),
    "layer without a valid cell": (
        empty_layer,
        (
            "carbon: {in}/npp_2001.tif: npp has no valid cell in any zone (historical 2001-2003)",
            "  fix: correct nodata, scale, crs or bounds of the layer, or the zones",
        ),
    ),
    "mask beside the values": (
        masked,
        (
            "carbon: {in}/et_2001.tif: has a mask, which is not read",
            "  fix: write no data into the values instead, as gdalwarp -dstnodata does",
        ),
    ),
    "valid range without a fill value": (
        valid_range_without_fill,
        (
            "carbon: {in}/temperature_2001.nc:tmp: has valid_min and valid_max, but no "
            "fill value for what lies outside",
            "  fix: give the variable a _FillValue",
        ),
    ),
    "NaN in the georeference": (
        nan_georeference,
        (
            "carbon: {in}/et_2001.tif: its georeference holds nan",
            "  fix: declare bounds: [west, south, east, north]",
        ),
    ),
    "years backwards": (
        _top("collections", historical={"years": [2003, 2001], "layers": []}),
        (
            "carbon: {in}/catalogue.yml: collections.historical.years: the first year "
            "comes after the last",
            "  fix: correct it in the catalogue",
        ),
    ),
    "resolution infinite": (
        _top("grid", resolution=float("inf")),
        (
            "carbon: {in}/catalogue.yml: grid.resolution is inf",
            "  fix: it should be a finite number",
        ),
    ),
    "resolution too fine": (
        _top("grid", resolution=1e-300),
        (
            "carbon: grid.resolution: 1e-300 gives more cells than can be computed",
            "  fix: give the size of a cell in units of the CRS: degrees, or metres",
        ),
    ),
    "bounds NaN": (
        _top("grid", bounds=[float("nan"), -3, 18, 3]),
        (
            "carbon: {in}/catalogue.yml: grid.bounds.0 is nan",
            "  fix: it should be a finite number",
        ),
    ),
    "CRS that is none": (
        _top("grid", crs="EPSG:0"),
        (
            "carbon: crs: 'EPSG:0' is not a coordinate reference system",
            "  fix: write an authority code such as EPSG:4326, or the WKT or PROJ string",
        ),
    ),
    "static layer of years": (
        _key(4, path="lithology_{year}.asc"),
        (
            "carbon: {in}/catalogue.yml: collections.historical.layers.4: a static layer "
            "has no {year} or {month} in its path",
            "  fix: correct it in the catalogue",
        ),
    ),
    "source without a card": (
        _key(2, source="nobody"),
        (
            "carbon: {in}/catalogue.yml: catalogue: "
            "collections.historical.layers[2].source names 'nobody', which has no card "
            "under sources",
            "  fix: correct it in the catalogue",
        ),
    ),
    "no such layer file": (
        no_file("et_2002.tif"),
        (
            "carbon: {in}/et_2002.tif: no such file (evapotranspiration of 2002)",
            "  fix: add the file or correct the path in the catalogue",
        ),
    ),
    "no such zones": (
        no_file("cities.gpkg"),
        (
            "carbon: {in}/cities.gpkg: there is no such file",
            "  fix: correct zones.path",
        ),
    ),
    "text instead of zones": (
        text_instead("cities.gpkg"),
        (
            "carbon: {in}/cities.gpkg: cannot be read as zones: it is in none of the "
            "formats that are opened",
            "  fix: convert it to one of: GeoPackage, shapefile, GeoJSON, FlatGeobuf, "
            "KML, file geodatabase, GeoParquet",
        ),
    ),
    "text instead of a raster": (
        text_instead("et_2001.tif"),
        (
            "carbon: {in}/et_2001.tif: cannot be read as a raster (...)",
            "  fix: accepted formats: GTiff, netCDF, AAIGrid, HFA, ENVI, HDF5, HDF5Image, "
            "Zarr, GRIB; a NetCDF's variable must exist",
        ),
    ),
    "column of zones that is not there": (
        _top("zones", id="code"),
        (
            "carbon: {in}/cities.gpkg: it has no column 'code'",
            "  fix: choose among: city_id, city_name, province_id",
        ),
    ),
    "condition that keeps no zone": (
        _top("zones", where="city_id = 'none'"),
        (
            "carbon: {in}/cities.gpkg: there is no zone",
            "  fix: check the file and zones.where",
        ),
    ),
    "condition with a query": (
        _top("zones", where="city_id in (select 1)"),
        (
            "carbon: {in}/cities.gpkg: zones.where holds a query",
            "  fix: compare columns with values: province = '530000'",
        ),
    ),
    "encoding that is none": (
        _top("zones", encoding="utf-99"),
        (
            "carbon: {in}/cities.gpkg: 'utf-99' is no encoding",
            "  fix: name one, such as gbk",
        ),
    ),
    "zone without an id": (
        empty_id,
        (
            "carbon: {in}/cities.gpkg: 'city_id' is empty in record 1",
            "  fix: give every zone an id, or leave those records out with zones.where",
        ),
    ),
    "zones that are points": (
        point_zone,
        (
            "carbon: {in}/cities.gpkg: zones 110100, 110200, 120100, 120200: Point is not "
            "a polygon",
            "  fix: give a layer of polygons",
        ),
    ),
    "zone off the grid": (
        zone_off_the_grid,
        (
            "carbon: {in}/cities.gpkg: zone 120200 outside the grid [10.0, -3.0, 18.0, "
            "3.0]: the first spans [56.0, -2.9, 57.0, -2.6]",
            "  fix: widen grid.bounds, leave them out with zones.where, or correct the CRS",
        ),
    ),
    "no such table": (
        no_file_of_table,
        (
            "carbon: {in}/emissions.csv: the file does not exist",
            "  fix: correct tables.emissions.path",
        ),
    ),
    "zero in front of an id": (
        _emissions(city_id=lambda ids: "0" + ids.astype(str)),
        (
            "carbon: {in}/emissions.csv: city_id '0110100' is no zone, but '110100' is",
            "  fix: write ids as text, as the zones have them",
        ),
    ),
    "no-break space in an id": (
        _emissions(city_id=_first("\u00a0110100")),
        (
            "carbon: {in}/emissions.csv: column 'city_id', row 2: '\\xa0110100' holds a "
            "character that ids do not have",
            "  fix: remove it: quotes, no-break spaces and invisible characters are none of an id",
        ),
    ),
    "space without width in an id": (
        _emissions(city_id=_first("110\u200b100")),
        (
            "carbon: {in}/emissions.csv: column 'city_id', row 2: '110\\u200b100' holds a "
            "character that ids do not have",
            "  fix: remove it: quotes, no-break spaces and invisible characters are none of an id",
        ),
    ),
    "unclosed quote": (
        unclosed_quote,
        (
            "carbon: {in}/emissions.csv: column 'city_id', row 2: '\"110100' holds a "
            "character that ids do not have",
            "  fix: remove it: quotes, no-break spaces and invisible characters are none of an id",
        ),
    ),
    "city that is no zone": (
        unknown_city,
        ("{in}/emissions.csv: city_id 110900 is no zone; such rows stay with their province",),
    ),
    "row without a place": (
        placeless,
        (
            "carbon: {in}/emissions.csv: city_id '777777' (year 2001) is no zone, and the "
            "row names no province",
            "  fix: correct the id, or give the row a province_id",
        ),
    ),
    "zone without statistics": (
        one_city_left_out,
        ("{in}/emissions.csv: no row for zone 120200",),
    ),
    "value that is no number": (
        _emissions(ce_mtco2=_first("1,5")),
        (
            "carbon: {in}/emissions.csv: column 'ce_mtco2', row 2: '1,5' is not a number",
            "  fix: write digits with a decimal point, without separators or units",
        ),
    ),
    "value that is infinite": (
        _emissions(ce_mtco2=_first("inf")),
        (
            "carbon: {in}/emissions.csv: column 'ce_mtco2', row 2: 'inf' is not a finite number",
            "  fix: leave unknown values out",
        ),
    ),
    "year that is not whole": (
        _emissions(year=_first("2001.5")),
        (
            "carbon: {in}/emissions.csv: column 'year', row 2: '2001.5' is not whole",
            "  fix: correct it",
        ),
    ),
    "year that is none": (
        _emissions(year=_first("20001")),
        (
            "carbon: {in}/emissions.csv: column 'year', row 2: '20001' lies outside 1900 to 2100",
            "  fix: correct it",
        ),
    ),
    "second header of one name": (
        repeated_header,
        (
            "carbon: {in}/emissions.csv: two columns are called 'city_id'",
            "  fix: remove one of them, or give it another header",
        ),
    ),
    "sheets that are not read": (
        second_sheet,
        ("{in}/emissions.xlsx: read the sheet '2001', and not '2002'",),
    ),
    "no such sheet": (
        no_such_sheet,
        (
            "carbon: {in}/emissions.xlsx: there is no sheet '2003'",
            "  fix: its sheets: 2001, 2002",
        ),
    ),
    "sheet of a CSV": (
        sheet_of_csv,
        (
            "carbon: {in}/emissions.csv: sheet '2001' is declared, but emissions.csv has no sheets",
            "  fix: remove tables.emissions.sheet, or name the workbook",
        ),
    ),
    "table not in UTF-8": (
        not_utf8,
        (
            "carbon: {in}/emissions.csv: the text is not UTF-8",
            "  fix: save it as CSV in UTF-8",
        ),
    ),
    "format of another kind": (
        other_format,
        (
            "carbon: tables.emissions.format: 'world_bank' is not a format of emissions",
            "  fix: known: tidy_emissions, chen2020",
        ),
    ),
}
