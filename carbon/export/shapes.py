"""Shapes of cities and provinces as GeoParquet (full) and GeoJSON (simplified), in WGS84."""

from __future__ import annotations

from pathlib import Path

import duckdb
import geopandas as gpd
import numpy as np
import shapely

from carbon.boundaries import OUTLINE_RATIO

CRS = "EPSG:4326"
DECIMALS = 5  # of a degree: about 1 m

_CITIES = """
select cities.*, boundaries.boundary_wkt
from marts.dim_cities as cities
inner join marts.dim_boundaries as boundaries
    on boundaries.entity_level = 'city' and boundaries.entity_id = cities.city_id
order by cities.city_id
"""
_PROVINCES = "select * from marts.dim_provinces order by province_id"


def city_shapes(connection: duckdb.DuckDBPyConnection) -> gpd.GeoDataFrame:
    """Read the cities with their boundary as it was ingested.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open on the published file.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of ``dim_cities`` and the polygon, one row a city.
    """
    frame = connection.execute(_CITIES).df()
    geometry = shapely.make_valid(shapely.from_wkt(frame.pop("boundary_wkt").to_numpy()))
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=CRS)


def province_shapes(
    connection: duckdb.DuckDBPyConnection, cities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Unite the cities of each province.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open on the published file.
    cities : geopandas.GeoDataFrame
        From `city_shapes`, simplified or not.

    Returns
    -------
    geopandas.GeoDataFrame
        Columns of ``dim_provinces`` and the polygon, one row a province that has cities.
    """
    united = cities[["province_id", "geometry"]].dissolve("province_id")
    frame = connection.execute(_PROVINCES).df()
    merged = frame.merge(united, left_on="province_id", right_index=True)
    return gpd.GeoDataFrame(merged, geometry="geometry", crs=CRS)


def simplified(cities: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Leave out corners that a map on a page does not show; neighbours keep their common border.

    Parameters
    ----------
    cities : geopandas.GeoDataFrame
        Polygons in degrees.

    Returns
    -------
    geopandas.GeoDataFrame
        The same rows, with fewer corners.
    """
    west, south, east, north = cities.total_bounds
    tolerance = max(east - west, north - south) * OUTLINE_RATIO
    shapes = shapely.coverage_simplify(cities.geometry.to_numpy(), tolerance)
    return cities.set_geometry(gpd.GeoSeries(np.asarray(shapes), index=cities.index, crs=CRS))


def write_geoparquet(shapes: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoParquet 1.1 with the box of each row, by which readers skip what they need not."""
    shapes.to_parquet(
        path, index=False, compression="zstd", schema_version="1.1.0", write_covering_bbox=True
    )


def write_geojson(shapes: gpd.GeoDataFrame, path: Path) -> None:
    """Write GeoJSON as RFC 7946 has it: WGS84, the box of each shape, rounded coordinates."""
    shapes.to_file(
        path,
        driver="GeoJSON",
        RFC7946="YES",
        WRITE_BBOX="YES",
        COORDINATE_PRECISION=DECIMALS,
        WRITE_NAME="NO",
    )
