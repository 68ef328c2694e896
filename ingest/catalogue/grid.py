"""The target grid: its cells, their ids, and their true areas on the ellipsoid."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError

from workspace.arrays import Float
from workspace.errors import InputError

IntArray = NDArray[np.int64]

LONGITUDE_LATITUDE = "EPSG:4326"
# Two grids count as one when no cell edge is further off than this share of a cell: far above the
# rounding of a printed resolution (0.0083333333), far below anything a zonal sum could notice.
EDGE_TOLERANCE = 0.01
# An areal scale this close to 1 everywhere makes a projection equal-area; PROJ derives the scale
# numerically and returns 1 to about 1e-10 for the projections that are.
EQUAL_AREA_TOLERANCE = 1e-8


@lru_cache(maxsize=32)
def parse_crs(crs: str) -> CRS:
    """Read a coordinate reference system in any notation that PROJ knows.

    Parameters
    ----------
    crs : str
        An authority code, a PROJ string or WKT.

    Returns
    -------
    pyproj.CRS
        The system.

    Raises
    ------
    InputError
        If it cannot be read.

    Examples
    --------
    >>> parse_crs("EPSG:4326").is_geographic
    True
    """
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise InputError(
            f"{crs!r} is not a coordinate reference system",
            where="crs",
            fix="write an authority code such as EPSG:4326, or the WKT or PROJ string",
        ) from error


#: The earth in cells of 20 m: no grid of a real warehouse has more.
_MOST_CELLS = 2e12


def same_crs(first: Any, second: Any) -> bool:
    """Tell whether two coordinate reference systems place points alike, axis order aside.

    Parameters
    ----------
    first, second : str, pyproj.CRS, rasterio.crs.CRS
        Anything that PROJ reads or that has a ``to_wkt`` method.

    Returns
    -------
    bool
        True when they are equivalent.

    Examples
    --------
    >>> same_crs("EPSG:4326", "OGC:CRS84"), same_crs("EPSG:4326", "EPSG:3857")
    (True, False)
    """
    return bool(
        CRS.from_user_input(first).equals(CRS.from_user_input(second), ignore_axis_order=True)
    )


def authalic_sine(latitude: Float, eccentricity_squared: float) -> Float:
    r"""Return the sine of the authalic latitude, the latitude that keeps areas on a sphere.

    .. math:: q(\varphi) = (1-e^2)\left[\frac{\sin\varphi}{1-e^2\sin^2\varphi}
              + \frac{\operatorname{artanh}(e\sin\varphi)}{e}\right], \qquad
              \sin\beta = q(\varphi) / q(90^\circ)

    Snyder (1987), Map projections: a working manual, eqs 3-11 and 3-12.

    Parameters
    ----------
    latitude : ndarray of float64, any shape
        Geodetic latitude, degrees.
    eccentricity_squared : float
        Of the ellipsoid; 0 for a sphere.

    Returns
    -------
    ndarray of float64, same shape
        Sine of the authalic latitude, -1 to 1.

    Examples
    --------
    At 30 degrees on WGS 84 the authalic latitude is 29.889 degrees.

    >>> sine = authalic_sine(np.array([0.0, 30.0, 90.0]), 0.0066943799901413165)
    >>> [round(float(value), 6) for value in np.degrees(np.arcsin(sine))]
    [0.0, 29.888997, 90.0]
    """
    sine = np.sin(np.radians(latitude))
    if eccentricity_squared == 0:
        return sine
    return _authalic_q(sine, eccentricity_squared) / _authalic_q(np.ones(()), eccentricity_squared)


def authalic_radius_km(semi_major_metre: float, eccentricity_squared: float) -> float:
    """Return the radius of the sphere that has the area of the ellipsoid (Snyder eq. 3-13).

    Parameters
    ----------
    semi_major_metre : float
        Semi-major axis, m.
    eccentricity_squared : float
        Of the ellipsoid; 0 for a sphere.

    Returns
    -------
    float
        Radius, km.

    Examples
    --------
    >>> round(authalic_radius_km(6378137.0, 0.0066943799901413165), 4)
    6371.0072
    """
    if eccentricity_squared == 0:
        return semi_major_metre / 1000
    q_pole = float(_authalic_q(np.ones(()), eccentricity_squared))
    return semi_major_metre / 1000 * math.sqrt(q_pole / 2)


def _authalic_q(sine: Float, eccentricity_squared: float) -> Float:
    eccentricity = math.sqrt(eccentricity_squared)
    q: Float = (1 - eccentricity_squared) * (
        sine / (1 - eccentricity_squared * sine**2) + np.arctanh(eccentricity * sine) / eccentricity
    )
    return q


def _spherical_triangles(a: Float, b: Float, c: Float) -> Float:
    """Areas (steradian) of the triangles between unit vectors, by Eriksson's formula.

    The triple product is taken of differences, so a cell of 100 m keeps ten digits.
    """
    volume = np.einsum("...i,...i->...", a, np.cross(b - a, c - a))
    denominator = (
        1
        + np.einsum("...i,...i->...", a, b)
        + np.einsum("...i,...i->...", b, c)
        + np.einsum("...i,...i->...", c, a)
    )
    area: Float = np.abs(2 * np.arctan2(volume, denominator))
    return area


def _whole_cells(span: float, size: float, axis: str) -> int:
    """How often a cell fits into a span; refuses a span that is not a whole number of cells."""
    count = span / size
    whole = round(count)
    if whole < 1 or abs(count - whole) > EDGE_TOLERANCE:
        remainder = span - math.floor(count) * size
        nearest = max(whole, 1) * size
        raise InputError(
            f"the {axis} span of the bounds, {span:.10g}, is {count:.6g} cells of {size:.10g}: "
            f"a remainder of {remainder:.6g}",
            where="grid.bounds",
            fix=f"make the span {nearest:.10g} ({max(whole, 1)} cells), or change the resolution",
        )
    return whole


@dataclass(frozen=True)
class Block:
    """A run of whole rows of the grid, ``row_start`` included and ``row_stop`` not.

    Examples
    --------
    >>> Block(10, 14).rows
    4
    """

    row_start: int
    row_stop: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return self.row_stop - self.row_start

    def strips(self, rows: int) -> Iterator[Block]:
        """Cut it into runs of so many rows, the last of which may be shorter.

        Examples
        --------
        >>> list(Block(10, 13).strips(2))
        [Block(row_start=10, row_stop=12), Block(row_start=12, row_stop=13)]
        """
        for start in range(self.row_start, self.row_stop, rows):
            yield Block(start, min(start + rows, self.row_stop))

    def rows_of(self, strip: Block) -> slice:
        """Return where the rows of a strip lie in arrays of this block.

        Examples
        --------
        >>> Block(10, 13).rows_of(Block(12, 13))
        slice(2, 3, None)
        """
        return slice(strip.row_start - self.row_start, strip.row_stop - self.row_start)


@dataclass(frozen=True)
class Grid:
    """A north-up raster grid. Cells are numbered row by row from the north-west corner.

    Parameters
    ----------
    crs : str
        Coordinate reference system as the user wrote it.
    bounds : tuple of float
        West, south, east, north: the outer edges of the outer cells, in units of the CRS.
    resolution : tuple of float
        Width and height of a cell, in units of the CRS, both positive.
    width, height : int
        Number of columns and rows.

    Examples
    --------
    >>> grid = Grid.from_spec("EPSG:4326", 0.25, (73.0, 17.75, 135.5, 54.0))
    >>> grid.width, grid.height, grid.cell_count
    (250, 145, 36250)
    >>> float(grid.cell_areas_km2(0, 1)[0, 0].round(3))  # 0.25 degrees just south of 54 N
    457.538
    """

    crs: str
    bounds: tuple[float, float, float, float]
    resolution: tuple[float, float]
    width: int
    height: int

    @classmethod
    def from_spec(
        cls, crs: str, resolution: float | Sequence[float], bounds: Sequence[float]
    ) -> Grid:
        """Build a grid from what a catalogue declares, or refuse it.

        The bounds are kept to the digit; a rounded resolution (0.0083333333 for 1/120) is
        replaced by the exact share of the bounds, so that edges do not drift.

        Parameters
        ----------
        crs : str
            Geographic (in degrees) or projected coordinate reference system.
        resolution : float or pair of float
            Size of a cell, or its width and height, in units of the CRS.
        bounds : sequence of four float
            West, south, east, north.

        Returns
        -------
        Grid
            The grid.

        Raises
        ------
        InputError
            If the CRS cannot be read or is neither projected nor geographic in degrees, the bounds
            are not in order, not on the earth or not a whole number of cells, or the resolution is
            not positive.

        Examples
        --------
        >>> Grid.from_spec("EPSG:4326", 0.5, (73, 18, 135.2, 54))
        Traceback (most recent call last):
        workspace.errors.InputError: grid.bounds: the west-east span of the bounds, 62.2, is 124.4 \
