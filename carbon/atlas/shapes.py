"""City polygons, made light enough for a page: simplified together, so that borders still meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

# More corners than this cannot be told apart on a screen, and cost time on a phone.
MAXIMUM_CORNERS = 24_000
# Fewer corners than this for each place are stick figures.
CORNERS_OF_A_PLACE = 16
DRAWING_WIDTH = 4000  # units; one is about 1 km of China
LARGE_PART_RATIO = 2e-4  # of all land: what must be on the map itself
PRECISION_DEGREES = 1e-3  # about 100 m
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
        With at most ``MAXIMUM_CORNERS`` corners together, or ``CORNERS_OF_A_PLACE`` for each
        place, if simplification can reach that.
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
    most = max(MAXIMUM_CORNERS, CORNERS_OF_A_PLACE * len(shapes))
    while shapely.get_num_coordinates(simple).sum() > most:
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
        merged = shapely.union_all(shapely.set_precision(members, PRECISION_DEGREES))
        united[group] = _without_pinholes(_only_areas(shapely.make_valid(merged)))
    return united


def project(shapes: Geometries) -> tuple[Geometries, Centre]:
    """Lay shapes flat, in an equal-area projection about their middle.

    Parameters
    ----------
    shapes : array of geometries, shape (n,)
        In degrees, from :func:`read_boundaries`.

    Returns
    -------
    array of geometries, shape (n,), and Centre
        In earth radii, y northwards (Lambert azimuthal equal-area on a sphere), and its centre.

    Examples
    --------
    >>> (square,), _ = project(read_boundaries(["POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0))"]))
    >>> round(float(square.area) / float(np.radians(2)) ** 2, 3)
    1.0
    """
    west, south, east, north = (float(bound) for bound in shapely.total_bounds(shapes))
    centre = Centre(round((west + east) / 2, 3), round((south + north) / 2, 3))
    return np.array([flatten(shape, centre) for shape in shapes], dtype=object), centre


def flatten(shape: Any, centre: Centre) -> Any:
    """Lay one shape flat, about the centre that :func:`project` chose."""
    return shapely.transform(shape, centre.flatten)


@dataclass(frozen=True)
class Centre:
    """Where the projection touches the globe, in degrees."""

    longitude: float
    latitude: float

    def flatten(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Project longitudes and latitudes, shape (n, 2), in degrees, to earth radii."""
        turn = np.radians(places[:, 0] - self.longitude)
        high, middle = np.radians(places[:, 1]), np.radians(self.latitude)
        x = np.cos(high) * np.sin(turn)
        y = np.cos(middle) * np.sin(high) - np.sin(middle) * np.cos(high) * np.cos(turn)
        facing = np.sin(middle) * np.sin(high) + np.cos(middle) * np.cos(high) * np.cos(turn)
        stretch = np.sqrt(2 / np.maximum(1 + facing, 1e-9))
        return np.column_stack([x * stretch, y * stretch])


