"""What a raster file is: opened, declared and checked before anything is computed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyproj
import rasterio
from affine import Affine
from rasterio._env import del_gdal_config
from rasterio.crs import CRS
from rasterio.enums import MaskFlags
from rasterio.errors import NotGeoreferencedWarning, RasterioError
from rasterio.io import DatasetReader
from rasterio.warp import transform_bounds

from ingest.catalogue.catalogue import LayerSpec, NodataCodes
from ingest.catalogue.grid import Grid, same_crs
from ingest.catalogue.quantities import QUANTITIES, PeriodKind
from ingest.catalogue.sources import archive_of
from ingest.catalogue.units import (
    Period,
    UnitConversion,
    conversion,
    emission_unit,
)
from ingest.rasters.decoding import Decoder
from workspace.errors import InputError
from workspace.files import GDAL_STAYS_HERE, is_remote

#: Bytes of decoded blocks that GDAL keeps. Every window is read once, so that more would only be
#: memory touched for the first time, again and again: GDAL's own choice, 5 % of the machine's
#: memory, is slower by half. A row of large tiles still fits.
_GDAL_CACHE = 64 << 20

#: Formats that may be opened. VRT and the like could point anywhere, so they are not here.
ALLOWED_DRIVERS = [
    *("GTiff", "netCDF", "AAIGrid", "HFA", "ENVI"),
    *("HDF5", "HDF5Image", "Zarr", "GRIB"),
]
Bounds = tuple[float, float, float, float]


@contextmanager
def open_raster(path: str, variable: str | None = None) -> Iterator[Any]:
    """Open a raster with a listed driver only.

    Raises
    ------
    InputError
        If the file cannot be opened, or is a NetCDF whose variable is not named.
    """
    where = f"{path}:{variable}" if variable else path
    if variable and set('"\\') & set(path + variable):
        raise InputError(
            "a quote or backslash in the path of a variable means something else to GDAL",
            where=where,
            fix="rename the file or its folder",
        )
    name = f'NETCDF:"{path}":{variable}' if variable else path
    _refuse_overview_elsewhere(path)
    # What a catalogue that says `remote: true` names lies elsewhere; what a file names does not.
    stays = {} if _is_fetched(path) else GDAL_STAYS_HERE
    with rasterio.Env(GDAL_CACHEMAX=_GDAL_CACHE, **stays):
        if not stays:  # Environments are nested where several rasters are open.
            for setting in GDAL_STAYS_HERE:
                del_gdal_config(setting)
        try:
            # rasterio.open takes one driver; the reader below it takes the list. A missing
            # georeference is judged in `declare`, where the catalogue has its say.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", NotGeoreferencedWarning)
                dataset = DatasetReader(name, driver=ALLOWED_DRIVERS)
        except (RasterioError, OSError) as error:
            raise InputError(
                f"cannot be read as a raster ({one_line(error)})",
                where=where,
                fix=f"accepted formats: {', '.join(ALLOWED_DRIVERS)}; a NetCDF's variable must "
                "exist",
            ) from None
        with dataset:
            if dataset.count == 0:
                names = ", ".join(item.rpartition(":")[2] for item in dataset.subdatasets)
                raise InputError(
                    f"several variables ({names})",
                    where=path,
                    fix="declare 'variable' on the layer",
                )
            _refuse_unread_masks(dataset, where)
            yield dataset


def _is_fetched(path: str) -> bool:
    return is_remote(path) and archive_of(path) is None


def _refuse_overview_elsewhere(path: str) -> None:
    """Refuse a sidecar that names another file: of sidecars, numbers are read."""
    sidecar = Path(f"{path}.aux.xml")
    if sidecar.is_file() and b"OVERVIEW_FILE" in sidecar.read_bytes():
        raise InputError(
            "names overviews in another file, which is not opened",
            where=str(sidecar),
            fix="remove it, or make overviews with gdaladdo",
        )


@dataclass(frozen=True)
class Declared:
    """What file and catalogue together say of a raster, every doubt resolved.

    Attributes
    ----------
    crs : CRS
        Of the file.
    transform : Affine
        From (column, row) to coordinates of ``crs``.
    width, height : int
        In cells.
    decoder : Decoder
        From raw codes to values in the unit of the quantity.
    unit : str
        Of the file, for the record.
    period : Period
        What a value stands for.
    """

    crs: CRS
    transform: Affine
    width: int
    height: int
    decoder: Decoder
    unit: str
    period: Period


def declare(dataset: Any, spec: LayerSpec, path: str, period: Period | None = None) -> Declared:
    """Settle what a file is, from its header and its entry in the catalogue.

    Parameters
    ----------
    dataset : rasterio.DatasetReader
        Open dataset.
    spec : LayerSpec
        The layer's entry in the catalogue.
    path : str
        For messages.
    period : Period, optional
        What a value stands for, where the layer's step does not say it all.

    Raises
    ------
    InputError
        If the CRS or nodata is declared by neither, or the two contradict each other.
    """
    scale = _agreed(spec.scale, dataset.scales, 1.0, "scale", path)
    offset = _agreed(spec.offset, dataset.offsets, 0.0, "offset", path)
    period = period or Period(_kind_of_step(spec))
    quantity = QUANTITIES[spec.quantity]
    if quantity.is_extensive:
        unit = UnitConversion(emission_unit(spec.unit, period, where=path).factor, 0.0)
    else:
        unit = conversion(spec.unit, quantity.units[period.kind], where=path, period=period)
    transform = dataset.transform
    if spec.bounds is not None:
        transform = rasterio.transform.from_bounds(*spec.bounds, dataset.width, dataset.height)
    elif not all(math.isfinite(value) for value in transform):
        raise InputError(
            f"its georeference holds {next(v for v in transform if not math.isfinite(v))}",
            where=path,
            fix="declare bounds: [west, south, east, north]",
        )
    elif transform.is_identity:
        raise InputError(
            "has no georeference", where=path, fix="declare bounds: [west, south, east, north]"
        )
    return Declared(
        crs=_declared_crs(dataset, spec, path),
        transform=transform,
        width=dataset.width,
        height=dataset.height,
        decoder=Decoder(
            nodata=_declared_nodata(dataset, spec, path),
            factor=scale * unit.factor,
            addend=offset * unit.factor + unit.offset,
        ),
        unit=spec.unit,
        period=period,
    )


def _kind_of_step(spec: LayerSpec) -> PeriodKind:
    return "month" if spec.step == "climatology" else spec.step


def check_placement(
    declared: Declared, spec: LayerSpec, grid: Grid, path: str, extent: Bounds | None = None
) -> None:
    """Check that a raster can be brought onto the grid as the catalogue says.

    Parameters
    ----------
    declared : Declared
        What the raster is.
    spec : LayerSpec
        Its entry in the catalogue.
    grid : Grid
        The target grid.
    path : str
        For messages.
    extent : tuple of four float, optional
        West, south, east, north of all zones, in the CRS of the grid.

    Raises
    ------
    InputError
        If it does not overlap grid and zones, or needs a resampling that is not declared.
    """
    target = CRS.from_user_input(grid.crs)
    bounds = _bounds_on(declared, target, path)
    west = grid.bounds[0]
    is_of_grid = same_crs(declared.crs.to_wkt(), target.to_wkt())
    in_crs = "" if is_of_grid else f" by its CRS, {_name(declared.crs)}"
    for what, needed in (("grid", grid.bounds), ("zones", extent or grid.bounds)):
        if _are_apart(bounds, needed):
            raise InputError(
                f"covers {_say_bounds(bounds)}{in_crs}, nothing of the {what} "
                f"{_say_bounds(needed)}",
                where=path,
                fix=f"check CRS and bounds of the file and of the {what}",
            )
    if target.is_geographic and bounds[2] > 180 + abs(declared.transform.a) and west < bounds[0]:
        raise InputError(
            f"its longitudes run from {bounds[0]:g} to {bounds[2]:g}, the grid's from {west:g}: "
            f"the west of the grid would stay empty",
            where=path,
            fix="bring the file to longitudes of -180 to 180",
        )
    if QUANTITIES[spec.quantity].is_extensive:
        return  # Its cells are split among zones as they are.
    if cell_offset(declared, grid) is None and spec.resampling is None:
        cells = f"cells of {abs(declared.transform.a):g} x {abs(declared.transform.e):g}"
        what = f"its {cells} do not coincide with the grid's"
        if not is_of_grid:
            what = f"its {cells} in {_name(declared.crs)} have to be warped to {_name(target)}"
        raise InputError(
            what,
            where=path,
            fix="declare resampling: bilinear, average, mode or nearest",
        )


def check_band(dataset: Any, band: int, path: str) -> None:
    """Check that a band exists.

    Raises
    ------
    InputError
        If the file has fewer bands.
    """
    if band > dataset.count:
        raise InputError(
            f"has {dataset.count} band{'s' * (dataset.count != 1)}, band {band} is asked for",
            where=path,
            fix="correct 'band' on the layer, or the file",
        )


def cell_offset(declared: Declared, grid: Grid) -> tuple[int, int] | None:
    """Return (row, column) of the grid's first cell in the source, or None if cells differ."""
    if not grid.aligned_with(
        declared.transform, declared.width, declared.height, declared.crs.to_wkt()
    ):
        return None
    return grid.offset_of(declared.transform)


