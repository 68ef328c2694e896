"""One raster on the grid: any window of it, in the units of its quantity."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.crs import CRS
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import transform_bounds
from rasterio.windows import Window

from ingest.catalogue.catalogue import LayerSpec
from ingest.catalogue.grid import Block, Grid, same_crs
from ingest.catalogue.quantities import QUANTITIES
from ingest.catalogue.units import Period
from ingest.rasters.opening import Declared, cell_offset, check_band, declare, one_line
from workspace.arrays import Float
from workspace.errors import InputError

#: Shares are ratios of areas, right to a few digits.
_ROUNDING = 1e-9
#: Error of a warped coordinate, in source cells.
_WARP_TOLERANCE = 1e-9
#: Points along a side of a cell whose average is taken in another CRS: one for each source cell,
#: within these bounds.
_FEWEST_POINTS, _MOST_POINTS = 4, 32
#: Points that are looked up at a time: 32 MB.
_POINTS_AT_A_TIME = 4_000_000


class AlignedRaster:
    """One band of an open raster, read block by block on the target grid.

    Parameters
    ----------
    dataset : rasterio.DatasetReader
        Open dataset.
    band : int
        1-based band.
    spec : LayerSpec
        The layer's entry in the catalogue.
    grid : Grid
        The target grid.
    path : str
        For messages.
    period : Period, optional
        What a value stands for, where the layer's step does not say it all.
    """

    def __init__(
        self,
        dataset: Any,
        band: int,
        spec: LayerSpec,
        grid: Grid,
        path: str,
        period: Period | None = None,
    ) -> None:
        check_band(dataset, band, path)
        self._dataset = dataset
        self._band = band
        self._spec = spec
        self._grid = grid
        self._path = path
        self._declared = declare(dataset, spec, path, period)
        self._offset = cell_offset(self._declared, grid)
        self._scale = _warp_scale(self._declared, grid) if self._offset is None else (1.0, 1.0)
        self._quantity = QUANTITIES[spec.quantity]
        kind = self._declared.period.kind
        self._range = spec.valid_range or self._quantity.valid_range[kind]
        self.dtype = np.dtype(dataset.dtypes[band - 1])
        self.decoder = self._declared.decoder
        # Equal is not enough: one CRS has several spellings.
        self._has_crs_of_grid = same_crs(self._declared.crs.to_wkt(), grid.crs)
        self.width = grid.width
        self.low = math.inf
        self.high = -math.inf

    def read(self, block: Block) -> Float:
        """Read one block of rows of the grid.

        Parameters
        ----------
        block : Block
            Rows of the grid.

        Returns
        -------
        ndarray of float64, shape (rows, width)
            In the unit of the quantity, NaN without data.

        Raises
        ------
        InputError
            As `ingest.rasters.layers.LayerBlock`.
        """
        if not self.coincides:
            return self.resampled(block)
        values = np.full((block.rows, self.width), np.nan)
        placed = self.placed(block)
        if placed is not None:
            window, inside = placed
            values[inside] = self._decoded(window)
        return values

    @property
    def coincides(self) -> bool:
        """Whether its cells are cells of the grid."""
        return self._offset is not None

    @property
    def values_a_year(self) -> int:
        """How many values make a year: 12 months, or 1."""
        return 12 if self._declared.period.kind == "month" else 1

    @property
    def files_of_mean(self) -> int:
        """Of how many files the layer is the mean."""
        return len(self._spec.parts)

    @property
    def likeness(self) -> tuple[object, ...]:
        """What rasters have in common whose codes lie alike and mean the same."""
        declared = self._declared
        size = (declared.width, declared.height)
        return self._offset, size, self.decoder, self.dtype

    def placed(self, block: Block) -> tuple[Window, tuple[slice, slice]] | None:
        """Place a coinciding raster in a block.

        Returns
        -------
        (Window, (rows, columns)) or None
            Cells of the raster, and where they lie in an array of the block; None if none does.
        """
        assert self._offset is not None
        # Source row = grid row + offset.
        top, left = block.row_start + self._offset[0], self._offset[1]
        window = _clipped(top, left, block.rows, self.width, self._declared)
        if window is None:
            return None
        row, column = window.row_off - top, window.col_off - left
        return window, (slice(row, row + window.height), slice(column, column + window.width))

    def resampled(self, block: Block) -> Float:
        """Read one block of a raster whose cells are not the grid's; as `read`."""
        grid, declared = self._grid, self._declared
        target_transform = grid.transform @ Affine.translation(0, block.row_start)
        window = self._source_window(block.rows, target_transform)
        if window is None:
            return np.full((block.rows, grid.width), np.nan)
        decoded = self._decoded(window)
        origin = declared.transform @ Affine.translation(window.col_off, window.row_off)
        resampling = self._spec.resampling or "nearest"
        if resampling == "nearest" and self._has_crs_of_grid and not (origin.b or origin.d):
            return _picked(decoded, origin, target_transform, (block.rows, grid.width))
        values = np.full((block.rows, grid.width), np.nan)
        if resampling == "average":
            return self._averaged(decoded, origin, values, target_transform)
        return self._warped(decoded, origin, values, target_transform, resampling)

    def _averaged(
        self, decoded: Float, origin: Affine, values: Float, target_transform: Affine
    ) -> Float:
        """Average what has data, where a large enough share of the cell has.

        GDAL averages over the upright box around a cell. In another CRS a cell lies askew in that
        box, which then reaches into its neighbours; there the average is that of points spread
        evenly over the cell itself, each of which takes the source cell it falls in.
        """
        if not self._has_crs_of_grid:
            return self._sampled(decoded, origin, values, target_transform)
        self._warped(decoded, origin, values, target_transform, "average")
        present = np.isfinite(decoded)
        if not present.all():
            share = self._warped(
                present.astype(np.float64),
                origin,
                np.zeros(values.shape),
                target_transform,
                "average",
            )
            values[share < self._spec.min_valid_ratio - _ROUNDING] = np.nan
        return values

    def _sampled(
        self, decoded: Float, origin: Affine, values: Float, target_transform: Affine
    ) -> Float:
        """Average points of each cell, a few rows at a time."""
        across, down = (_points_a_side(scale) for scale in self._scale)
        rows = max(1, _POINTS_AT_A_TIME // (values.shape[1] * across * down))
        for start in range(0, values.shape[0], rows):
            part = values[start : start + rows]
            points = np.full((part.shape[0] * down, part.shape[1] * across), np.nan)
            transform = target_transform @ Affine.translation(0, start)
            transform = transform @ Affine.scale(1 / across, 1 / down)
            self._warped(decoded, origin, points, transform, "nearest")
            points = points.reshape(part.shape[0], down, part.shape[1], across)
            valid = np.isfinite(points).sum(axis=(1, 3))
            total = np.nansum(points, axis=(1, 3))
            enough = valid >= max(self._spec.min_valid_ratio * across * down, 1)
            np.divide(total, valid, out=part, where=enough)
        return values

    def _warped(
        self,
        decoded: Float,
        origin: Affine,
        values: Float,
        target_transform: Affine,
        resampling: str,
    ) -> Float:
        """Let GDAL fill ``values``, which lie at ``target_transform`` in the CRS of the grid.

        One scale for the whole grid and exact coordinates: GDAL would settle both block by block,
        and a cell's value would depend on the block it was read with. `rasterio.warp.reproject` of
        version 1.4 has coordinates that are off by up to an eighth of a source cell whatever
        tolerance it is given; a warped VRT keeps to it.
        """
        height, width = decoded.shape
        profile = {"driver": "GTiff", "dtype": "float64", "count": 1, "nodata": np.nan}
        with MemoryFile() as memory:
            with memory.open(height=height, width=width, transform=origin, **profile) as written:
                written.write(decoded, 1)
            with (
                memory.open() as source,
                WarpedVRT(
                    source,
                    # GeoTIFF cannot state every CRS.
                    src_crs=self._declared.crs,
                    crs=CRS.from_user_input(self._grid.crs),
                    transform=target_transform,
                    height=values.shape[0],
                    width=values.shape[1],
                    nodata=np.nan,
                    resampling=Resampling[resampling],
                    tolerance=_WARP_TOLERANCE,
                    XSCALE=self._scale[0],
                    YSCALE=self._scale[1],
                ) as warped,
            ):
                warped.read(1, out=values)
        return values

    def _source_window(self, rows: int, target_transform: Affine) -> Window | None:
        """Find the source cells that a block needs, with a margin for the kernel."""
        declared = self._declared
        west, north = target_transform @ (0, 0)
        east, south = target_transform @ (self._grid.width, rows)
        target = CRS.from_user_input(self._grid.crs)
        bounds = (west, min(south, north), east, max(south, north))
        if declared.crs != target:
            bounds = transform_bounds(target, declared.crs, *bounds, densify_pts=101)
        corners = [
            ~declared.transform @ point
            for point in ((bounds[0], bounds[1]), (bounds[2], bounds[3]))
        ]
        columns, lines = zip(*corners, strict=True)
        reach = 2 + math.ceil((max(lines) - min(lines)) / rows)
        left, right = math.floor(min(columns)) - reach, math.ceil(max(columns)) + reach
        top, bottom = math.floor(min(lines)) - reach, math.ceil(max(lines)) + reach
        return _clipped(top, left, bottom - top, right - left, declared)

    def read_codes(
        self, window: Window, gaps: NDArray[np.bool_], out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Read raw codes, into `out` if given, mark `gaps` in them, refuse impossible values."""
        raw = self._read_raw(window, out)
        if self._quantity.fill_codes:
            self._refuse_fill_codes(raw)
        low, high = self.decoder.survey(raw, gaps)
        if low < self._range[0] or high > self._range[1]:
            raise self._impossible_values()
        self.low, self.high = min(self.low, low), max(self.high, high)
        if self._quantity.is_class:
            self._refuse_fractions(raw)
        return raw

    def _decoded(self, window: Window) -> Float:
        gaps = np.zeros((window.height, window.width), dtype=bool)
        raw = self.read_codes(window, gaps)
        values = np.zeros(raw.shape)
        self.decoder.add_to([values], [raw], gaps)
        return values

    def _read_raw(self, window: Window, out: NDArray[Any] | None = None) -> NDArray[Any]:
        try:
            raw: NDArray[Any] = self._dataset.read(self._band, window=window, out=out)
        except (RasterioError, OSError) as error:
            raise InputError(
                f"band {self._band} cannot be read ({one_line(error)})",
                where=self._path,
                fix="the file is damaged or incomplete: fetch it again",
            ) from None
        return raw

    def _refuse_fill_codes(self, raw: NDArray[Any]) -> None:
        if raw.dtype.kind not in "iu":
            return
        fills = np.isin(raw, self._quantity.fill_codes) & ~self._declared.decoder.missing(raw)
        if fills.any():
            codes = sorted({int(code) for code in np.unique(raw[fills])})
            span = f"{codes[0]}-{codes[-1]}" if len(codes) > 1 else f"{codes[0]}"
            raise InputError(
                f"band {self._band}: MOD17A3 fill codes as data ({span}, cells: {fills.sum()})",
                where=self._path,
                fix='declare nodata: ["32761..32767"] (and any other code) on the layer',
            )

    def _refuse_fractions(self, raw: NDArray[Any]) -> None:
        decoder = self._declared.decoder
        codes = decoder.values(raw[~decoder.missing(raw)])
        fractions = codes[codes % 1 > 0]
        if fractions.size:
            raise InputError(
                f"band {self._band}: {float(fractions[0]):g} is not a class code",
                where=self._path,
                fix="codes are whole numbers: correct scale, or give the layer of classes",
            )

    def _impossible_values(self) -> InputError:
        """Count what is out of range in the whole band, for a message that says it all."""
        quantity = self._quantity
        raw = self._read_raw(Window(0, 0, self._declared.width, self._declared.height))
        decoder = self._declared.decoder
        valid = decoder.values(raw[~decoder.missing(raw)])
        outside = valid[~((valid >= self._range[0]) & (valid <= self._range[1]))]
        unit = quantity.units[self._declared.period.kind]
        return InputError(
            f"band {self._band}: {outside.size} of {valid.size} cells of {quantity.name} lie "
            f"outside {self._range[0]:g} to {self._range[1]:g} {unit} "
            f"(found {outside.min():g} to {outside.max():g})",
            where=self._path,
            fix=quantity.hint or "correct unit, scale or nodata, or declare valid_range",
        )


def _picked(
    decoded: Float, origin: Affine, target_transform: Affine, shape: tuple[int, int]
) -> Float:
    """Take the source cell around each cell's centre, along rows and columns; NaN outside.

    What GDAL's nearest neighbour gives between upright grids of one CRS, without asking it for
    every cell.
    """
    to_source = ~origin @ target_transform
    row = to_source.e * (np.arange(shape[0]) + 0.5) + to_source.f
    column = to_source.a * (np.arange(shape[1]) + 0.5) + to_source.c
    # A border of NaN stands for all that lies outside.
    bordered = np.pad(decoded, 1, constant_values=np.nan)
    rows, columns = (
        np.clip(np.floor(place + _ROUNDING).astype(int), -1, size) + 1
        for place, size in zip((row, column), decoded.shape, strict=True)
    )
    picked: Float = np.take(bordered[rows], columns, axis=1)
    return picked


def _clipped(top: int, left: int, height: int, width: int, declared: Declared) -> Window | None:
    """Cut a window to the raster; None when nothing is left of it."""
    row_start, row_stop = max(top, 0), min(top + height, declared.height)
    column_start, column_stop = max(left, 0), min(left + width, declared.width)
    if row_start >= row_stop or column_start >= column_stop:
        return None
    return Window(column_start, row_start, column_stop - column_start, row_stop - row_start)


def _warp_scale(declared: Declared, grid: Grid) -> tuple[float, float]:
    """Return grid cells per source cell along both axes, as one figure for the whole grid."""
    target = CRS.from_user_input(grid.crs)
    bounds = grid.bounds
    if declared.crs != target:
        bounds = transform_bounds(target, declared.crs, *bounds, densify_pts=101)
    first, last = ~declared.transform @ bounds[:2], ~declared.transform @ bounds[2:]
    return grid.width / abs(last[0] - first[0]), grid.height / abs(last[1] - first[1])


def _points_a_side(scale: float) -> int:
    """Say how many points stand for a cell along one axis, of so many grid cells a source cell."""
    return min(max(math.ceil(1 / scale), _FEWEST_POINTS), _MOST_POINTS)
