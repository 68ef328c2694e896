"""Boundaries for dbt: cities made one province, and outlines that a map can draw."""

from __future__ import annotations

import duckdb
import shapely
from dbt.adapters.duckdb.plugins import BasePlugin

#: Decimals of a degree that are kept: 0.1 m.
_DECIMALS = 6
_OUTLINE_DECIMALS = 4  # about 10 m
#: Side of the square, as a share of the wider side of all shapes, below whose area a corner and
#: its two neighbours span too little to be kept in an outline.
OUTLINE_RATIO = 1 / 2000


def boundary_union(boundaries: list[str]) -> str | None:
    """Unite polygons that touch.

    Parameters
    ----------
    boundaries : list of str
        Well-known text in longitude and latitude.

    Returns
    -------
    str or None
        Well-known text of a polygon or multipolygon; None where nothing with an area is left.

    Examples
    --------
    >>> halves = ["POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))", "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))"]
    >>> shapely.from_wkt(boundary_union(halves)).area
    2.0
    """
    shapes = shapely.make_valid(shapely.from_wkt(boundaries))
    return _text(shapely.union_all(shapes), _DECIMALS)


def boundary_outlines(boundaries: list[str]) -> list[str | None]:
    """Leave out corners that a map does not show; neighbours keep their common border.

    Parameters
    ----------
    boundaries : list of str
        Well-known text in longitude and latitude, of places that do not overlap.

    Returns
    -------
    list of str or None
        The same places, with fewer corners.

    Examples
    --------
    >>> (outline,) = boundary_outlines(["POLYGON ((0 0, 0.5 0.0000001, 1 0, 1 1, 0 1, 0 0))"])
    >>> len(outline.split(","))
    5
    """
    shapes = shapely.make_valid(shapely.from_wkt(boundaries))
    west, south, east, north = shapely.total_bounds(shapes)
    tolerance = max(east - west, north - south) * OUTLINE_RATIO
    return [
        _text(shape, _OUTLINE_DECIMALS) for shape in shapely.coverage_simplify(shapes, tolerance)
    ]


def _text(shape: shapely.Geometry, decimals: int) -> str | None:
    polygons = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    if not polygons:
        return None
    whole = polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)
    return str(shapely.to_wkt(whole, rounding_precision=decimals))


class Plugin(BasePlugin):
    """The dbt-duckdb plugin that registers the functions of boundaries."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Register the functions on the connection that dbt opened."""
        conn.create_function("boundary_union", boundary_union, ["VARCHAR[]"], "VARCHAR")
        conn.create_function("boundary_outlines", boundary_outlines, ["VARCHAR[]"], "VARCHAR[]")