def _declared_crs(dataset: Any, spec: LayerSpec, path: str) -> CRS:
    stated = CRS.from_user_input(spec.crs) if spec.crs is not None else None
    found = dataset.crs
    if found is None and stated is None:
        raise InputError(
            "has no CRS", where=path, fix="declare crs on the layer, such as crs: EPSG:4326"
        )
    if found is not None and stated is not None and not same_crs(found.to_wkt(), stated.to_wkt()):
        raise InputError(
            f"its CRS is {_name(found)}, the catalogue says {_name(stated)}",
            where=path,
            fix="correct crs in the catalogue",
        )
    return found or stated


def _declared_nodata(dataset: Any, spec: LayerSpec, path: str) -> NodataCodes:
    if spec.nodata is not None:
        in_file = dataset.nodata
        if in_file is None:
            return spec.nodata
        # What the file calls empty is empty, whatever else the catalogue adds.
        return spec.nodata.model_copy(update={"values": (*spec.nodata.values, float(in_file))})
    if dataset.nodata is None:
        raise InputError(
            "nodata is declared neither in the file nor in the catalogue",
            where=path,
            fix="declare nodata: a code, a range such as '32761..32767', or none if every cell "
            "has data",
        )
    return NodataCodes(values=(float(dataset.nodata),))


