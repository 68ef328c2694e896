"""Zones, weights and neighbours against closed forms, brute force, rasterstats and libpysal."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import rasterstats
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from libpysal.weights import Queen
from numpy.typing import NDArray
from pyproj import Geod

from ingest.catalogue.catalogue import ZoneSpec
from ingest.catalogue.grid import Grid
from ingest.zones.fractions import cell_centres, cell_fractions, centre_difference
from ingest.zones.neighbours import distance_km, neighbours
from ingest.zones.polygons import Zones, read_zones, zones_from_frame
from ingest.zones.weights import (
    CellWeights,
    read_runs,
    read_weights,
    weights_key,
    write_weights,
)
from workspace.errors import InputError

ALBERS_CHINA = "+proj=aea +lat_1=25 +lat_2=47 +lat_0=0 +lon_0=105 +datum=WGS84 +units=m"
UNIT_GRID = Grid.from_spec("EPSG:4326", 1, (0, 0, 40, 30))
SINGLE = 1e-6  # exactextract's coverage is in single precision


def frame_of(polygons: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    table: dict[str, list[Any]] = {
        "code": [f"{number:06d}" for number in range(1, len(polygons) + 1)],
        "title": [f"City {number}" for number in range(1, len(polygons) + 1)],
    }
    return gpd.GeoDataFrame(table | columns, geometry=polygons, crs="EPSG:4326")


def spec_of(path: Path | str = "zones", **keys: Any) -> ZoneSpec:
    return ZoneSpec(**{"path": str(path), "source": "drawn", "id": "code", "name": "title"} | keys)


def zones_of(polygons: list[Any], grid: Grid = UNIT_GRID, **columns: Any) -> Zones:
    return zones_from_frame(frame_of(polygons, **columns), spec_of(), grid)


def read(path: Path, **keys: Any) -> Zones:
    return read_zones(spec_of(path, **keys), UNIT_GRID)


def zone_sums(weights: CellWeights, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of values by zone, through the runs of three rows at a time."""
    totals, runs = np.zeros(weights.zone_count), weights.runs()
    for first, last in pairwise([*range(0, weights.height, 3), weights.height]):
        strip, flat = runs.strip(first, last), values[first:last].ravel()
        sums = [flat[a : a + n].sum() for a, n in zip(strip.first_cell, strip.cells, strict=True)]
        np.add.at(totals, strip.zone_index, strip.fraction * np.array(sums))
    return totals


def dense(weights: CellWeights) -> NDArray[np.float64]:
    """Fractions of every zone and cell, shape (zones, cells)."""
    table = np.zeros((weights.zone_count, weights.width * weights.height))
    table[weights.zone_index, weights.cell_id] = weights.fraction
    return table


def cell_counts(weights: CellWeights) -> list[int]:
    """Number of cells of each zone."""
    return [int(count) for count in np.bincount(weights.zone_index, minlength=weights.zone_count)]


@st.composite
def stars(draw: st.DrawFn) -> shapely.Polygon:
    """Draw a star-shaped polygon, convex or not, that may reach over the edge of the grid."""
    seed = draw(st.integers(0, 2**32 - 1))
    random = np.random.default_rng(seed)
    count = int(random.integers(3, 16))
    angles = np.sort((np.arange(count) + random.uniform(0, 0.9, count)) * 2 * np.pi / count)
    radii = random.uniform(0.2, 1, count) * random.choice([0.4, 3, 14])
    centre = random.uniform((2, 2), (38, 28))
    points = centre + radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    # Corners on corners and centres of cells are where rasterisers disagree.
    return shapely.Polygon(np.round(points * 2) / 2 if draw(st.booleans()) else points)


def lies_on_the_grid(polygon: shapely.Polygon) -> bool:
    return polygon.is_valid and polygon.intersection(shapely.box(*UNIT_GRID.bounds)).area > 0


