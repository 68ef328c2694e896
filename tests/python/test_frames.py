"""Frames: which band of which file holds a month or a year, in every layout that is published."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from rasterio.transform import from_origin

from ingest.catalogue.catalogue import LayerSpec
from ingest.rasters.frames import Frame, frames_of
from tests.helpers.miniature import HEIGHT, WIDTH, write_netcdf, write_tiff
from workspace.errors import InputError

ONES = np.ones((HEIGHT, WIDTH))


def layer(path: str, step: str = "month", **keys: Any) -> LayerSpec:
    quantity = {"year": "npp", "static": "lithology"}.get(step, "temperature")
    return LayerSpec(quantity=quantity, path=path, source="s", step=step, unit="degC", **keys)


def find(folder: Path, spec: LayerSpec, year: int) -> list[tuple[str, int]]:
    frames = frames_of(spec, year, lambda path: str(folder / path))
    return [(Path(frame.path).name, frame.band) for frame in frames]


def write_stack(path: Path, bands: int) -> None:
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=WIDTH,
        height=HEIGHT,
        count=bands,
        dtype="float32",
        nodata=-1,
        crs="EPSG:4326",
        transform=from_origin(0, 0, 1, 1),
    ) as dataset:
        dataset.write(np.zeros((bands, HEIGHT, WIDTH), "float32"))


def months(path: Path, units: str, values: list[float]) -> None:
    """Write a NetCDF with the given time axis."""
    import netCDF4

    write_netcdf(path, "tmp", np.ones((len(values), HEIGHT, WIDTH)), 2001, units=units)
    with netCDF4.Dataset(path, "a") as file:
        file["time"][:] = values


def test_one_file_a_month_and_a_band_of_it(tmp_path: Path) -> None:
    for month in range(1, 13):
        write_tiff(tmp_path / f"t_2001_{month:02d}.tif", ONES)
    spec = layer("t_{year}_{month:02d}.tif", band=1)
    assert find(tmp_path, spec, 2001) == [(f"t_2001_{m:02d}.tif", 1) for m in range(1, 13)]
    (tmp_path / "t_2001_07.tif").unlink()
    with pytest.raises(InputError, match=r"t_2001_07.tif: no such file \(temperature of 2001\)"):
        find(tmp_path, spec, 2001)


def test_twelve_bands_a_year(tmp_path: Path) -> None:
    write_stack(tmp_path / "t_2001.tif", 12)
    assert find(tmp_path, layer("t_{year}.tif"), 2001) == [
        ("t_2001.tif", band) for band in range(1, 13)
    ]
    write_stack(tmp_path / "t_2002.tif", 11)
    with pytest.raises(InputError, match=r"no band for 2002-12 \(temperature\)"):
        find(tmp_path, layer("t_{year}.tif"), 2002)
    write_stack(tmp_path / "t_2003.tif", 13)
    with pytest.raises(InputError, match="13 bands without a time coordinate, 12 expected"):
        find(tmp_path, layer("t_{year}.tif"), 2003)


def test_one_annual_band_is_not_guessed_among_several(tmp_path: Path) -> None:
    write_stack(tmp_path / "n_2001.tif", 3)
    with pytest.raises(InputError, match="'band'"):
        find(tmp_path, layer("n_{year}.tif", "year"), 2001)
    assert find(tmp_path, layer("n_{year}.tif", "year", band=2), 2001) == [("n_2001.tif", 2)]


def test_stack_counted_from_its_first_year(tmp_path: Path) -> None:
    write_stack(tmp_path / "stack.tif", 36)
    spec = layer("stack.tif", first_year=2000)
    assert find(tmp_path, spec, 2001)[0] == ("stack.tif", 13)
    assert find(tmp_path, layer("stack.tif", "year", first_year=2000), 2003)[0] == ("stack.tif", 4)
    with pytest.raises(InputError, match="no band for 2003-01, 2003-02, 2003-03 and 9 more"):
        find(tmp_path, spec, 2003)
    with pytest.raises(InputError, match="declare first_year"):
        find(tmp_path, layer("stack.tif"), 2001)


@pytest.mark.parametrize(
    ("units", "first", "step"),
    [
        ("days since 1990-01-01", 4023.0, 30.4),
        ("hours since 1990-01-01", 4023.0 * 24, 30.4 * 24),
        ("months since 1990-01-15", 132.0, 1.0),
        ("months since 1990-01-01", 132.5, 1.0),
    ],
)
def test_netcdf_time_axis(tmp_path: Path, units: str, first: float, step: float) -> None:
    months(tmp_path / "t.nc", units, [first + step * month for month in range(36)])
    spec = layer("t.nc", variable="tmp")
    assert find(tmp_path, spec, 2002) == [("t.nc", band) for band in range(13, 25)]
    with pytest.raises(InputError, match="no band for 2004-01"):
        find(tmp_path, spec, 2004)


def test_years_are_counted_and_odd_axes_refused(tmp_path: Path) -> None:
    months(tmp_path / "n.nc", "years since 1999-06-01", [0.0, 1.0, 2.0])
    assert find(tmp_path, layer("n.nc", "year", variable="tmp"), 2001) == [("n.nc", 3)]
    months(tmp_path / "odd.nc", "fortnights since 1999-01-01", [0.0, 1.0])
    with pytest.raises(InputError, match="'fortnights since 1999-01-01'"):
        find(tmp_path, layer("odd.nc", variable="tmp"), 1999)


def test_a_finer_time_axis_is_not_taken_for_the_step(tmp_path: Path) -> None:
    months(tmp_path / "t.nc", "months since 2001-01-15", list(map(float, range(12))))
    with pytest.raises(InputError, match=r"bands 1 and 2 are both 2001 \(npp\)"):
        find(tmp_path, layer("t.nc", "year", variable="tmp"), 2001)


def test_several_years_a_file_by_a_pattern(tmp_path: Path) -> None:
    months(tmp_path / "t_a.nc", "months since 2001-01-15", list(map(float, range(24))))
    months(tmp_path / "t_b.nc", "months since 2003-01-15", list(map(float, range(12))))
    spec = layer("t_*.nc", variable="tmp")
    assert find(tmp_path, spec, 2003) == [("t_b.nc", band) for band in range(1, 13)]
    shutil.copy(tmp_path / "t_b.nc", tmp_path / "t_c.nc")
    with pytest.raises(InputError, match=r"2003-01 stands twice \(temperature\), also in .*t_b.nc"):
        find(tmp_path, spec, 2003)
    with pytest.raises(InputError, match="no file matches"):
        find(tmp_path, layer("x_*.nc"), 2003)


def test_climatology_serves_every_year(tmp_path: Path) -> None:
    write_stack(tmp_path / "clim.tif", 12)
    spec = layer("clim.tif", "climatology")
    assert find(tmp_path, spec, 1901) == find(tmp_path, spec, 2100)
    write_stack(tmp_path / "short.tif", 11)
    with pytest.raises(InputError, match="11 bands, but a climatology has 12"):
        find(tmp_path, layer("short.tif", "climatology"), 2001)


def test_static_layer_and_a_folder_with_a_star(tmp_path: Path) -> None:
    folder = tmp_path / "a*b [c]"
    folder.mkdir()
    write_tiff(folder / "lith.tif", ONES)
    spec = layer("lith.tif", "static")
    frames = frames_of(spec, 2001, lambda path: str(folder / path))
    assert frames == (Frame(str(folder / "lith.tif"), 1),)
