"""Polygons of any vector file, checked and fixed, as the zones that cells are summed over."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS, Geod, Transformer

from ingest.catalogue.catalogue import ZoneFile, ZoneSpec
from ingest.catalogue.grid import (
    LONGITUDE_LATITUDE,
    Grid,
    parse_crs,
    same_crs,
)
from ingest.zones.formats import refuse_foreign
from workspace.arrays import Float
from workspace.errors import InputError
from workspace.files import GDAL_STAYS_HERE

# The GDAL of this library, for the whole process: polygons lie on this machine.
pyogrio.set_gdal_config_options(dict(GDAL_STAYS_HERE))

#: What libraries raise for a file they cannot make sense of, broken rings included.
_UNREADABLE = (
    DataSourceError,
    DataLayerError,
    ValueError,
    RuntimeError,
    OSError,
    pa.ArrowException,
    shapely.errors.ShapelyError,
)
GeometryArray = NDArray[np.object_]

PARQUET_SUFFIXES = (".parquet", ".geoparquet", ".pq")
# A repair that moves more area than this changed the zone, not its digitising.
REPAIR_LIMIT_RATIO = 0.01
# Straight edges bend when they are projected. Pieces of 2 km stay within 0.1 m of the true curve.
LONGEST_EDGE_M = 2_000.0
# Below this, two zones overlap by the rounding of a projection and nobody needs to hear of it.
ROUNDING_OVERLAP_RATIO = 1e-6
METRES_PER_DEGREE = 111_320.0
BOUNDARY_PRECISION_DEGREE = 1e-4
NAMED_IN_A_LINE = 5


def read_zones(spec: ZoneSpec, grid: Grid) -> Zones:
    """Read zones from a vector file and check everything that zonal sums rely on.

    Parameters
    ----------
    spec : ZoneSpec
        A local file in a format of `ingest.zones.formats`, or GeoParquet, and how to read it. Keys
        become text: ``10100``, ``10100.0`` and ``"10100"`` are one, and ``"010100"`` keeps its
        zero.
    grid : Grid
        The target grid; zones are brought into its CRS.

    Returns
    -------
    Zones
        In the order of the file, with a line in `notices` for everything that was changed.

    Raises
    ------
    InputError
        If the file, layer, a column or the CRS is missing or unreadable; if there is no zone, an id
        is empty or repeated; if a geometry is empty, not a polygon, off the earth, off the grid,
        invalid beyond repair, or overlaps another.
    """
    frame = _read_frame(spec)
    if frame.crs is None and spec.crs is None:
        raise InputError(
            "the file states no coordinate reference system",
            where=spec.path,
            fix=f"declare it under {spec.spelt('crs')}, for instance EPSG:4326",
        )
    if frame.crs is None:
        frame = frame.set_crs(parse_crs(cast(str, spec.crs)))
    elif spec.crs is not None and not same_crs(frame.crs, parse_crs(spec.crs)):
        raise InputError(
            f"{spec.spelt('crs')} says {spec.crs}, the file says {_crs_label(frame.crs)}",
            where=spec.path,
            fix=f"remove {spec.spelt('crs')}, or correct the file",
        )
    return zones_from_frame(frame, spec, grid)


def zones_from_frame(frame: gpd.GeoDataFrame, spec: ZoneSpec, grid: Grid) -> Zones:
    """Check a table of polygons and turn it into zones; the part of `read_zones` after reading.

    Parameters
    ----------
    frame : geopandas.GeoDataFrame
        Polygons with a CRS.
    spec : ZoneSpec
        Its columns; messages call it by its path.
    grid : Grid
        As in `read_zones`.

    Returns
    -------
    Zones
        In the order of the table.

    Raises
    ------
    InputError
        As in `read_zones`.

    Examples
    --------
    Two fields side by side, one cell of the grid each:

    >>> frame = gpd.GeoDataFrame(
    ...     {"code": [1, 2], "label": ["West", "East"]},
    ...     geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)],
    ...     crs="EPSG:4326",
    ... )
    >>> spec = ZoneSpec(path="fields", source="drawn", id="code", name="label")
    >>> zones = zones_from_frame(frame, spec, Grid.from_spec("EPSG:4326", 1, (0, 0, 2, 1)))
    >>> zones.ids, zones.area_km2.round(1).tolist(), zones.notices
    (('1', '2'), [12308.5, 12308.5], ())
    """
    if not len(frame):
        raise InputError(
            "there is no zone", where=spec.path, fix=f"check the file and {spec.spelt('where')}"
        )
    ids = _read_ids(frame[spec.id], spec)
    notices: list[str] = []
    names = _read_names(frame[spec.name], ids, spec, notices)
    parents = _read_optional(frame, spec.parent)
    if spec.parent is not None:
        orphans = [key for key, value in zip(ids, parents, strict=True) if value is None]
        if orphans:
            notices.append(f"{spec.path}: no {spec.parent!r} for {_listing(orphans)}")

    raw = np.asarray(frame.geometry.array, dtype=object)
    _refuse_unless_polygons(raw, ids, spec)
    geometry = _into_grid_crs(shapely.force_2d(raw), frame.crs, grid, ids, spec, notices)
    geometry = _repair(geometry, ids, spec, notices)
    _check_extent(geometry, grid, ids, spec, notices)
    overlap = _check_overlaps(geometry, ids, names, spec, notices)

    degrees = geometry
    if not same_crs(grid.crs, LONGITUDE_LATITUDE):
        degrees = reproject(geometry, grid.crs, LONGITUDE_LATITUDE)
    points = shapely.centroid(degrees)
    inside = shapely.contains(degrees, points)
    points = np.where(inside, points, shapely.point_on_surface(degrees))
    digest = hashlib.sha256()
    # Formats turn rings one way or the other: one zone, one hash.
    canonical = shapely.to_wkb(shapely.normalize(geometry), byte_order=1)
    for key, wkb in zip(ids, canonical, strict=True):
        digest.update(key.encode() + b"\0" + wkb)
    return Zones(
        ids=ids,
        names=names,
        names_local=_read_optional(frame, spec.name_local),
        parents=parents,
        geometry=geometry,
        geometry_degrees=degrees,
        area_km2=geodesic_areas_km2(degrees),
        longitude=shapely.get_x(points),
        latitude=shapely.get_y(points),
        boundary_wkt=_boundary_wkt(degrees),
        overlap=overlap,
        notices=tuple(notices),
        crs=_crs_label(frame.crs),
        content_hash=digest.hexdigest(),
    )


def reproject(geometry: GeometryArray, source: Any, target: Any) -> GeometryArray:
    """Transform the vertices of geometries, in the order x = east and y = north on both sides.

    Parameters
    ----------
    geometry : ndarray of shapely geometries
        In `source`.
    source, target : str or pyproj.CRS
        Coordinate reference systems.

    Returns
    -------
    ndarray of shapely geometries
        In `target`; coordinates outside its domain become infinite.

    Examples
    --------
    >>> point = reproject(np.array([shapely.Point(180, 0)]), "EPSG:4326", "EPSG:3857")[0]
    >>> round(point.x, 3)
    20037508.343
    """
    transformer = Transformer.from_crs(source, target, always_xy=True)

    def move(points: Float) -> Float:
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1]))

    moved: GeometryArray = shapely.transform(geometry, move)
    return moved


def geodesic_areas_km2(geometry: GeometryArray) -> Float:
    """Return the areas of polygons on the WGS 84 ellipsoid.

    Edges are cut at 0.1 degree first, so that an edge along a parallel stays on it: a geodesic
    between its ends would bow towards the pole (Karney 2013, as implemented by PROJ).

    Parameters
    ----------
    geometry : ndarray of shapely polygons, shape (n,)
        In longitude and latitude, degrees.

    Returns
    -------
    ndarray of float64, shape (n,)
        Areas, km2.

    Examples
    --------
    >>> geodesic_areas_km2(np.array([shapely.box(0, 60, 1, 61)])).round(2).tolist()
    [6123.14]
    """
    earth = Geod(ellps="WGS84")
    oriented = shapely.orient_polygons(shapely.segmentize(geometry, 0.1))
    areas = [abs(earth.geometry_area_perimeter(one)[0]) / 1e6 for one in oriented]
    return np.array(areas, dtype=np.float64)


def column_names(spec: ZoneFile) -> list[str]:
    """Name the columns of a vector file, without reading its polygons.

    Parameters
    ----------
    spec : ZoneFile
        The file; its columns need not be declared yet.

    Returns
    -------
    list of str
        In the order of the file, without the geometry.

    Raises
    ------
    InputError
        If the file is missing or unreadable, or has several layers and none is chosen.
    """
    file = _existing(spec)
    try:
        if file.suffix.lower() in PARQUET_SUFFIXES:
            return [name for name in pq.read_schema(file).names if name != "geometry"]
        refuse_foreign(file)
        return _fields(spec, _choose_layer(spec))
    except _UNREADABLE as error:
        raise _unreadable(spec, error) from error


def _existing(spec: ZoneFile) -> Path:
    file = Path(spec.path)
    if not file.exists():
        raise InputError(
            "there is no such file", where=spec.path, fix=f"correct {spec.spelt('path')}"
        )
    return file


def _fields(spec: ZoneFile, layer: str) -> list[str]:
    info = pyogrio.read_info(spec.path, layer=layer, encoding=spec.encoding)
    return [str(name) for name in info["fields"]]


def _read_frame(spec: ZoneSpec) -> gpd.GeoDataFrame:
    """Read the named columns and the geometry of one layer."""
    file, columns = _existing(spec), spec.columns
    if file.suffix.lower() in PARQUET_SUFFIXES:
        if spec.where is not None:
            raise InputError(
                f"{spec.spelt('where')} is not read for GeoParquet",
                where=spec.path,
                fix="filter the file beforehand, or convert it to GeoPackage",
            )
        try:
            frame = gpd.read_parquet(file)
        except _UNREADABLE as error:
            raise _unreadable(spec, error) from error
        _refuse_missing_columns(columns, frame.columns, file)
        return frame
    refuse_foreign(file)
    _refuse_query(spec.where, file)
    try:
        layer = _choose_layer(spec)
        _refuse_missing_columns(columns, _fields(spec, layer), file)
        return pyogrio.read_dataframe(
            file, layer=layer, columns=list(columns), where=spec.where, encoding=spec.encoding
        )
    except UnicodeDecodeError as error:
        raise InputError(
            f"its text is not in the encoding it was read with ({error.encoding})",
            where=spec.path,
            fix=f"declare {spec.spelt('encoding')}, for instance gbk",
        ) from error
    except LookupError as error:  # what Python says of an encoding
        raise InputError(
            f"{spec.encoding!r} is no encoding", where=spec.path, fix="name one, such as gbk"
        ) from error
    except _UNREADABLE as error:
        raise _unreadable(spec, error) from error


def _choose_layer(spec: ZoneFile) -> str:
    layers = pyogrio.list_layers(spec.path)
    spatial = [str(title) for title, kind in layers if kind is not None]
    if spec.layer is None and len(spatial) == 1:
        return spatial[0]
    if spec.layer in spatial:
        return spec.layer
    if not spatial:
        raise InputError(
            "the file has no layer with geometries",
            where=spec.path,
            fix="give a file of polygons",
        )
    what = f"it has no layer {spec.layer!r}" if spec.layer else f"it has {len(spatial)} layers"
    raise InputError(
        what, where=spec.path, fix=f"set {spec.spelt('layer')} to one of: {', '.join(spatial)}"
    )


def _refuse_query(where: str | None, file: Path) -> None:
    """Refuse a condition that holds a query, which may run for ever; text in quotes may say so."""
    if where and re.search(
        r"\b(select|with|values)\b", re.sub("'[^']*'", "", where), re.IGNORECASE
    ):
        raise InputError(
            "zones.where holds a query",
            where=str(file),
            fix="compare columns with values: province = '530000'",
        )


def _refuse_missing_columns(wanted: Iterable[str], present: Iterable[str], file: Path) -> None:
    there = [str(column) for column in present]
    missing = [column for column in wanted if column not in there]
    if missing:
        raise InputError(
            f"it has no column {', '.join(map(repr, missing))}",
            where=str(file),
            fix=f"choose among: {', '.join(column for column in there if column != 'geometry')}",
        )


def _unreadable(spec: ZoneFile, error: Exception) -> InputError:
    reason = " ".join(str(error).split()).removesuffix(".")
    return InputError(
        f"it cannot be read: {reason}",
        where=spec.path,
        fix=f"check that it is a complete vector file, and {spec.spelt('where')} if it is set",
    )


def _or_left_out(fix: str, spec: ZoneSpec) -> str:
    return f"{fix}, or leave those records out with {spec.spelt('where')}"


def _text(value: Any) -> str | None:
    """Text of a key or a name; None where there is none. 10100 and 10100.0 are both '10100'."""
    if value is None or (np.isscalar(value) and pd.isna(cast(Any, value))) or value is pd.NA:
        return None
    if isinstance(value, float | np.floating) and float(value).is_integer():
        value = int(value)
    return str(value).strip() or None


def _read_ids(column: pd.Series, spec: ZoneSpec) -> tuple[str, ...]:
    texts = [_text(value) for value in column]
    empty = [str(row + 1) for row, text in enumerate(texts) if text is None]
    if empty:
        raise InputError(
            f"{column.name!r} is empty in {_listing(empty, 'record')}",
            where=spec.path,
            fix=_or_left_out("give every zone an id", spec),
        )
    ids = tuple(cast(list[str], texts))
    if column.dtype.kind == "f":
        broken = [text for text in ids if not text.lstrip("-").isdigit()]
        if broken:
            raise InputError(
                f"{column.name!r} holds numbers that are not whole: {_listing(broken)}",
                where=spec.path,
                fix="choose a column of codes",
            )
    repeated = [key for key, count in Counter(ids).items() if count > 1]
    if repeated:
        raise InputError(
            f"{column.name!r} repeats {_listing(repeated)}",
            where=spec.path,
            fix="merge the polygons of one zone into a multipolygon, or choose another column",
        )
    return ids


def _read_names(
    column: pd.Series, ids: tuple[str, ...], spec: ZoneSpec, notices: list[str]
) -> tuple[str, ...]:
    texts = [_text(value) for value in column]
    nameless = [key for key, text in zip(ids, texts, strict=True) if text is None]
    if nameless:
        notices.append(
            f"{spec.path}: no {column.name!r} for {_listing(nameless)}; its id stands in"
        )
    return tuple(text or key for key, text in zip(ids, texts, strict=True))


def _read_optional(frame: gpd.GeoDataFrame, column: str | None) -> tuple[str | None, ...]:
    if column is None:
        return (None,) * len(frame)
    return tuple(_text(value) for value in frame[column])


def _refuse_unless_polygons(geometry: GeometryArray, ids: tuple[str, ...], spec: ZoneSpec) -> None:
    empty = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    if empty.any():
        raise InputError(
            f"no geometry for {_listing(_pick(ids, empty))}",
            where=spec.path,
            fix=_or_left_out("give every zone a polygon", spec),
        )
    kinds = shapely.get_type_id(geometry)
    wrong = (kinds != shapely.GeometryType.POLYGON) & (kinds != shapely.GeometryType.MULTIPOLYGON)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"{_listing(_pick(ids, wrong))}: {geometry[first].geom_type} is not a polygon",
            where=spec.path,
            fix="give a layer of polygons",
        )


def _into_grid_crs(
    geometry: GeometryArray,
    crs: CRS,
    grid: Grid,
    ids: tuple[str, ...],
    spec: ZoneSpec,
    notices: list[str],
) -> GeometryArray:
    """Bring polygons into the CRS of the grid, with their long edges cut first."""
    if crs.is_geographic:
        bounds = shapely.bounds(geometry)
        off = (np.abs(bounds[:, [1, 3]]) > 90).any(axis=1) | (np.abs(bounds[:, [0, 2]]) > 360).any(
            axis=1
        )
        off |= ~np.isfinite(bounds).all(axis=1)
        if off.any():
            raise InputError(
                f"{_listing(_pick(ids, off))}: coordinates are no degrees of "
                f"{_crs_label(crs)}, for instance {bounds[off][0].round(1).tolist()}",
                where=spec.path,
                fix="correct the coordinate reference system of the file",
            )
    if same_crs(crs, grid.crs):
        return geometry
    unit = 1 / METRES_PER_DEGREE if crs.is_geographic else _per_metre(crs)
    moved = reproject(shapely.segmentize(geometry, LONGEST_EDGE_M * unit), crs, grid.crs)
    lost = ~np.isfinite(shapely.bounds(moved)).all(axis=1)
    if lost.any():
        raise InputError(
            f"{_listing(_pick(ids, lost))} cannot be expressed in {grid.crs}",
            where=spec.path,
            fix="correct the coordinate reference system of the file, or change grid.crs",
        )
    target = _crs_label(parse_crs(grid.crs))
    notices.append(f"{spec.path}: transformed from {_crs_label(crs)} to {target}")
    return moved


def _repair(
    geometry: GeometryArray, ids: tuple[str, ...], spec: ZoneSpec, notices: list[str]
) -> GeometryArray:
    """Make invalid polygons valid where that hardly moves area."""
    invalid = np.flatnonzero(~shapely.is_valid(geometry))
    if not invalid.size:
        return geometry
    fixed = geometry.copy()
    for index in invalid:
        before = float(shapely.area(geometry[index]))
        reason = shapely.is_valid_reason(geometry[index]).split("[")[0]
        fixed[index] = shapely.make_valid(geometry[index], method="structure", keep_collapsed=False)
        after = float(shapely.area(fixed[index]))
        change = abs(after - before) / before if before > 0 else np.inf
        if change > REPAIR_LIMIT_RATIO or shapely.is_empty(fixed[index]):
            raise InputError(
                f"{ids[index]}: invalid polygon ({reason}), and its repair changes the area "
                + (f"by {change:.2%}" if np.isfinite(change) else f"from 0 to {after:.6g}"),
                where=spec.path,
                fix="fix the polygon in a GIS",
            )
        notices.append(f"{spec.path}: repaired {ids[index]} ({reason}), area change {change:.6%}")
    return fixed


def _check_extent(
    geometry: GeometryArray, grid: Grid, ids: tuple[str, ...], spec: ZoneSpec, notices: list[str]
) -> None:
    """Refuse zones off the grid; name those that reach over its edge."""
    west, south, east, north = grid.bounds
    bounds = shapely.bounds(geometry)
    slack = 1e-6 * min(grid.resolution)
    lower = np.array([west, south]) - slack
    upper = np.array([east, north]) + slack
    beyond = (bounds[:, :2] < lower).any(axis=1) | (bounds[:, 2:] > upper).any(axis=1)
    if not beyond.any():
        return
    over = np.flatnonzero(beyond)
    whole = shapely.area(geometry[over])
    inside = shapely.area(shapely.intersection(geometry[over], shapely.box(*grid.bounds)))
    off = inside <= 0
    if off.any():
        box = [round(float(edge), 6) for edge in bounds[over[off]][0]]
        raise InputError(
            f"{_listing([ids[index] for index in over[off]])} outside the grid "
            f"{[float(edge) for edge in grid.bounds]}: the first spans {box}",
            where=spec.path,
            fix=f"widen grid.bounds, leave them out with {spec.spelt('where')}, or correct the CRS",
        )
    shares = [
        f"{ids[index]} ({1 - part / total:.2%})"
        for index, part, total in zip(over, inside, whole, strict=True)
    ]
    notices.append(f"{spec.path}: partly outside the grid: {_listing(shares)}")


def _check_overlaps(
    geometry: GeometryArray,
    ids: tuple[str, ...],
    names: tuple[str, ...],
    spec: ZoneSpec,
    notices: list[str],
) -> float:
    """Refuse overlaps above the tolerance; return the total of the smaller ones."""
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    first, second = first[first < second], second[first < second]
    # Most pairs only touch, which a relation tells without building their intersection.
    overlapping = shapely.relate_pattern(geometry[first], geometry[second], "T********")
    first, second = first[overlapping], second[overlapping]
    if not first.size:
        return 0.0
    areas = shapely.area(geometry)
    common = shapely.area(shapely.intersection(geometry[first], geometry[second]))
    ratios = common / np.minimum(areas[first], areas[second])
    order = np.argsort(-ratios, kind="stable")
    pairs = [
        f"{ids[a]} {names[a]} and {ids[b]} {names[b]} ({100 * ratio:.4g} % of the smaller)"
        for a, b, ratio in zip(first[order], second[order], ratios[order], strict=True)
    ]
    above = int((ratios > spec.overlap_tolerance).sum())
    if above:
        raise InputError(
            f"zones overlap: {_listing(pairs[:above], 'pair')}",
            where=spec.path,
            fix=f"cut them apart, or raise {spec.spelt('overlap_tolerance')} "
            f"above {ratios.max():.2g}",
        )
    told = int((ratios > ROUNDING_OVERLAP_RATIO).sum())
    if told:
        notices.append(f"{spec.path}: small overlaps kept: {_listing(pairs[:told], 'pair')}")
    return float(common.sum())


def _boundary_wkt(geometry: GeometryArray) -> tuple[str, ...]:
    """Outline of each zone to four decimals, about 10 m; whole islets smaller than that go."""
    rounded = shapely.set_precision(geometry, BOUNDARY_PRECISION_DEGREE)
    kept = np.where(shapely.is_empty(rounded), geometry, rounded)
    return tuple(shapely.to_wkt(kept, rounding_precision=4, trim=True).tolist())


def _pick(ids: tuple[str, ...], mask: Any) -> list[str]:
    return [ids[index] for index in np.flatnonzero(mask)]


def _listing(values: Sequence[str], noun: str = "zone") -> str:
    """Spell out the first few values: 'zones a, b and 7 more'."""
    shown = ", ".join(values[:NAMED_IN_A_LINE])
    more = len(values) - NAMED_IN_A_LINE
    plural = noun if len(values) == 1 else f"{noun}s"
    return f"{plural} {shown} and {more} more" if more > 0 else f"{plural} {shown}"


def _per_metre(crs: CRS) -> float:
    return 1 / float(crs.axis_info[0].unit_conversion_factor)


def _crs_label(crs: CRS) -> str:
    authority = crs.to_authority()
    if authority:
        return ":".join(authority)
    return str(crs.name) if crs.name != "unknown" else str(crs.to_string())


@dataclass(frozen=True, eq=False)
class Zones:
    """Non-overlapping polygons with keys and names; every tuple and array has one entry a zone.

    Parameters
    ----------
    ids : tuple of str
        Unique keys.
    names : tuple of str
        Names; the id where the file has none.
    names_local, parents : tuple of str or None
        Names in the local language, and keys or names of the unit above.
    geometry, geometry_degrees : ndarray of shapely polygons
        In the CRS of the grid, and in WGS 84 longitude and latitude.
    area_km2 : ndarray of float64
        Geodesic area, km2.
    longitude, latitude : ndarray of float64
        Centroid, or a point inside where the centroid lies outside the zone; degrees.
    boundary_wkt : tuple of str
        Outline in degrees, to 1e-4.
    overlap : float
        Total of the tolerated overlaps, in squared units of the grid's CRS.
    notices : tuple of str
        One line for everything that was fixed, dropped or noticed.
    crs : str
        Of the file they came from.
    content_hash : str
        SHA-256 of ids and geometries in the CRS of the grid.
    """

    ids: tuple[str, ...]
    names: tuple[str, ...]
    names_local: tuple[str | None, ...]
    parents: tuple[str | None, ...]
    geometry: GeometryArray
    geometry_degrees: GeometryArray
    area_km2: Float
    longitude: Float
    latitude: Float
    boundary_wkt: tuple[str, ...]
    overlap: float
    notices: tuple[str, ...]
    crs: str
    content_hash: str

    def __len__(self) -> int:
        return len(self.ids)
