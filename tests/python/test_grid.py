"""The target grid against independent geometry: geodesic polygons, closed forms, PROJ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from ingest.catalogue.grid import Grid, same_crs
from workspace.errors import InputError

ALBERS_CHINA = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m"
EARTH_KM2 = 510_065_621.724  # Moritz (2000), Geodetic Reference System 1980, to the metre of WGS 84


def geodesic_cell_km2(grid: Grid, row: int, column: int, pieces: int = 200) -> float:
    """Area of one cell from its densely cut outline, by Karney's polygon algorithm."""
    steps = np.linspace(0, 1, pieces, endpoint=False)
    x = column + np.concatenate([steps, np.ones(pieces), 1 - steps, np.zeros(pieces)])
    y = row + np.concatenate([np.zeros(pieces), steps, np.ones(pieces), 1 - steps])
    system = CRS.from_user_input(grid.crs)
    longitude, latitude = Transformer.from_crs(
        system, system.geodetic_crs, always_xy=True
    ).transform(grid.bounds[0] + x * grid.resolution[0], grid.bounds[3] - y * grid.resolution[1])
    earth = system.get_geod()
    assert earth is not None
    return float(abs(earth.polygon_area_perimeter(longitude, latitude)[0]) / 1e6)


@settings(max_examples=40, deadline=None)
@given(
    south=st.integers(-90, 88),
    size=st.sampled_from([2.0, 0.5, 0.25, 1 / 120]),
    crs=st.sampled_from(["EPSG:4326", "EPSG:4214", "+proj=longlat +R=6371007.181"]),
)
def test_areas_of_degree_cells_are_those_of_geodesic_polygons(
    south: int, size: float, crs: str
) -> None:
    grid = Grid.from_spec(crs, size, (100, south, 102, south + 2))
    row = grid.height // 3
    area = grid.cell_areas_km2(row, row + 1)[0, 0]
    # The outline of the reference is cut into geodesics, which bow off the parallels.
    assert area == pytest.approx(geodesic_cell_km2(grid, row, 0), rel=2e-6)


def test_areas_sum_to_the_earth_and_to_a_spherical_cap() -> None:
    earth = Grid.from_spec("EPSG:4326", 0.5, (-180, -90, 180, 90))
    assert earth.cell_areas_km2().sum() == pytest.approx(EARTH_KM2, rel=1e-11)
    radius = 6371.0
    cap = Grid.from_spec("+proj=longlat +R=6371000", 0.5, (-180, 60, 180, 90))
    exact = 2 * math.pi * radius**2 * (1 - math.sin(math.radians(60)))
    assert cap.cell_areas_km2().sum() == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize(
    ("crs", "bounds"),
    [
        ("EPSG:6933", (7_000_000, 2_000_000, 13_000_000, 6_000_000)),
        (ALBERS_CHINA, (-2_600_000, 2_000_000, 2_200_000, 5_800_000)),
        ("+proj=sinu +R=6371007.181 +units=m", (7_000_000, 2_000_000, 13_000_000, 6_000_000)),
    ],
)
def test_equal_area_cells_have_their_planar_area(
    crs: str, bounds: tuple[float, float, float, float]
) -> None:
    grid = Grid.from_spec(crs, 10_000, bounds)
    areas = grid.cell_areas_km2()
    assert areas.shape == grid.shape
    assert (areas == 100.0).all()
    assert geodesic_cell_km2(grid, 7, 11) == pytest.approx(100.0, rel=1e-6)


