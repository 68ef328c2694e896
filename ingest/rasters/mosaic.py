"""Tiles as one raster: what MODIS, Earth Engine and others cut a layer into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
from affine import Affine
from numpy.typing import NDArray
from rasterio.windows import Window

from ingest.rasters.frames import Frame
from ingest.rasters.opening import open_raster
from workspace.errors import InputError

#: Cells by which a tile may lie beside the cells of the first one.
_EDGE_TOLERANCE = 0.01


@contextmanager
def open_frame(frame: Frame) -> Iterator[Any]:
    """Open the file of a frame, or all of its tiles as one raster.

    Raises
    ------
    InputError
        As `ingest.rasters.opening.open_raster`, or if tiles do not fit together.
    """
    if not frame.tiles:
        with open_raster(frame.path, frame.variable) as dataset:
            yield dataset
        return
    with ExitStack() as stack:
        opened = [
            (path, stack.enter_context(open_raster(path, frame.variable))) for path in frame.tiles
        ]
        yield Mosaic(opened)


class Mosaic:
    """Tiles of one CRS, cell and type, read as if they were one file.

    Has what is asked of a rasterio dataset here. A cell that no tile has holds the fill code of the
    tiles; one that several have must be the same in all of them.

    Parameters
    ----------
    tiles : sequence of (str, rasterio.DatasetReader)
        Paths and open datasets.

    Raises
    ------
    InputError
        If tiles differ in CRS, cell, type, bands, scale or fill code, lie between each other's
        cells, or leave gaps and have no fill code.
    """

    def __init__(self, tiles: Sequence[tuple[str, Any]]) -> None:
        self._path, first = tiles[0]
        for path, tile in tiles[1:]:
            for key in ("crs", "dtypes", "count", "scales", "offsets", "nodata"):
                ours, theirs = getattr(first, key), getattr(tile, key)
                if ours != theirs and not (ours != ours and theirs != theirs):
                    raise InputError(
                        f"differs from {self._path} in {key}: {theirs} and {ours}",
                        where=path,
                        fix="tiles of one layer are alike: correct the path's pattern",
                    )
        places = [_place(tile.transform, first.transform, path) for path, tile in tiles]
        left, top = min(x for x, _ in places), min(y for _, y in places)
        self._tiles = [
            (path, tile, x - left, y - top)
            for (path, tile), (x, y) in zip(tiles, places, strict=True)
        ]
        self.crs, self.dtypes, self.count = first.crs, first.dtypes, first.count
        self.scales, self.offsets, self.nodata = first.scales, first.offsets, first.nodata
        self.transform = first.transform @ Affine.translation(left, top)
        self.width = max(x + tile.width for _, tile, x, _ in self._tiles)
        self.height = max(y + tile.height for _, tile, _, y in self._tiles)
        self.files = [name for path, tile in tiles for name in (tile.files or [path])]
        held = sum(tile.width * tile.height for _, tile in tiles)
        if held < self.width * self.height and self.nodata is None:
            raise InputError(
                "tiles leave gaps, and have no fill code to fill them with",
                where=self._path,
                fix="add the missing tiles, or give the files a nodata value",
            )

    def read(
        self, band: int, window: Window | None = None, out: NDArray[Any] | None = None
    ) -> NDArray[Any]:
        """Read a window of one band over all tiles, as rasterio does."""
        window = window or Window(0, 0, self.width, self.height)
        shape = (int(window.height), int(window.width))
        values = np.empty(shape, self.dtypes[band - 1]) if out is None else out
        values.fill(0 if self.nodata is None else self.nodata)
        filled = np.zeros(shape, dtype=bool)
        for path, tile, x, y in self._tiles:
            column, row = max(window.col_off, x), max(window.row_off, y)
            width = min(window.col_off + window.width, x + tile.width) - column
            height = min(window.row_off + window.height, y + tile.height) - row
            if width <= 0 or height <= 0:
                continue
            part = tile.read(band, window=Window(column - x, row - y, width, height))
            place = np.s_[
                row - window.row_off : row - window.row_off + height,
                column - window.col_off : column - window.col_off + width,
            ]
            self._refuse_disagreement(values[place], part, filled[place], path)
            values[place] = part
            filled[place] = True
        return values

    def _refuse_disagreement(
        self, there: NDArray[Any], part: NDArray[Any], filled: NDArray[np.bool_], path: str
    ) -> None:
        twice = filled & (there != part)
        if part.dtype.kind == "f":
            twice &= ~(np.isnan(there) & np.isnan(part))
        if twice.any():
            raise InputError(
                f"{int(twice.sum())} cells are others in a tile that overlaps it",
                where=path,
                fix="tiles that overlap must agree: fetch them anew, in one version",
            )


def _place(transform: Affine, first: Affine, path: str) -> tuple[int, int]:
    """Return column and row of a tile's corner, from that of the first tile."""
    column, row = ~first @ (transform.c, transform.f)
    sizes = [transform.a / first.a, transform.e / first.e]
    if (
        max(abs(column - round(column)), abs(row - round(row))) > _EDGE_TOLERANCE
        or max(abs(size - 1) for size in sizes) > 1e-6
    ):
        raise InputError(
            "its cells do not continue those of the other tiles",
            where=path,
            fix="tiles of one layer share a grid: correct the path's pattern",
        )
    return round(column), round(row)