def lattice(random: np.random.Generator, columns: int, rows: int) -> list[shapely.Polygon]:
    """Quadrilaterals between jittered points: they tile their outline and share its vertices."""
    x, y = np.meshgrid(np.linspace(1, 39, columns + 1), np.linspace(1, 29, rows + 1))
    points = np.stack([x, y], axis=-1)
    points[1:-1, 1:-1] += random.uniform(-0.3, 0.3, points[1:-1, 1:-1].shape)
    return [
        shapely.Polygon([points[r, c], points[r, c + 1], points[r + 1, c + 1], points[r + 1, c]])
        for r in range(rows)
        for c in range(columns)
    ]


# Reading


@pytest.mark.parametrize("suffix", ["gpkg", "shp", "geojson", "parquet", "fgb"])
def test_every_format_gives_the_same_zones(tmp_path: Path, suffix: str) -> None:
    frame = frame_of(
        [shapely.box(1, 1, 3, 3), shapely.box(3, 1, 5, 4)],
        code=["010100", "020200"],
        local=["甲市", "乙市"],
        province=[110000, 120000],
    )
    path = tmp_path / f"cities.{suffix}"
    if suffix == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path, encoding="utf-8" if suffix == "shp" else None)
    zones = read(path, name_local="local", parent="province")
    order = np.argsort(zones.ids)  # FlatGeobuf keeps its own
    assert [zones.ids[index] for index in order] == ["010100", "020200"]
    assert [zones.names_local[index] for index in order] == ["甲市", "乙市"]
    assert [zones.parents[index] for index in order] == ["110000", "120000"]
    assert shapely.equals(zones.geometry[order], np.asarray(frame.geometry)).all()
    assert zones.notices == ()
    if suffix != "fgb":
        assert (
            zones.content_hash
            == zones_of(list(frame.geometry), code=["010100", "020200"]).content_hash
        )


def test_keys_become_text_and_columns_are_kept() -> None:
    squares = [shapely.box(west, 1, west + 1, 2) for west in range(3)]
    assert zones_of(squares, code=[10100.0, 2.0, 3.0]).ids == ("10100", "2", "3")
    assert zones_of(squares, code=[" 010100", "B", "c "]).ids == ("010100", "B", "c")
    zones = zones_of(squares, title=["A", None, " "])
    assert zones.names == ("A", "000002", "000003")
    assert "no 'title' for zones 000002, 000003" in zones.notices[0]


def test_areas_points_and_outlines() -> None:
    ring = shapely.Point(20, 15).buffer(4).difference(shapely.Point(20, 15).buffer(3))
    zones = zones_of([shapely.box(1, 1, 2, 2), ring])
    assert zones.area_km2[0] == pytest.approx(UNIT_GRID.cell_areas_km2(28, 29)[0, 0], rel=1e-6)
    assert (zones.longitude[0], zones.latitude[0]) == (1.5, 1.5)
    assert ring.contains(shapely.Point(zones.longitude[1], zones.latitude[1]))
    drawn = shapely.from_wkt(zones.boundary_wkt[1])
    assert drawn.is_valid
    assert drawn.hausdorff_distance(ring) < 1e-4


def test_zones_in_another_crs_are_transformed_with_a_notice() -> None:
    grid = Grid.from_spec(ALBERS_CHINA, 100_000, (-1_000_000, 2_000_000, 1_000_000, 4_000_000))
    wide = shapely.box(100, 25, 110, 30)  # its parallels bend in the projection
    zones = zones_of([wide], grid)
    assert zones.notices[0].startswith("zones: transformed from EPSG:4326 to ")
    assert zones.area_km2[0] == pytest.approx(
        zones_of([wide], Grid.from_spec("EPSG:4326", 1, (90, 20, 120, 40))).area_km2[0], rel=1e-6
    )
    area = cell_fractions(zones, grid).fraction.sum() * 100**2
    assert area == pytest.approx(zones.area_km2[0], rel=1e-6)


def test_a_file_without_crs_takes_the_declared_one(tmp_path: Path) -> None:
    path = tmp_path / "bare.shp"
    frame_of([shapely.box(1, 1, 2, 2)]).to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match=r"no coordinate reference system") as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert read(path, crs="EPSG:4326").ids == ("000001",)


