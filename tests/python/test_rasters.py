"""Rasters: what comes back is on the grid, in the quantity's unit, and free of fill codes."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from rasterio.enums import Resampling
from rasterio.transform import from_origin
from rasterio.vrt import WarpedVRT

from ingest.catalogue.catalogue import LayerSpec
from ingest.catalogue.grid import Block, Grid
from ingest.rasters.aligned import AlignedRaster
from ingest.rasters.opening import check_placement, declare, open_raster
from ingest.zones.polygons import reproject
from workspace.errors import InputError

RNG = np.random.default_rng(7)
GRID = Grid.from_spec("EPSG:4326", 1.0, (10, 0, 18, 6))
WHOLE = Block(0, GRID.height)


def write(path: Path, values: Any, **keys: Any) -> Path:
    """Write a float32 GeoTIFF whose north-west corner is that of the grid, unless told."""
    options = {
        "dtype": "float32",
        "crs": "EPSG:4326",
        "nodata": -9999.0,
        "transform": from_origin(10, 6, 1, 1),
    } | keys
    scale = options.pop("scales", None)
    values = np.asarray(values)
    height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=1, height=height, width=width, **options
    ) as dataset:
        dataset.write(values.astype(options["dtype"]), 1)
        if scale:
            dataset.scales = (scale,)
    return path


def layer(**keys: Any) -> LayerSpec:
    declared = {
        "quantity": "npp",
        "step": "year",
        "unit": "gC/m2/year",
        "path": "p",
        "source": "s",
    } | keys
    return LayerSpec(**declared)


def read(path: Path, spec: LayerSpec, grid: Grid = GRID, rows: int = 0) -> Any:
    """Read the whole grid, in blocks of some rows or at once."""
    with open_raster(str(path)) as dataset:
        check_placement(declare(dataset, spec, str(path)), spec, grid, str(path))
        raster = AlignedRaster(dataset, 1, spec, grid, str(path))
        blocks = grid.blocks(rows * grid.width) if rows else [Block(0, grid.height)]
        return np.vstack([raster.read(block) for block in blocks])


def test_aligned_cells_are_copied_from_smaller_and_larger_files(tmp_path: Path) -> None:
    larger = RNG.random((20, 30)) * 100
    path = write(tmp_path / "l.tif", larger, transform=from_origin(4, 10, 1, 1), dtype="float64")
    np.testing.assert_array_equal(read(path, layer()), larger[4:10, 6:14])
    smaller = RNG.random((2, 3)) * 100
    path = write(tmp_path / "s.tif", smaller, transform=from_origin(12, 5, 1, 1), dtype="float64")
    expected = np.full(GRID.shape, np.nan)
    expected[1:3, 2:5] = smaller
    np.testing.assert_array_equal(read(path, layer()), expected)
    np.testing.assert_array_equal(read(path, layer(), rows=1), expected)


@pytest.mark.parametrize(
    ("how", "cell"),
    [("nearest", 0.1), ("nearest", 2.3), ("nearest", 0.73), ("average", 0.1), ("mode", 0.1)],
)
def test_resampling_of_full_data_is_gdals(how: str, cell: float, tmp_path: Path) -> None:
    values = RNG.integers(1, 9, (70, 90)) if how == "mode" else RNG.random((70, 90)) * 100
    path = write(
        tmp_path / "a.tif", values, transform=from_origin(9.6, 6.4, cell, cell), dtype="float64"
    )
    with (
        rasterio.open(path) as dataset,
        WarpedVRT(
            dataset,
            crs=GRID.crs,
            transform=GRID.transform,
            width=GRID.width,
            height=GRID.height,
            resampling=Resampling[how],
        ) as warped,
    ):
        expected = warped.read(1)
    np.testing.assert_allclose(read(path, layer(resampling=how)), expected, rtol=1e-12)


@pytest.mark.parametrize("cell", [0.1, 0.4, 1.7])
def test_bilinear_is_a_triangle_as_wide_as_the_coarser_cell(cell: float, tmp_path: Path) -> None:
    values = RNG.random((int(9 / cell), int(11 / cell))) * 100
    transform = from_origin(8.3, 7.2, cell, cell)
    path = write(tmp_path / "a.tif", values, transform=transform, dtype="float64")
    x, y = GRID.cell_centres()

    def triangle(centres: Any, count: int) -> Any:
        """Weights of source cells (columns) for centres in source cells (rows)."""
        distance = np.abs(np.arange(count) + 0.5 - centres[:, None])
        weights = np.clip(1 - distance * min(cell, 1.0), 0, None)
        return weights / weights.sum(axis=1, keepdims=True)

    across = triangle((x - 8.3) / cell, values.shape[1])
    down = triangle((7.2 - y) / cell, values.shape[0])
    found = read(path, layer(resampling="bilinear"))
    inner = (slice(0, 5), slice(1, 8))  # beyond the file's edge GDAL has kernels of its own
    np.testing.assert_allclose(found[inner], (down @ values @ across.T)[inner], rtol=1e-9)


def test_an_average_is_of_the_half_that_has_data_or_none(tmp_path: Path) -> None:
    fine = RNG.integers(100, 110, (24, 32)).astype(float)
    fine[RNG.random(fine.shape) < 0.5] = -9999
    path = write(tmp_path / "a.tif", fine, transform=from_origin(10, 6, 0.25, 0.25), dtype="int32")
    cells = np.where(fine < 0, np.nan, fine).reshape(6, 4, 8, 4).transpose(0, 2, 1, 3)
    cells = cells.reshape(6, 8, 16)
    expected = np.nanmean(cells, axis=2)
    expected[np.isfinite(cells).sum(axis=2) < 8] = np.nan
    assert 0 < np.isnan(expected).sum() < expected.size
    np.testing.assert_allclose(read(path, layer(resampling="average")), expected, rtol=1e-12)
    any_data = read(path, layer(resampling="average", min_valid_ratio=0))
    np.testing.assert_allclose(any_data, np.nanmean(cells, axis=2), rtol=1e-12)


def test_a_crs_has_several_spellings(tmp_path: Path) -> None:
    fine = RNG.random((24, 32)) * 100
    path = write(tmp_path / "a.tif", fine, transform=from_origin(10, 6, 0.3, 0.3), crs=None)
    for how in ("nearest", "average"):
        spelt = [read(path, layer(resampling=how, crs=crs)) for crs in ("EPSG:4326", "OGC:CRS84")]
        np.testing.assert_array_equal(*spelt)


SINUSOIDAL = "+proj=sinu +lon_0=0 +x_0=0 +y_0=0 +R=6371007.181 +units=m"


@pytest.mark.parametrize(("cell", "pixel"), [(0.25, 2_000.0), (0.025, 1_500.0)])
def test_an_average_in_another_projection_is_that_of_the_cell_itself(
    cell: float, pixel: float, tmp_path: Path
) -> None:
    """Far from its meridian a sinusoidal cell is sheared: exactextract averages that shape."""
    grid = Grid.from_spec("EPSG:4326", cell, (100, 34, 100 + 24 * cell, 34 + 16 * cell))
    edges = shapely.segmentize(shapely.box(*grid.bounds), cell / 4)
    outline = shapely.bounds(reproject(np.array([edges]), "EPSG:4326", SINUSOIDAL)[0])
    west, north = outline[0] - 5 * pixel, outline[3] + 5 * pixel
    width, height = (
        int((b - a) / pixel) + 10 for a, b in zip(outline[:2], outline[2:], strict=True)
    )
    across, down = np.meshgrid(np.arange(width) * pixel, np.arange(height) * pixel)
    # Values vary over ten cells; blank patches are several cells wide.
    size = cell * 111_000
    values = 1_000 + 500 * np.sin(across / size / 3) * np.cos(down / size / 2)
    blank = (np.floor(across / size / 3.3) + np.floor(down / size / 2.7)) % 3 == 0
    path = write(
        tmp_path / "a.tif",
        np.where(blank, 32_765, values),
        dtype="int16",
        nodata=32_767,
        crs=SINUSOIDAL,
        transform=from_origin(west, north, pixel, pixel),
    )
    spec = layer(resampling="average", nodata=["32761..32767"], crs=SINUSOIDAL)
    found = read(path, spec, grid)
    np.testing.assert_array_equal(read(path, spec, grid, rows=5), found)

    x, y = (centres.ravel() for centres in np.meshgrid(*grid.cell_centres()))
    squares = shapely.box(x - cell / 2, y - cell / 2, x + cell / 2, y + cell / 2)
    sheared = reproject(shapely.segmentize(squares, cell / 4), "EPSG:4326", SINUSOIDAL)
    source = NumPyRasterSource(
        np.where(blank, np.nan, np.rint(values)),
        *(west, north - height * pixel, west + width * pixel, north),
        nodata=np.nan,
    )
    frame = gpd.GeoDataFrame(geometry=sheared, crs=SINUSOIDAL)
    rows = exact_extract(source, frame, ["mean", "count"], output="pandas")
    share = rows["count"] * pixel**2 / shapely.area(sheared)
    clear = (share - 0.5).abs() > 0.15
    assert (np.isfinite(found.ravel()) == (share > 0.5))[clear].all()
    assert clear.mean() > 0.7
    valid = np.isfinite(found.ravel()) & clear
    difference = found.ravel()[valid] / rows["mean"][valid] - 1
    # Of a dozen source cells with data, a point more or less is a few per cent of their span.
    assert difference.abs().max() < 0.05
    assert difference.std() < 0.01
    assert abs(difference.mean()) < 0.001
    assert np.isfinite(found).mean() == pytest.approx((share > 0.5).mean(), abs=0.05)


@pytest.mark.parametrize("how", ["nearest", "bilinear", "average", "mode"])
def test_a_fill_code_never_leaks_into_a_value(how: str, tmp_path: Path) -> None:
    fine = RNG.integers(100, 110, (24, 32)).astype(float)
    fine[RNG.random(fine.shape) < 0.3] = 32761
    fine[:4, :4] = -9999
    path = write(tmp_path / "a.tif", fine, transform=from_origin(10, 6, 0.25, 0.25), dtype="int32")
    values = read(path, layer(resampling=how, nodata=["32761..32767"]))
    assert np.isnan(values[0, 0])
    assert np.nanmin(values) >= 100
    assert np.nanmax(values) <= 110


@settings(max_examples=40, deadline=None)
@given(
    how=st.sampled_from(["nearest", "bilinear", "average", "mode"]),
    cell=st.sampled_from([0.137, 0.4, 0.77, 1.0, 1.6, 3.3]),
    # In thousandths: of an edge a billionth of a cell off, GDAL's average takes that billionth into
    # account or not, block by block.
    shift=st.integers(-2_400, 2_400).map(lambda thousandths: thousandths / 1_000),
    rows=st.integers(1, 5),
)
def test_values_do_not_depend_on_the_size_of_blocks(
    how: str, cell: float, shift: float, rows: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    values = RNG.random((int(7 / cell) + 2, int(9 / cell) + 2)) * 100
    values[RNG.random(values.shape) < 0.1] = -9999
    transform = from_origin(10 + shift, 6 + shift, cell, cell)
    path = write(folder / "a.tif", values, transform=transform)
    spec = layer(resampling=how)
    np.testing.assert_allclose(
        read(path, spec, rows=rows), read(path, spec), rtol=1e-12, atol=1e-12
    )


def test_a_warp_does_not_depend_on_the_size_of_blocks(tmp_path: Path) -> None:
    values = RNG.random((90, 110)) * 100
    path = write(
        tmp_path / "a.tif",
        values,
        crs="EPSG:32632",
        transform=from_origin(550_000, 700_000, 9_000, 9_000),
    )
    spec = layer(resampling="bilinear", crs="EPSG:32632")
    whole = read(path, spec)
    assert np.isfinite(whole).mean() > 0.9
    np.testing.assert_allclose(read(path, spec, rows=1), whole, rtol=1e-12)


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("how", ["nearest", "bilinear", "average", "mode"])
@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32632", SINUSOIDAL])
def test_a_warped_cell_is_where_it_is(crs: str, how: str, axis: str, tmp_path: Path) -> None:
    """A field that is linear along an axis of the file says where each cell was looked for."""
    grid = Grid.from_spec("EPSG:4326", 0.25, (14, 50, 22, 56))
    pixel = {"average": 0.05, "mode": 0.05}.get(how, 0.5) * (1 if crs == "EPSG:4326" else 111_000)
    edges = shapely.segmentize(shapely.box(*grid.bounds), 0.1)
    west, south, east, north = shapely.bounds(reproject(np.array([edges]), "EPSG:4326", crs)[0])
    west, north = west - 4.3 * pixel, north + 4.6 * pixel
    width, height = int((east - west) / pixel) + 9, int((north - south) / pixel) + 9
    down, across = np.mgrid[:height, :width] + 0.5
    path = write(
        tmp_path / "a.tif",
        across if axis == "x" else down,
        dtype="float64",
        crs=crs,
        transform=from_origin(west, north, pixel, pixel),
    )
    found = read(path, layer(resampling=how, crs=crs), grid)

    lon, lat = np.meshgrid(*grid.cell_centres())
    x, y = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(lon, lat)
    expected = (x - west) / pixel if axis == "x" else (north - y) / pixel
    # In source cells: nothing for a kernel that is linear, half a cell for one that picks, and
    # for what stands for a whole cell, how far a few points or a box are from its middle.
    allowed = {"bilinear": 1e-6, "nearest": 0.5 + 1e-6, "average": 0.3, "mode": 3.0}[how]
    error = found - expected
    assert np.abs(error).max() < allowed


def test_a_file_that_starts_in_the_south_comes_out_the_same(tmp_path: Path) -> None:
    values = RNG.random(GRID.shape) * 100
    north = write(tmp_path / "n.tif", values, dtype="float64")
    south = write(
        tmp_path / "s.tif",
        values[::-1],
        dtype="float64",
        transform=rasterio.Affine(1, 0, 10, 0, 1, 0),
    )
    expected = read(north, layer())
    np.testing.assert_array_equal(read(south, layer(resampling="nearest")), expected)
    np.testing.assert_array_equal(read(south, layer(resampling="nearest"), rows=1), expected)


def test_scale_and_unit_come_from_file_or_catalogue_and_must_agree(tmp_path: Path) -> None:
    raw = RNG.integers(0, 3000, GRID.shape)
    plain = write(tmp_path / "p.tif", raw, dtype="int16")
    scaled = write(tmp_path / "s.tif", raw, dtype="int16", scales=0.1)
    for path, spec in ((plain, layer(scale=0.1)), (scaled, layer()), (scaled, layer(scale=0.1))):
        np.testing.assert_allclose(read(path, spec), raw * 0.1, rtol=1e-12)
    np.testing.assert_allclose(
        read(plain, layer(scale=0.0001, unit="kgC/m2/year")), raw * 0.1, rtol=1e-12
    )
    with pytest.raises(InputError, match=r"its scale is 0.1, the catalogue says 0.01"):
        read(scaled, layer(scale=0.01))
    kelvin = write(tmp_path / "k.tif", np.full(GRID.shape, 293.15), dtype="float64")
    warm = layer(quantity="temperature", step="month", unit="K")
    np.testing.assert_allclose(read(kelvin, warm), 20.0, rtol=1e-12)


REFUSALS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "no crs": ({"crs": None}, {}, "has no CRS"),
    "contradiction": ({}, {"crs": "EPSG:3857"}, "its CRS is EPSG:4326, the catalogue says"),
    "other crs": ({"crs": "EPSG:4490"}, {}, "in EPSG:4490 have to be warped to EPSG:4326"),
    "no nodata": ({"nodata": None}, {}, "nodata is declared neither in the file nor"),
    "elsewhere": ({"transform": from_origin(100, 6, 1, 1)}, {}, "nothing of the grid"),
    "other cells": ({"transform": from_origin(10.3, 6, 1, 1)}, {}, "declare resampling"),
    "no place": ({"transform": rasterio.Affine.identity()}, {}, "no georeference"),
    "0 to 360": (
        {"transform": from_origin(10.6, 6, 60, 1)},
        {"resampling": "nearest"},
        "the west of the grid would stay empty",
    ),
}


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("fault", REFUSALS)
def test_headers_that_cannot_be_used(fault: str, tmp_path: Path) -> None:
    in_file, in_catalogue, said = REFUSALS[fault]
    path = write(tmp_path / "a.tif", np.ones(GRID.shape), **in_file)
    with pytest.raises(InputError, match=said) as caught:
        read(path, layer(**in_catalogue))
    assert str(path) in str(caught.value)
    assert caught.value.fix


def test_impossible_values_are_counted_over_the_whole_band(tmp_path: Path) -> None:
    values = np.full(GRID.shape, 15.0)
    values[2:4] = 288.0
    path = write(tmp_path / "t.tif", values)
    spec = layer(quantity="temperature", step="month", unit="degC")
    said = r"band 1: 16 of 48 cells of temperature lie outside -90 to 60 degC \(found 288 to 288\)"
    with pytest.raises(InputError, match=said):
        read(path, spec, rows=1)
    fills = np.full(GRID.shape, 3000)
    fills[0, :3] = 32761, 32767, 65535
    path = write(tmp_path / "n.tif", fills, dtype="uint16", nodata=None)
    said = r"MOD17A3 fill codes as data \(32761-65535, cells: 3\)"
    with pytest.raises(InputError, match=said):
        read(path, layer(nodata="none", scale=0.1))
    classes = write(tmp_path / "l.tif", np.full(GRID.shape, 2.5))
    with pytest.raises(InputError, match=r"2.5 is not a class code"):
        read(classes, layer(quantity="lithology", step="static", unit="1"))


def test_odd_names_are_opened_and_other_formats_are_not(tmp_path: Path) -> None:
    for name in ("a b.tif", "中国 'x'.tif", "h#?%20[1].tif"):
        path = write(tmp_path / name, np.ones(GRID.shape))
        assert read(path, layer()).sum() == GRID.cell_count
    (tmp_path / "a.vrt").write_text(
        '<VRTDataset rasterXSize="8" rasterYSize="6"><VRTRasterBand dataType="Byte" band="1"/>'
        "</VRTDataset>"
    )
    (tmp_path / "half.tif").write_bytes((tmp_path / "a b.tif").read_bytes()[:90])
    for name in ("a.vrt", "half.tif", "absent.tif"):
        with pytest.raises(InputError, match="cannot be read as a raster"):
            read(tmp_path / name, layer())


def test_files_are_closed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", np.ones(GRID.shape))
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, limits[1]))
    try:
        for _ in range(300):
            read(path, layer())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