cells of 0.5: a remainder of 0.2
          fix: make the span 62 (124 cells), or change the resolution
        """
        system = parse_crs(crs)
        if not (system.is_projected or system.is_geographic):
            raise InputError(
                f"{crs!r} is neither a geographic nor a projected system",
                where="grid.crs",
                fix="use EPSG:4326 or a projected system such as EPSG:6933",
            )
        sizes = (
            (float(resolution), float(resolution))
            if isinstance(resolution, int | float)
            else tuple(float(size) for size in resolution)
        )
        if len(sizes) != 2 or not all(math.isfinite(size) and size > 0 for size in sizes):
            raise InputError(
                f"{resolution!r} is not a cell size",
                where="grid.resolution",
                fix="give one positive number, or a pair [width, height], in units of the CRS",
            )
        edges = tuple(float(edge) for edge in bounds)
        if len(edges) != 4 or not all(math.isfinite(edge) for edge in edges):
            raise InputError(
                f"{list(bounds)!r} are not bounds",
                where="grid.bounds",
                fix="give four numbers [west, south, east, north]",
            )
        west, south, east, north = edges
        if west >= east or south >= north:
            raise InputError(
                f"{list(bounds)!r} enclose nothing",
                where="grid.bounds",
                fix="give them in the order [west, south, east, north]",
            )
        if system.is_geographic:
            _refuse_off_the_earth(system, crs, edges)
        width = _whole_cells(east - west, sizes[0], "west-east")
        height = _whole_cells(north - south, sizes[1], "south-north")
        if width * height > _MOST_CELLS:
            raise InputError(
                f"{resolution!r} gives more cells than can be computed",
                where="grid.resolution",
                fix="give the size of a cell in units of the CRS: degrees, or metres",
            )
        return cls(
            crs=crs,
            bounds=(west, south, east, north),
            resolution=((east - west) / width, (north - south) / height),
            width=width,
            height=height,
        )

    @property
    def transform(self) -> Affine:
        """Affine map from (column, row) to coordinates of the CRS; (0, 0) is the outer corner."""
        return Affine(
            self.resolution[0], 0.0, self.bounds[0], 0.0, -self.resolution[1], self.bounds[3]
        )

    @property
    def cell_count(self) -> int:
        """Number of cells."""
        return self.width * self.height

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, as NumPy orders them."""
        return self.height, self.width

    def cell_ids(self, row_start: int = 0, row_stop: int | None = None) -> IntArray:
        """Return ``cell_id = row * width + column`` of a run of rows.

        Parameters
        ----------
        row_start, row_stop : int
            First row and the row after the last; all rows by default.

        Returns
        -------
        ndarray of int64, shape (rows, width)
            The ids.

        Examples
        --------
        >>> Grid.from_spec("EPSG:4326", 1, (0, 0, 3, 2)).cell_ids(1).tolist()
        [[3, 4, 5]]
        """
        first, last = self._rows(row_start, row_stop)
        ids = np.arange(first * self.width, last * self.width, dtype=np.int64)
        return ids.reshape(-1, self.width)

    def cell_centres(self, row_start: int = 0, row_stop: int | None = None) -> tuple[Float, Float]:
        """Return the coordinates of cell centres in the CRS of the grid, one array per axis.

        Parameters
        ----------
        row_start, row_stop : int
            First row and the row after the last; all rows by default.

        Returns
        -------
        x : ndarray of float64, shape (width,)
            Centre of each column.
        y : ndarray of float64, shape (rows,)
            Centre of each row, from north to south.

        Examples
        --------
        >>> x, y = Grid.from_spec("EPSG:4326", 1, (0, 0, 3, 2)).cell_centres()
        >>> x.tolist(), y.tolist()
        ([0.5, 1.5, 2.5], [1.5, 0.5])
        """
        first, last = self._rows(row_start, row_stop)
        columns = np.arange(self.width, dtype=np.float64)
        rows = np.arange(first, last, dtype=np.float64)
        x = self.bounds[0] + (columns + 0.5) * self.resolution[0]
        y = self.bounds[3] - (rows + 0.5) * self.resolution[1]
        return x, y

    def longitude_latitude(
        self, row_start: int = 0, row_stop: int | None = None
    ) -> tuple[Float, Float]:
        """Return WGS 84 longitude and latitude of cell centres, whatever the CRS of the grid.

        Parameters
        ----------
        row_start, row_stop : int
            First row and the row after the last; all rows by default.

        Returns
        -------
        longitude, latitude : ndarray of float64, shape (rows, width)
            Degrees.

        Examples
        --------
        >>> longitude, latitude = Grid.from_spec("EPSG:4326", 1, (0, 0, 3, 2)).longitude_latitude(1)
        >>> longitude.tolist(), latitude.tolist()
        ([[0.5, 1.5, 2.5]], [[0.5, 0.5, 0.5]])
        """
        x, y = np.meshgrid(*self.cell_centres(row_start, row_stop))
        if same_crs(self.crs, LONGITUDE_LATITUDE):
            return (x + 180) % 360 - 180 if self._wraps else x, y
        to_degrees = Transformer.from_crs(self.crs, LONGITUDE_LATITUDE, always_xy=True)
        longitude, latitude = to_degrees.transform(x, y)
        return np.asarray(longitude), np.asarray(latitude)

    def cell_areas_km2(self, row_start: int = 0, row_stop: int | None = None) -> Float:
        """Return the true areas of cells on the ellipsoid of the CRS.

        Three cases, from exact to nearly exact:

        - geographic: the closed form between two meridians and two parallels,
          ``R^2 (east - west) (sin beta_north - sin beta_south)`` with the authalic latitude
          ``beta`` and the authalic radius ``R``;
        - projected and equal-area (areal scale 1 by PROJ on a 5 x 5 sample): the planar area;
        - projected otherwise: the corners, unprojected, span two triangles on the authalic sphere.
          Relative error 1e-8 at 1 km and 1e-5 at 100 km; neighbours share edges, so sums are exact.

        Parameters
        ----------
        row_start, row_stop : int
            First row and the row after the last; all rows by default.

        Returns
        -------
        ndarray of float64, shape (rows, width)
            Areas, km2. Read-only where all cells of a row are alike.

        Raises
        ------
        InputError
            If cells of a projected grid lie outside the domain of the projection.

        Examples
        --------
        One degree at the equator, and the same at 60 N:

        >>> equator = Grid.from_spec("EPSG:4326", 1, (0, 0, 1, 1))
        >>> north = Grid.from_spec("EPSG:4326", 1, (0, 60, 1, 61))
        >>> [round(float(grid.cell_areas_km2()[0, 0]), 3) for grid in (equator, north)]
        [12308.464, 6123.141]
        """
        first, last = self._rows(row_start, row_stop)
        shape = (last - first, self.width)
        system = parse_crs(self.crs)
        if system.is_geographic:
            edges = self.bounds[3] - np.arange(first, last + 1) * self.resolution[1]
            semi_major, eccentricity_squared = _ellipsoid(system)
            sines = authalic_sine(np.clip(edges, -90, 90), eccentricity_squared)
            radius = authalic_radius_km(semi_major, eccentricity_squared)
            rows = radius**2 * math.radians(self.resolution[0]) * (sines[:-1] - sines[1:])
            return np.broadcast_to(rows[:, np.newaxis], shape)
        if self._equal_area:
            metre = system.axis_info[0].unit_conversion_factor
            area = self.resolution[0] * self.resolution[1] * metre**2 / 1e6
            return np.broadcast_to(np.float64(area), shape)
        return self._areas_between_corners(first, last)

    def blocks(self, max_cells: int) -> list[Block]:
        """Cut the grid into runs of whole rows.

        Parameters
        ----------
        max_cells : int
            Most cells in a block. A block holds at least one row, however wide.

        Returns
        -------
        list of Block
            From north to south; together they cover every row once.

        Raises
        ------
        ValueError
            If `max_cells` is not positive.

        Examples
        --------
        >>> Grid.from_spec("EPSG:4326", 1, (0, 0, 3, 5)).blocks(max_cells=6)
        [Block(row_start=0, row_stop=2), Block(row_start=2, row_stop=4), \
Block(row_start=4, row_stop=5)]
        """
        if max_cells < 1:
            raise ValueError(f"max_cells must be positive, not {max_cells}")
        rows = max(1, max_cells // self.width)
        return [
            Block(start, min(start + rows, self.height)) for start in range(0, self.height, rows)
        ]

    def offset_of(self, transform: Affine) -> tuple[int, int]:
        """Return the row and column of this grid's first cell in an aligned raster.

        Parameters
        ----------
        transform : affine.Affine
            Of a raster for which `aligned_with` is true.

        Returns
        -------
        row, column : int
            Negative when the raster starts inside the grid.

        Examples
        --------
        >>> world = Affine(1, 0, -180, 0, -1, 90)
        >>> Grid.from_spec("EPSG:4326", 1, (73, 18, 136, 54)).offset_of(world)
        (36, 253)
        """
        column, row = ~transform @ (self.bounds[0], self.bounds[3])
        return round(row), round(column)

    def aligned_with(self, transform: Affine, width: int, height: int, crs: Any) -> bool:
        """Tell whether a raster's cells coincide with this grid's, so that it needs no resampling.

        The raster may be larger or smaller than the grid; `offset_of` says where the grid starts.

        Parameters
        ----------
        transform : affine.Affine
            Of the raster.
        width, height : int
            Of the raster: a rounded resolution must not drift by its far corner.
        crs : str, pyproj.CRS or rasterio.crs.CRS
            Of the raster.

        Returns
        -------
        bool
            True when both have one CRS and no edge is off by more than 1 % of a cell.

        Examples
        --------
        >>> grid = Grid.from_spec("EPSG:4326", 1, (73, 18, 136, 54))
        >>> grid.aligned_with(Affine(1, 0, -180, 0, -1, 90), 360, 180, "EPSG:4326")
        True
        >>> grid.aligned_with(Affine(1, 0, -180.5, 0, -1, 90), 360, 180, "EPSG:4326")
        False
        """
        if transform.b or transform.d or transform.a <= 0 or transform.e >= 0:
            return False
        if not same_crs(self.crs, crs):
            return False
        to_cell = ~self.transform
        first = to_cell @ (transform.c, transform.f)
        last = to_cell @ (transform @ (width, height))
        spans = (last[0] - first[0], last[1] - first[1])
        drift = [abs(edge - round(edge)) for edge in (*first, *last)]
        return bool(
            max(drift) <= EDGE_TOLERANCE and round(spans[0]) == width and round(spans[1]) == height
        )

    @property
    def _wraps(self) -> bool:
        return self.bounds[0] < -180 or self.bounds[2] > 180

    @property
    def _equal_area(self) -> bool:
        columns, rows = np.meshgrid(
            np.linspace(0.1, 0.9, 5) * self.width, np.linspace(0.1, 0.9, 5) * self.height
        )
        x = self.bounds[0] + columns * self.resolution[0]
        y = self.bounds[3] - rows * self.resolution[1]
        projection = Proj(parse_crs(self.crs))
        longitude, latitude = projection(x.ravel(), y.ravel(), inverse=True)
        scale = np.asarray(projection.get_factors(longitude, latitude).areal_scale)
        return bool(np.all(np.abs(scale - 1) < EQUAL_AREA_TOLERANCE))

    def _areas_between_corners(self, first: int, last: int) -> Float:
        system = parse_crs(self.crs)
        geodetic = system.geodetic_crs
        if geodetic is None:
            raise InputError(f"{self.crs!r} has no geodetic base", where="grid.crs")
        x, y = np.meshgrid(
            self.bounds[0] + np.arange(self.width + 1) * self.resolution[0],
            self.bounds[3] - np.arange(first, last + 1) * self.resolution[1],
        )
        to_degrees = Transformer.from_crs(system, geodetic, always_xy=True)
        longitude, latitude = (np.asarray(axis) for axis in to_degrees.transform(x, y))
        if not (np.isfinite(longitude).all() and np.isfinite(latitude).all()):
            raise InputError(
                f"cells in rows {first} to {last - 1} lie outside the domain of {self.crs}",
                where="grid.bounds",
                fix="shrink the bounds, or use a projection that covers them",
            )
        semi_major, eccentricity_squared = _ellipsoid(system)
        z = authalic_sine(latitude, eccentricity_squared)
        ring = np.sqrt(np.clip(1 - z**2, 0, None))
        meridian = np.radians(longitude)
        points = np.stack([ring * np.cos(meridian), ring * np.sin(meridian), z], axis=-1)
        north_west, north_east = points[:-1, :-1], points[:-1, 1:]
        south_west, south_east = points[1:, :-1], points[1:, 1:]
        steradians = _spherical_triangles(
            north_west, south_west, south_east
        ) + _spherical_triangles(north_west, south_east, north_east)
        return steradians * authalic_radius_km(semi_major, eccentricity_squared) ** 2

    def _rows(self, row_start: int, row_stop: int | None) -> tuple[int, int]:
        last = self.height if row_stop is None else row_stop
        if not 0 <= row_start <= last <= self.height:
            raise ValueError(f"rows {row_start}:{last} are not within 0:{self.height}")
        return row_start, last


def _ellipsoid(system: CRS) -> tuple[float, float]:
    """Semi-major axis (m) and squared eccentricity of the ellipsoid of a system."""
    ellipsoid = system.ellipsoid
    if ellipsoid is None:
        raise InputError(f"{system.to_string()!r} has no ellipsoid", where="grid.crs")
    ratio = ellipsoid.semi_minor_metre / ellipsoid.semi_major_metre
    return float(ellipsoid.semi_major_metre), float(1 - ratio**2)


def _refuse_off_the_earth(system: CRS, crs: str, edges: Sequence[float]) -> None:
    west, south, east, north = edges
    if not math.isclose(system.axis_info[0].unit_conversion_factor, math.pi / 180):
        raise InputError(
            f"{crs!r} counts in {system.axis_info[0].unit_name}s",
            where="grid.crs",
            fix="use a geographic system in degrees",
        )
    if south < -90 or north > 90 or east - west > 360 * (1 + 1e-9):
        raise InputError(
            f"{list(edges)!r} reach beyond the earth",
            where="grid.bounds",
            fix="keep latitudes within -90 to 90 and the span of longitudes within 360 degrees",
        )