def test_layers_and_conditions(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    frame = frame_of([shapely.box(1, 1, 2, 2), shapely.box(4, 4, 5, 5)])
    frame.to_file(path, layer="cities")
    frame.iloc[:1].to_file(path, layer="regions")
    with pytest.raises(InputError, match=r"2 layers[\s\S]*cities, regions"):
        read(path)
    with pytest.raises(InputError, match=r"no layer 'towns'"):
        read(path, layer="towns")
    kept = read(path, layer="cities", where="code = '000002'")
    assert kept.ids == ("000002",)
    with pytest.raises(InputError, match=r"cannot be read"):
        read(path, layer="cities", where="nothing = ")
    with pytest.raises(InputError, match=r"no zone"):
        read(path, layer="cities", where="code = 'none'")


def test_refused_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no such file"):
        read(tmp_path / "absent.gpkg")
    for name, content in {
        "noise.gpkg": b"\x00noise" * 50,
        "noise.parquet": b"PAR1 and no more",
        "empty.geojson": b"",
        "link.vrt": b"<OGRVRTDataSource><OGRVRTLayer/></OGRVRTDataSource>",
    }.items():
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"cannot be read|not opened|no layer") as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert caught.value.fix
    table = tmp_path / "table.gpkg"
    pyogrio.write_dataframe(frame_of([shapely.box(1, 1, 2, 2)]).drop(columns="geometry"), table)
    with pytest.raises(InputError, match=r"no layer with geometries"):
        read(table)
    cities = tmp_path / "cities.gpkg"
    frame_of([shapely.box(1, 1, 2, 2)]).to_file(cities)
    with pytest.raises(InputError, match=r"no column 'adcode'[\s\S]*code, title"):
        read(cities, id="adcode")
    with pytest.raises(InputError, match=r"says EPSG:3857, the file says EPSG:4326"):
        read(cities, crs="EPSG:3857")


SQUARE = shapely.box(1, 1, 2, 2)