@dataclass(frozen=True)
class Window:
    """A rectangle of the flat map and where it is drawn.

    Attributes
    ----------
    left, bottom, right, top : float
        In earth radii.
    scale : float
        Units of the drawing for each earth radius.
    x, y : float
        Its upper left corner in the drawing.
    """

    left: float
    bottom: float
    right: float
    top: float
    scale: float
    x: float = 0.0
    y: float = 0.0

    @property
    def width(self) -> float:
        """Width in the drawing."""
        return (self.right - self.left) * self.scale

    @property
    def height(self) -> float:
        """Height in the drawing."""
        return (self.top - self.bottom) * self.scale

    def place(self, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Turn flat coordinates, shape (n, 2), into those of the drawing, y downwards."""
        return np.column_stack(
            [
                self.x + (points[:, 0] - self.left) * self.scale,
                self.y + (self.top - points[:, 1]) * self.scale,
            ]
        )


def windows(flat: Geometries) -> tuple[Window, Window | None]:
    """Choose what the map shows large, and what it shows in a box in its corner.

    Far islands would take room from the land: where leaving them out makes the map at least a
    tenth larger they are shown in a box, as the islands of the South China Sea are on China's
    maps.

    Parameters
    ----------
    flat : array of geometries
        From :func:`project`.

    Returns
    -------
    Window and Window or None
        The map itself, ``DRAWING_WIDTH`` wide, and the box in its lower right or left corner.
    """
    parts = shapely.get_parts(flat)
    areas = shapely.area(parts)
    large = parts[areas >= LARGE_PART_RATIO * areas.sum()]
    whole, main = _padded(shapely.total_bounds(parts)), _padded(shapely.total_bounds(large))
    if not len(large) or _size(whole) < 1.1 * _size(main):
        return _window(whole), None
    view = _window(main)
    frame = shapely.box(*main)
    far = shapely.total_bounds(parts[~shapely.intersects(parts, frame)])
    # What lies between the far islands and the land, to show where they are.
    near = shapely.box(*far).buffer(0.35 * max(far[2] - far[0], far[3] - far[1])).bounds
    scale = min(0.3 * view.height / (near[3] - near[1]), 0.22 * view.width / (near[2] - near[0]))
    box = Window(*near, scale)
    corners = [(view.width - box.width, view.height - box.height), (0.0, view.height - box.height)]
    covered = [_covered(flat, view, replace(box, x=x, y=y)) for x, y in corners]
    x, y = corners[int(np.argmin(covered))]
    return view, replace(box, x=x, y=y)


def _covered(flat: Geometries, view: Window, box: Window) -> float:
    """How much land a box would hide, in square earth radii."""
    left, top = view.left + box.x / view.scale, view.top - box.y / view.scale
    hidden = shapely.box(left, top - box.height / view.scale, left + box.width / view.scale, top)
    return float(shapely.area(shapely.intersection(flat, hidden)).sum())


def _padded(bounds: Any) -> tuple[float, float, float, float]:
    west, south, east, north = (float(bound) for bound in bounds)
    pad = 0.012 * max(east - west, north - south, 1e-6)
    return west - pad, south - pad, east + pad, north + pad


def _size(bounds: tuple[float, float, float, float]) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def _window(bounds: tuple[float, float, float, float]) -> Window:
    return Window(*bounds, DRAWING_WIDTH / (bounds[2] - bounds[0]))


def outline(shape: Any, window: Window) -> str:
    """Write a flat shape as the path of a drawing.

    Parameters
    ----------
    shape : shapely geometry
        A polygon or multipolygon, from :func:`project`.
    window : Window
        Parts outside are left out.

    Returns
    -------
    str
        An SVG path in whole units, each corner relative to the one before; empty if nothing of
        the shape lies within.

    Examples
    --------
    >>> outline(shapely.box(0, 0, 1, 1), Window(0, 0, 2, 2, 10))
    'M10 20v-10h-10v10z'
    """
    frame = shapely.box(window.left, window.bottom, window.right, window.top)
    parts = [part for part in shapely.get_parts(shape) if shapely.intersects(part, frame)]
    return "".join(
        _ring(np.rint(window.place(np.asarray(ring.coords))).astype(int))
        for part in parts
        for ring in (part.exterior, *part.interiors)
    )


def _ring(corners: npt.NDArray[np.int_]) -> str:
    """Write a closed ring; a corner that falls onto the one before is left out."""
    steps = np.diff(corners[:-1], axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    # An island of one unit is a dot, which its outline makes visible.
    return f"M{corners[0, 0]} {corners[0, 1]}" + "".join(_step(x, y) for x, y in steps) + "z"


def _step(x: int, y: int) -> str:
    if y == 0:
        return f"h{x}"
    if x == 0:
        return f"v{y}"
    return f"l{x}{y}" if y < 0 else f"l{x} {y}"


def drawing(levels: dict[str, dict[str, Any]], centre: Centre) -> dict[str, Any]:
    """Draw the places of all levels on one map.

    Parameters
    ----------
    levels : dict
        Flat geometry by place, by level; the first level has the smallest places.
    centre : Centre
        Of the projection.

    Returns
    -------
    dict
        ``width`` and ``height`` of the drawing; ``levels``, for each place its key, its path and
        a point within it; ``inset``, its ``box`` and the paths in it, or None; ``projection``,
        with which the script puts grid cells in their place.
    """
    view, box = windows(np.array(list(next(iter(levels.values())).values()), dtype=object))
    return {
        "width": round(view.width),
        "height": round(view.height),
        "levels": {
            level: [
                [key, outline(shape, view), _within(shape, view, box)]
                for key, shape in places.items()
            ]
            for level, places in levels.items()
        },
        "inset": box
        and {
            "box": [round(side) for side in (box.x, box.y, box.width, box.height)],
            "levels": {
                level: [
                    [key, path] for key, shape in places.items() if (path := outline(shape, box))
                ]
                for level, places in levels.items()
            },
        },
        "projection": {
            "longitude": centre.longitude,
            "latitude": centre.latitude,
            "scale": view.scale,
            "x": -view.left * view.scale,
            "y": view.top * view.scale,
        },
    }


def _within(shape: Any, view: Window, box: Window | None) -> list[int]:
    """Find a point to stand for a place: in its largest part, in the box if it is only there."""
    parts = shapely.get_parts(shape)
    largest = parts[int(np.argmax(shapely.area(parts)))]
    point = shapely.point_on_surface(largest)
    flat = np.array([[point.x, point.y]])
    inside = view.left <= point.x <= view.right and view.bottom <= point.y <= view.top
    x, y = (view if inside or box is None else box).place(flat)[0]
    return [round(x), round(y)]


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
    """Drop the lines and points that fixing a polygon can leave behind."""
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return shape
    areas = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(areas)