def _agreed(
    stated: float | None, of_bands: Sequence[float], neutral: float, key: str, path: str
) -> float:
    """Settle scale or offset: the catalogue's, the file's, or an error when they differ."""
    found = of_bands[0]
    if not math.isfinite(found) or (key == "scale" and found == 0):
        raise InputError(f"its {key} is {found:g}", where=path, fix="correct the file's header")
    if any(other != found for other in of_bands):
        raise InputError(
            f"its bands differ in {key} ({min(of_bands):g} to {max(of_bands):g})",
            where=path,
            fix="give every band the same one, or a file to each",
        )
    if stated is None:
        return float(found)
    if found != neutral and not math.isclose(stated, found, rel_tol=1e-6):
        raise InputError(
            f"its {key} is {found:g}, the catalogue says {stated:g}",
            where=path,
            fix=f"correct {key} in the catalogue, or leave it out to use the file's",
        )
    return stated


def _refuse_unread_masks(dataset: Any, where: str) -> None:
    """Refuse what says otherwise than by a code that cells have no data.

    GDAL turns values outside the valid range of a NetCDF variable into its fill value, and into 0
    where it has none.
    """
    masks = [flag for flags in dataset.mask_flag_enums for flag in flags]
    if MaskFlags.per_dataset in masks:
        raise InputError(
            "has a mask, which is not read",
            where=where,
            fix="write no data into the values instead, as gdalwarp -dstnodata does",
        )
    stated = [name for name in dataset.tags(1) if name in ("valid_min", "valid_max", "valid_range")]
    if stated and dataset.nodata is None:
        raise InputError(
            f"has {' and '.join(stated)}, but no fill value for what lies outside",
            where=where,
            fix="give the variable a _FillValue",
        )


def _bounds_on(declared: Declared, target: CRS, path: str) -> Bounds:
    left, top = declared.transform @ (0, 0)
    right, bottom = declared.transform @ (declared.width, declared.height)
    bounds = (min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    if declared.crs == target:
        return bounds
    try:
        west, south, east, north = transform_bounds(declared.crs, target, *bounds, densify_pts=21)
    except RasterioError as error:
        raise InputError(
            f"cannot be placed on {_name(target)} ({one_line(error)})",
            where=path,
            fix="check crs and bounds",
        ) from None
    return west, south, east, north


def _name(crs: CRS) -> str:
    """Name a CRS by its authority, else by its title: a WKT fills a page."""
    authority = crs.to_authority()
    if authority is not None:
        return ":".join(authority)
    return repr(pyproj.CRS.from_user_input(crs.to_wkt()).name)


def _are_apart(first: Bounds, second: Bounds) -> bool:
    west, south = max(first[0], second[0]), max(first[1], second[1])
    return west >= min(first[2], second[2]) or south >= min(first[3], second[3])


def _say_bounds(bounds: Bounds) -> str:
    return "[" + ", ".join(f"{value:g}" for value in bounds) + "]"


def one_line(error: BaseException) -> str:
    """Say an error in one line; rasterio keeps GDAL's own words in its cause."""
    while error.__cause__ is not None:
        error = error.__cause__
    return " ".join(str(error).split())[:200]