@pytest.mark.parametrize(
    ("polygons", "columns", "words"),
    [
        ([SQUARE, shapely.box(5, 5, 6, 6)], {"code": ["a", None]}, "'code' is empty in record 2"),
        ([SQUARE, shapely.box(5, 5, 6, 6)], {"code": ["a", "a"]}, "'code' repeats zone a"),
        ([SQUARE, shapely.box(5, 5, 6, 6)], {"code": [1.0, 1.5]}, "not whole: zone 1.5"),
        ([SQUARE, None], {}, "no geometry for zone 000002"),
        ([SQUARE, shapely.Polygon()], {}, "no geometry for zone 000002"),
        ([SQUARE, shapely.Point(5, 5)], {}, "zone 000002: Point is not a polygon"),
        ([SQUARE, shapely.box(50, 5, 51, 6)], {}, "zone 000002 outside the grid"),
        ([shapely.box(5e5, 4e6, 6e5, 5e6)], {}, "are no degrees of EPSG:4326"),
        (
            [shapely.Polygon([(1, 1), (3, 3), (3, 1), (1, 3)])],
            {},
            "000001: invalid polygon (Self-intersection), and its repair changes the area from 0",
        ),
        (
            [SQUARE, shapely.box(1.9, 1, 3, 2)],
            {},
            "zones overlap: pair 000001 City 1 and 000002 City 2 (10 % of the smaller)",
        ),
        ([SQUARE, shapely.box(1.2, 1.2, 1.4, 1.4)], {}, "(100 % of the smaller)"),
    ],
)
def test_refused_zones(polygons: list[Any], columns: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        zones_of(polygons, **columns)
    assert words in caught.value.what
    assert caught.value.where == "zones"
    assert caught.value.fix


def test_a_small_flaw_is_repaired_and_told() -> None:
    spike = shapely.Polygon([(1, 1), (5, 1), (5, 5), (3, 5), (3.01, 5.01), (3.01, 4.99), (1, 5)])
    assert not spike.is_valid
    zones = zones_of([spike])
    assert zones.geometry[0].is_valid
    assert "repaired 000001 (Self-intersection), area change 0.0" in zones.notices[0]


def test_a_small_overlap_is_told_and_shared() -> None:
    zones = zones_of([shapely.box(1, 1, 3, 3), shapely.box(2.9999, 1, 5, 3)])
    assert "small overlaps kept: pair 000001 City 1 and 000002 City 2" in zones.notices[0]
    weights = cell_fractions(zones, UNIT_GRID)
    assert "2 cells in overlaps of zones were shared" in weights.notices[0]
    assert np.bincount(weights.cell_id, weights.fraction).max() == pytest.approx(1, abs=1e-12)
    with pytest.raises(InputError, match=r"zones 000001, 000002 overlap"):
        cell_fractions(replace(zones, overlap=0.0), UNIT_GRID)


def test_the_hash_follows_ids_and_shapes() -> None:
    first = zones_of([SQUARE])
    assert first.content_hash == zones_of([SQUARE], title=["another name"]).content_hash
    assert first.content_hash != zones_of([SQUARE], code=["x"]).content_hash
    assert first.content_hash != zones_of([shapely.box(1, 1, 2, 2.5)]).content_hash


# Fractions


def test_fractions_of_known_shapes() -> None:
    disc = shapely.Point(20.3, 15.3).buffer(10, quad_segs=4096)
    tiny = shapely.Point(5.5, 5.5).buffer(0.2, quad_segs=512)
    half = shapely.box(0.5, 20, 2, 21.25)
    weights = cell_fractions(zones_of([disc, tiny, half]), UNIT_GRID)
    sums = zone_sums(weights, np.ones(UNIT_GRID.shape))
    assert sums[0] == pytest.approx(np.pi * 100, rel=SINGLE)
    assert sums[1] == pytest.approx(np.pi * 0.04, rel=2e-5)
    mine = weights.zone_index == 2
    found = dict(zip(weights.cell_id[mine].tolist(), weights.fraction[mine].tolist(), strict=True))
    assert found == {320: 0.125, 321: 0.25, 360: 0.5, 361: 1.0}
    assert cell_counts(weights)[1:] == [1, 4]


@settings(max_examples=40, deadline=None)
@given(polygon=stars())
def test_fractions_are_those_of_brute_force(polygon: shapely.Polygon) -> None:
    assume(lies_on_the_grid(polygon))
    weights = cell_fractions(zones_of([polygon]), UNIT_GRID)
    x, y = np.meshgrid(np.arange(40), 29 - np.arange(30))
    exact = shapely.area(shapely.intersection(shapely.box(x, y, x + 1, y + 1), polygon)).ravel()
    mine = dense(weights)[0]
    np.testing.assert_allclose(mine, exact, atol=SINGLE)
    # A sample of 8 x 8 points a cell knows nothing of geometry libraries' intersections.
    points = (np.arange(40 * 8) + 0.5) / 8, 30 - (np.arange(30 * 8) + 0.5) / 8
    hits = shapely.contains_xy(polygon, *np.meshgrid(*points)).reshape(30, 8, 40, 8)
    assert np.abs(mine - hits.mean(axis=(1, 3)).ravel()).sum() <= polygon.length / 8 + 2


def test_repeated_vertices_on_the_corner_of_a_cell_do_no_harm() -> None:
    near = 17.5 + 4e-15
    corners = [(8, 17.5), (8, 17.5), (7.5, near), (7.5, 17.5), (8, 17), (8, 17), (8, 17.5)]
    weights = cell_fractions(zones_of([shapely.Polygon(corners)]), UNIT_GRID)
    assert (weights.cell_id.tolist(), weights.fraction.tolist()) == ([487], [pytest.approx(0.125)])
    hair = shapely.box(1, 1, 2, 1 + 1e-13)
    assert len(cell_fractions(zones_of([hair]), UNIT_GRID)) == 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(1, 7), rows=st.integers(1, 7))
