"""City polygons, made light enough for a page: simplified together, so that borders still meet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import mapping
from shapely.geometry.polygon import orient

# More corners than this cannot be told apart on a screen, and cost time on a phone.
MAXIMUM_CORNERS = 24_000
DECIMALS = 3  # of a degree: about 100 m
PINHOLE_DEGREES2 = 2e-3  # about 20 km2

Geometries = npt.NDArray[Any]


def read_boundaries(wkt: Sequence[str]) -> Geometries:
    """Read polygons and simplify them together.

    Parameters
    ----------
    wkt : sequence of str
        One polygon or multipolygon for each place, longitude and latitude in degrees.

    Returns
    -------
    numpy array of shapely geometries, shape (len(wkt),)
        With at most ``MAXIMUM_CORNERS`` corners together if simplification can reach that.
        Neighbours keep their common border, since it is simplified once
        (``shapely.coverage_simplify``).

    Examples
    --------
    >>> square, beside = read_boundaries(
    ...     ["POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"])
    >>> square.touches(beside)
    True
    """
    shapes = shapely.make_valid(shapely.from_wkt(list(wkt)))
    shapes = np.array([_only_areas(shape) for shape in shapes], dtype=object)
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance = max(east - west, north - south) / 2000
    simple = shapes
    while shapely.get_num_coordinates(simple).sum() > MAXIMUM_CORNERS:
        simple = shapely.coverage_simplify(shapes, tolerance)
        tolerance *= 1.5
        if tolerance > (east - west):
            break
    return np.asarray(simple)


def dissolve(shapes: Geometries, groups: Sequence[str | None]) -> dict[str, Any]:
    """Unite the polygons of each group.

    Parameters
    ----------
    shapes : array of geometries, shape (n,)
        From :func:`read_boundaries`.
    groups : sequence of str or None, length n
        The group of each polygon; None belongs to no group.

    Returns
    -------
    dict
        Geometry by group, in the order of the groups' names.
    """
    united: dict[str, Any] = {}
    for group in sorted({group for group in groups if group is not None}):
        members = [shape for shape, own in zip(shapes, groups, strict=True) if own == group]
        # A hair's breadth closes the slivers of polygons that do not quite meet.
        merged = shapely.union_all(shapely.set_precision(members, 10.0**-DECIMALS))
        united[group] = _without_pinholes(_only_areas(shapely.make_valid(merged)))
    return united


def geojson(shape: Any) -> dict[str, Any]:
    """Write a geometry as D3 wants it.

    Parameters
    ----------
    shape : shapely geometry
        A polygon or multipolygon, in degrees.

    Returns
    -------
    dict
        GeoJSON geometry with rounded coordinates. Outer rings run clockwise: on D3's sphere the
        other way round would be the whole world without the polygon.
    """
    parts = [orient(part, -1.0) for part in shapely.get_parts(shape) if not part.is_empty]
    coordinates = [
        [
            [[round(x, DECIMALS), round(y, DECIMALS)] for x, y in ring]
            for ring in mapping(part)["coordinates"]
        ]
        for part in parts
    ]
    if len(coordinates) == 1:
        return {"type": "Polygon", "coordinates": coordinates[0]}
    return {"type": "MultiPolygon", "coordinates": coordinates}


def view_of(shapes: Geometries) -> dict[str, float]:
    """Where to stand to see all shapes.

    Parameters
    ----------
    shapes : array of geometries
        In degrees.

    Returns
    -------
    dict
        ``longitude`` and ``latitude`` of the centre in degrees, and ``aspect``, the height of the
        map over its width in an equal-area projection about that centre.
    """
    west, south, east, north = (float(bound) for bound in shapely.total_bounds(shapes))
    latitude = (south + north) / 2
    wide = max((east - west) * float(np.cos(np.radians(latitude))), 1e-9)
    aspect = min(max((north - south) / wide, 0.35), 1.6)
    return {
        "longitude": round((west + east) / 2, 3),
        "latitude": round(latitude, 3),
        "aspect": round(aspect, 3),
    }


def _without_pinholes(shape: Any) -> Any:
    """Fill what remains between neighbours that were digitised apart; enclaves are larger."""
    return shapely.MultiPolygon(
        [
            shapely.Polygon(
                part.exterior,
                [ring for ring in part.interiors if shapely.Polygon(ring).area > PINHOLE_DEGREES2],
            )
            for part in shapely.get_parts(shape)
        ]
    )


def _only_areas(shape: Any) -> Any:
    """Drop the lines and points that mending a polygon can leave behind."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(areas)
