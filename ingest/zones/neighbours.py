"""Which zones border on which: the edges of every spatial statistic."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import shapely
from pyproj import Geod

from ingest.zones.polygons import (
    METRES_PER_DEGREE,
    GeometryArray,
    Zones,
    reproject,
)

EARTH = Geod(ellps="WGS84")
# Zones this near each other touch: digitising and reprojection open gaps of that size.
CONTACT_M = 1.0
CONTIGUITY = "contiguity"
ATTACHMENT = "attachment"


def neighbours(zones: Zones) -> pa.Table:
    """Return the pairs of zones that share an edge or a corner, with no zone left alone.

    Queen contiguity: two zones are neighbours when they come within a metre of each other. A zone
    without any (an island) is attached to the zone nearest to it by geodesic distance, in both
    directions; leave out ``contact = 'attachment'`` to keep islands alone.

    Parameters
    ----------
    zones : Zones
        At least two zones, or the table is empty.

    Returns
    -------
    pyarrow.Table
        ``city_id``, ``neighbour_id``, ``contact`` ('contiguity' or 'attachment'), every pair in
        both directions, ordered by the position of the zones.

    Examples
    --------
    Two squares and an islet to the east of them:

    >>> import geopandas as gpd
    >>> from ingest.catalogue.grid import Grid
    >>> from ingest.zones.polygons import zones_from_frame
    >>> squares = [shapely.box(west, 0, west + 1, 1) for west in (0, 1, 3)]
    >>> frame = gpd.GeoDataFrame({"id": ["a", "b", "c"]}, geometry=squares, crs="EPSG:4326")
    >>> grid = Grid.from_spec("EPSG:4326", 1, (0, 0, 4, 1))
    >>> table = neighbours(zones_from_frame(frame, id="id", name="id", grid=grid))
    >>> for row in table.to_pylist():
    ...     print(*row.values())
    a b contiguity
    b a contiguity
    b c attachment
    c b attachment
    """
    geometry = zones.geometry_degrees
    contact: dict[tuple[int, int], str] = {}
    tree = shapely.STRtree(geometry)
    pairs = tree.query(geometry, predicate="dwithin", distance=CONTACT_M / METRES_PER_DEGREE)
    for first, second in pairs.T.tolist():
        if first != second:
            contact[first, second] = CONTIGUITY
    met = {first for first, _ in contact}
    for island in range(len(zones)):
        if island not in met and len(zones) > 1:
            nearest = _nearest(island, geometry, tree)
            contact.setdefault((island, nearest), ATTACHMENT)
            contact.setdefault((nearest, island), ATTACHMENT)
    order = sorted(contact)
    return pa.table(
        {
            "city_id": pa.array([zones.ids[first] for first, _ in order], pa.string()),
            "neighbour_id": pa.array([zones.ids[second] for _, second in order], pa.string()),
            "contact": pa.array([contact[pair] for pair in order], pa.string()),
        }
    )


def distance_km(first: shapely.Geometry, second: shapely.Geometry) -> float:
    """Return the geodesic distance between the nearest points of two geometries.

    The nearest points are sought in an azimuthal equidistant plane centred between the two, where
    distances of 300 km are true to 0.04 %; the length between them is then exact.

    Parameters
    ----------
    first, second : shapely geometry
        In WGS 84 longitude and latitude.

    Returns
    -------
    float
        Kilometres.

    Examples
    --------
    One degree along the equator:

    >>> round(distance_km(shapely.box(0, -1, 1, 1), shapely.box(2, -1, 3, 1)), 1)
    111.3
    """
    middle = shapely.line_interpolate_point(
        shapely.shortest_line(first, second), 0.5, normalized=True
    )
    plane = f"+proj=aeqd +lon_0={middle.x!r} +lat_0={middle.y!r} +datum=WGS84 +units=m"
    flat = reproject(np.array([first, second], dtype=object), "EPSG:4326", plane)
    line = shapely.shortest_line(flat[0], flat[1])
    back = reproject(np.array([line], dtype=object), plane, "EPSG:4326")
    (west, south), (east, north) = shapely.get_coordinates(back)
    return float(EARTH.inv(west, south, east, north)[2]) / 1000


def _nearest(island: int, geometry: GeometryArray, tree: shapely.STRtree) -> int:
    """Position of the zone nearest to an island; ties go to the first in the file."""
    one = geometry[island]
    # Degrees shrink towards the poles, so the nearest in degrees only bounds the true distance:
    # every zone within that distance is measured.
    guess = tree.query_nearest(one, exclusive=True, all_matches=False)
    bound = distance_km(one, geometry[int(guess[0])]) * 1.01
    west, south, east, north = one.bounds
    tall = bound / 110.5
    polar = min(max(abs(south), abs(north)) + tall, 89.9)
    wide = bound / (111.3 * math.cos(math.radians(polar)))
    near = tree.query(shapely.box(west - wide, south - tall, east + wide, north + tall))
    candidates = sorted({int(index) for index in near} - {island} | {int(guess[0])})
    return min(candidates, key=lambda index: distance_km(one, geometry[index]))