def test_parts_sum_to_their_union(seed: int, columns: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    parts = lattice(random, columns, rows)
    values = random.normal(size=UNIT_GRID.shape)
    weights = cell_fractions(zones_of(parts), UNIT_GRID)
    whole = cell_fractions(zones_of([shapely.union_all(parts)]), UNIT_GRID)
    assert zone_sums(weights, values).sum() == pytest.approx(zone_sums(whole, values)[0], abs=1e-4)
    totals = np.bincount(weights.cell_id, weights.fraction, minlength=UNIT_GRID.cell_count)
    assert totals.max() <= 1 + 1e-12
    np.testing.assert_allclose(totals, dense(whole)[0], atol=SINGLE)


def test_far_apart_parts_and_edges_of_a_large_grid() -> None:
    grid = Grid.from_spec("EPSG:4326", 0.01, (70, 0, 140, 60))  # 42 million cells
    far = shapely.MultiPolygon(
        [shapely.box(69, 59.995, 70.01, 61), shapely.box(139.99, -1, 141, 0.005)]
    )
    weights = cell_fractions(zones_of([far], grid), grid)
    assert weights.cell_id.tolist() == [0, grid.cell_count - 1]
    assert weights.fraction.tolist() == pytest.approx([0.5, 0.5], rel=SINGLE)


# The common rule


@settings(max_examples=40, deadline=None)
@given(polygon=stars(), seed=st.integers(0, 2**32 - 1))
def test_centre_rule_sums_what_rasterstats_sums(polygon: shapely.Polygon, seed: int) -> None:
    assume(lies_on_the_grid(polygon))
    values = np.random.default_rng(seed).normal(size=UNIT_GRID.shape)
    weights = cell_centres(zones_of([polygon]), UNIT_GRID)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (theirs,) = rasterstats.zonal_stats(
            polygon, values, affine=UNIT_GRID.transform, nodata=-9999, stats=["sum", "count"]
        )
    assert cell_counts(weights)[0] == theirs["count"]
    assert zone_sums(weights, values)[0] == pytest.approx(theirs["sum"] or 0.0, abs=1e-11)


def test_a_zone_without_a_centre_has_no_cell_but_a_fraction() -> None:
    zones = zones_of([shapely.box(1.1, 1.1, 1.3, 1.3), shapely.box(2, 2, 4, 4)])
    assert cell_counts(cell_centres(zones, UNIT_GRID)) == [0, 4]
    assert cell_counts(cell_fractions(zones, UNIT_GRID)) == [1, 4]
    alone = cell_centres(zones_of([shapely.box(1.1, 1.1, 1.3, 1.3)]), UNIT_GRID)
    assert len(alone) == 0
    assert zone_sums(alone, np.ones(UNIT_GRID.shape)).tolist() == [0.0]


# Files


def test_weights_are_kept_under_their_key(tmp_path: Path) -> None:
    zones = zones_of([shapely.Point(20, 15).buffer(8), shapely.box(2.9, 2, 4, 4)])
    weights = cell_fractions(zones, UNIT_GRID)
    path = tmp_path / "weights" / "fraction.parquet"
    write_weights(weights, path)
    again = read_weights(path, weights.key)
    assert again is not None
    for column in ("zone_index", "cell_id", "fraction"):
        mine, theirs = getattr(weights, column), getattr(again, column)
        assert mine.dtype == theirs.dtype
        assert (mine == theirs).all()
    assert (again.rule, again.zone_count, again.notices) == ("fraction", 2, ())
    assert sorted(entry.name for entry in path.parent.iterdir()) == [path.name, "fraction.sha256"]
    finer = Grid.from_spec("EPSG:4326", 0.5, UNIT_GRID.bounds)
    others = {
        weights_key(zones, UNIT_GRID, "centre"),
        weights_key(zones, finer, "fraction"),
        weights_key(zones_of([SQUARE]), UNIT_GRID, "fraction"),
    }
    assert len(others | {weights.key}) == 4
    assert all(read_weights(path, key) is None for key in others)
    path.write_bytes(path.read_bytes()[:100])
    assert read_weights(path, weights.key) is None
    assert read_weights(tmp_path / "absent.parquet", weights.key) is None


def test_runs_give_every_block_its_weights(tmp_path: Path) -> None:
    """Whole-cell runs and border cells, whatever rows they are cut at."""
    zones = zones_of([shapely.Point(20, 15).buffer(8), shapely.box(0, 0, 40, 6.5)])
    shares = cell_fractions(zones, UNIT_GRID)
    for weights in (shares, centre_difference(zones, UNIT_GRID, shares)):
        path = tmp_path / f"{weights.rule}.parquet"
        write_weights(weights, path)
        runs = read_runs(path, weights.key)
        assert runs is not None
        assert weights.rule == "difference" or len(runs.cells) < len(weights) / 2
        for rows in (1, 7, UNIT_GRID.height):
            strips = [
                (start, runs.strip(start, min(start + rows, UNIT_GRID.height)))
                for start in range(0, UNIT_GRID.height, rows)
            ]
            cells = [
                start * UNIT_GRID.width + first + np.arange(length)
                for start, strip in strips
                for first, length in zip(strip.first_cell, strip.cells, strict=True)
            ]
            np.testing.assert_array_equal(np.concatenate(cells), weights.cell_id)
            for name in ("zone_index", "fraction"):
                parts = [np.repeat(getattr(strip, name), strip.cells) for _, strip in strips]
                np.testing.assert_array_equal(np.concatenate(parts), getattr(weights, name))
            assert all(strip.is_difference == (weights.rule == "difference") for _, strip in strips)


# Neighbours


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), columns=st.integers(2, 8), rows=st.integers(2, 8))
def test_contiguity_is_libpysals_queen(seed: int, columns: int, rows: int) -> None:
    random = np.random.default_rng(seed)
    parts = lattice(random, columns, rows)
    kept = [part for part in parts if random.random() < 0.6] or parts[:1]
    zones = zones_of(kept)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        queen = Queen.from_dataframe(frame_of(kept), use_index=False)
    rows_found = neighbours(zones).to_pylist()
    contiguous = {
        (row["city_id"], row["neighbour_id"])
        for row in rows_found
        if row["contact"] == "contiguity"
    }
    assert contiguous == {
        (zones.ids[a], zones.ids[b]) for a, others in queen.neighbors.items() for b in others
    }
    every = {(row["city_id"], row["neighbour_id"]) for row in rows_found}
    assert every == {(second, first) for first, second in every}
    if len(kept) > 1:
        assert {first for first, _ in every} == set(zones.ids)
    attached = {row["city_id"] for row in rows_found if row["contact"] == "attachment"}
    assert {zones.ids[index] for index in queen.islands} <= attached or len(kept) == 1


def test_an_island_goes_to_the_zone_that_is_nearest_on_the_ground() -> None:
    grid = Grid.from_spec("EPSG:4326", 1, (0, 50, 40, 75))
    island = shapely.box(20, 70, 21, 71)
    east = shapely.box(22.5, 70, 23.5, 71)  # 1.5 degrees, 56 km
    south = shapely.box(20, 67.8, 21, 68.8)  # 1.2 degrees, 134 km
    table = neighbours(zones_of([south, island, east], grid, code=["s", "i", "e"]))
    assert ("i", "e", "attachment") in [tuple(row.values()) for row in table.to_pylist()]
    exact = Geod(ellps="WGS84").inv(21, 71, 22.5, 71)[2] / 1000
    assert distance_km(island, east) == pytest.approx(exact, rel=1e-3)


def test_one_zone_has_no_neighbour() -> None:
    table = neighbours(zones_of([SQUARE]))
    assert table.num_rows == 0
    assert table.column_names == ["city_id", "neighbour_id", "contact"]