@pytest.mark.parametrize(
    ("crs", "size", "bounds"),
    [
        ("EPSG:32650", 1_000, (300_000, 3_000_000, 1_100_000, 3_010_000)),
        ("EPSG:3857", 25_000, (9_000_000, 3_000_000, 12_000_000, 6_000_000)),  # sphere on ellipsoid
        ("EPSG:3413", 25_000, (-100_000, -100_000, 100_000, 100_000)),  # the pole within
        ("EPSG:3832", 25_000, (2_500_000, 5_000_000, 4_000_000, 6_000_000)),  # the antimeridian
        ("EPSG:2263", 10_000, (900_000, 100_000, 1_000_000, 200_000)),  # feet
    ],
)
def test_areas_in_other_projections_are_those_of_geodesic_polygons(
    crs: str, size: float, bounds: tuple[float, float, float, float]
) -> None:
    grid = Grid.from_spec(crs, size, bounds)
    areas = grid.cell_areas_km2(2, 6)
    for row, column in ((2, 0), (5, grid.width - 1), (3, grid.width // 2)):
        exact = geodesic_cell_km2(grid, row, column)
        assert areas[row - 2, column] == pytest.approx(exact, rel=3e-6)


def test_centres_and_degrees_of_a_projected_grid() -> None:
    grid = Grid.from_spec("EPSG:6933", 5_000, (9_000_000, 4_000_000, 9_020_000, 4_010_000))
    x, y = grid.cell_centres(1, 2)
    longitude, latitude = grid.longitude_latitude(1, 2)
    back = Transformer.from_crs("EPSG:4326", "EPSG:6933", always_xy=True)
    again = back.transform(longitude, latitude)
    assert longitude.shape == latitude.shape == (1, grid.width)
    np.testing.assert_allclose(again[0][0], x, atol=1e-6)
    np.testing.assert_allclose(again[1][0], y[0], atol=1e-6)
    wrapped, _ = Grid.from_spec("EPSG:4326", 1, (179, 0, 181, 1)).longitude_latitude()
    assert wrapped.tolist() == [[179.5, -179.5]]


@settings(max_examples=50, deadline=None)
@given(width=st.integers(1, 40), height=st.integers(1, 40), most=st.integers(1, 500))
def test_blocks_cover_every_row_once(width: int, height: int, most: int) -> None:
    grid = Grid.from_spec("EPSG:4326", 1, (0, 0, width, height))
    blocks = grid.blocks(most)
    rows = [row for block in blocks for row in range(block.row_start, block.row_stop)]
    assert rows == list(range(height))
    assert all(block.rows * width <= max(most, width) for block in blocks)
    parts = [grid.cell_ids(block.row_start, block.row_stop) for block in blocks]
    assert (np.concatenate(parts).ravel() == np.arange(grid.cell_count)).all()


def test_a_rounded_resolution_keeps_the_bounds() -> None:
    grid = Grid.from_spec("EPSG:4326", 0.0083333333, (73, 18, 135, 54))
    assert grid.shape == (4320, 7440)
    assert grid.transform @ (grid.width, grid.height) == pytest.approx((135, 18), abs=1e-12)


@pytest.mark.parametrize(
    ("crs", "resolution", "bounds", "words"),
    [
        ("EPSG:4326", 0.25, (73, 18, 135.1, 54), "remainder of 0.1"),
        ("EPSG:4326", (0.25, 0.7), (73, 18, 135, 54), "south-north span"),
        ("EPSG:4326", 200, (73, 18, 135, 54), "0.31 cells of 200"),
        ("EPSG:4326", 0.25, (135, 18, 73, 54), "enclose nothing"),
        ("EPSG:4326", 0.25, (73, 18, 135), "are not bounds"),
        ("EPSG:4326", 0.25, (73, 18, 135, float("nan")), "are not bounds"),
        ("EPSG:4326", 0.25, (73, 18, 135, 91), "beyond the earth"),
        ("EPSG:4326", -1, (73, 18, 135, 54), "-1 is not a cell size"),
        ("EPSG:4326", (1, 1, 1), (73, 18, 135, 54), "is not a cell size"),
        ("EPSG:432600", 1, (73, 18, 135, 54), "'EPSG:432600' is not a coordinate"),
        ("EPSG:4978", 1, (73, 18, 135, 54), "neither a geographic nor a projected"),
        ("EPSG:4807", 1, (0, 40, 10, 50), "counts in grads"),
    ],
)
def test_refused_specifications(
    crs: str, resolution: float, bounds: tuple[float, ...], words: str
) -> None:
    with pytest.raises(InputError, match=r"grid|crs") as caught:
        Grid.from_spec(crs, resolution, bounds)
    assert words in caught.value.what
    assert caught.value.fix


def test_cells_off_the_projection_are_refused() -> None:
    grid = Grid.from_spec("+proj=ortho +lat_0=35 +lon_0=105", 1e6, (-8e6, -8e6, 8e6, 8e6))
    with pytest.raises(InputError, match="outside the domain"):
        grid.cell_areas_km2()


def test_alignment_with_rasters() -> None:
    grid = Grid.from_spec("EPSG:4326", 0.25, (73, 18, 135, 54))
    world = Affine(0.25, 0, -180, 0, -0.25, 90)
    assert grid.aligned_with(grid.transform, grid.width, grid.height, "OGC:CRS84")
    assert grid.aligned_with(world, 1440, 720, "EPSG:4326")
    assert grid.offset_of(world) == (144, 1012)
    assert not grid.aligned_with(world, 1440, 720, "EPSG:3857")
    for odd in (
        Affine(0.25, 0, -179.875, 0, -0.25, 90),  # centres taken for corners
        Affine(0.2501, 0, -180, 0, -0.25, 90),  # drifts
        Affine(0.5, 0, -180, 0, -0.5, 90),
        Affine(0.25, 0, -180, 0, 0.25, -90),  # south-up
        Affine(0.25, 0.01, -180, 0, -0.25, 90),  # sheared
    ):
        assert not grid.aligned_with(odd, 1440, 720, "EPSG:4326")


def test_axis_order_does_not_make_a_crs_another() -> None:
    assert same_crs("EPSG:4326", CRS.from_user_input("OGC:CRS84").to_wkt())
    assert not same_crs("EPSG:4326", "EPSG:4490")
