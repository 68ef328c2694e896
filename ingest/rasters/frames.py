"""Which band of which file holds a layer's values for a year and month.

Published data sets lay time out in four ways: one file a month, one file a year with twelve bands,
a stack of years, and a NetCDF time dimension. A *frame* is one band of one file whatever the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import cftime

from ingest.catalogue.catalogue import LayerSpec
from ingest.rasters.opening import open_raster
from workspace.errors import InputError
from workspace.files import is_remote

MONTHS = range(1, 13)

#: Steps of a time axis whose length in days varies, so that cftime cannot convert them.
_MONTHS_OF_STEP = {"month": 1, "common_year": 12, "year": 12}


@dataclass(frozen=True)
class Frame:
    """One band of one file: the raster of a month, a year, or of all time."""

    path: str
    band: int
    variable: str | None = None


def frames_of(spec: LayerSpec, year: int, resolve: Callable[[str], str]) -> tuple[Frame, ...]:
    """Find the frames that make up one year of a layer.

    Parameters
    ----------
    spec : LayerSpec
        The layer's entry in the catalogue.
    year : int
        Calendar year.
    resolve : callable
        Turns a path of the catalogue into one that can be opened.

    Returns
    -------
    tuple of Frame
        Twelve for a step of ``month`` or ``climatology``, one for ``year`` or ``static``.

    Raises
    ------
    InputError
        If a file, a band or a month is missing.
    """
    months: Sequence[int | None] = MONTHS if spec.step in ("month", "climatology") else (None,)
    fields = spec.placeholders
    paths = paths_of(spec, year, resolve)
    if "month" in fields:
        return tuple(_existing(path, spec, year, spec.band or 1) for path in paths)
    if "*" in spec.path:
        if not paths:
            raise InputError(
                f"no file matches ({spec.quantity})",
                where=resolve(spec.path.format(year=year)),
                mend="correct the path's pattern",
            )
        return _frames_in_stack(paths, spec, year, months)
    (path,) = paths
    _existing(path, spec, year, 1)
    if spec.step == "static":
        return (Frame(path, spec.band or 1, spec.variable),)
    if spec.step == "climatology":
        return _twelve_bands(path, spec)
    return _frames_in_stack([path], spec, year, months, one_year="year" in fields)


def paths_of(spec: LayerSpec, year: int, resolve: Callable[[str], str]) -> list[str]:
    """Name the files that a layer is looked for in, without opening any.

    Parameters
    ----------
    spec : LayerSpec
        The layer's entry in the catalogue.
    year : int
        Calendar year.
    resolve : callable
        Turns a path of the catalogue into one that can be opened.

    Returns
    -------
    list of str
        Twelve for a file a month; all that match a pattern; else one, be it there or not.

    Examples
    --------
    >>> spec = LayerSpec(quantity="npp", path="npp_{year}.tif", step="year", source="made_up")
    >>> paths_of(spec, 2001, lambda name: f"inputs/{name}")
    ['inputs/npp_2001.tif']
    """
    if "month" in spec.placeholders:
        return [resolve(spec.path.format(year=year, month=month)) for month in MONTHS]
    path = resolve(spec.path.format(year=year))
    if "*" not in spec.path:
        return [path]
    return sorted(str(found) for found in Path(path).parent.glob(Path(path).name))


def _existing(path: str, spec: LayerSpec, year: int, band: int) -> Frame:
    if not is_remote(path) and not Path(path).is_file():
        raise InputError(
            f"no such file ({spec.quantity} of {year})",
            where=path,
            mend="add the file or correct the path in the catalogue",
        )
    return Frame(path, band, spec.variable)


def _twelve_bands(path: str, spec: LayerSpec) -> tuple[Frame, ...]:
    with open_raster(path, spec.variable) as dataset:
        count = dataset.count
    if count != len(MONTHS):
        raise InputError(
            f"{count} bands, but a climatology has 12 ({spec.quantity})",
            where=path,
            mend="give one band a month, January first",
        )
    return tuple(Frame(path, month, spec.variable) for month in MONTHS)


def _frames_in_stack(
    paths: Sequence[str],
    spec: LayerSpec,
    year: int,
    months: Sequence[int | None],
    *,
    one_year: bool = False,
) -> tuple[Frame, ...]:
    """Look frames up by the time coordinate or, where there is none, by counting bands."""
    calendar: dict[tuple[int, int | None], Frame] = {}
    for path in paths:
        for moment, band in _band_times(path, spec, year, one_year=one_year):
            if moment in calendar:
                raise _twice(moment, calendar[moment], Frame(path, band), spec)
            calendar[moment] = Frame(path, band, spec.variable)
    wanted = [(year, month) for month in months]
    missing = [moment for moment in wanted if moment not in calendar]
    if missing:
        raise InputError(
            f"no band for {', '.join(map(_say, missing[:3]))}"
            f"{f' and {len(missing) - 3} more' if len(missing) > 3 else ''} ({spec.quantity})",
            where=paths[0] if len(paths) == 1 else str(Path(paths[0]).parent),
            mend="add the missing time steps or narrow 'years' in the catalogue",
        )
    return tuple(calendar[moment] for moment in wanted)


def _twice(
    moment: tuple[int, int | None], first: Frame, second: Frame, spec: LayerSpec
) -> InputError:
    """Say that two bands claim one time, which differs in meaning within a file and across."""
    if first.path != second.path:
        return InputError(
            f"{_say(moment)} stands twice ({spec.quantity}), also in {first.path}",
            where=second.path,
            mend="remove one of the two",
        )
    return InputError(
        f"bands {first.band} and {second.band} are both {_say(moment)} ({spec.quantity})",
        where=second.path,
        mend=f"step: {spec.step} needs one band for each {spec.step}; correct step or the file",
    )


def _band_times(
    path: str, spec: LayerSpec, year: int, *, one_year: bool
) -> list[tuple[tuple[int, int | None], int]]:
    """List (year, month) and band of a file; the month is None for annual layers."""
    monthly = spec.step == "month"
    if spec.band is not None and one_year and not monthly:
        return [((year, None), spec.band)]
    times, count = _time_axis(path, spec.variable, _stamp(path))
    if times is not None:
        return [
            ((when.year, when.month if monthly else None), band)
            for band, when in enumerate(times, start=1)
        ]
    first_year = year if one_year else spec.first_year
    if first_year is None:
        raise InputError(
            f"{count} bands without a time coordinate ({spec.quantity})",
            where=path,
            mend="declare first_year, or put {year} into the path",
        )
    per_year = 12 if monthly else 1
    if one_year and count > per_year:
        raise InputError(
            f"{count} bands without a time coordinate, {per_year} expected ({spec.quantity})",
            where=path,
            mend="remove the others" if monthly else "say which one with 'band'",
        )
    return [
        ((first_year + index // per_year, index % per_year + 1 if monthly else None), index + 1)
        for index in range(count)
    ]


@dataclass(frozen=True)
class _Moment:
    year: int
    month: int


def _stamp(path: str) -> int:
    return Path(path).stat().st_mtime_ns if Path(path).exists() else 0


@lru_cache(maxsize=4096)
def _time_axis(path: str, variable: str | None, stamp: int) -> tuple[list[_Moment] | None, int]:
    """Read the time coordinate and the number of bands once for all years of a stack."""
    with open_raster(path, variable) as dataset:
        return _time_coordinate(dataset, path), dataset.count


def _time_coordinate(dataset: Any, path: str) -> list[_Moment] | None:
    """Read a CF time coordinate that GDAL passes on in the metadata of file and bands."""
    tags = dataset.tags()
    of_first_band = dataset.tags(1)
    names = [
        key.removesuffix("#units")
        for key, unit in tags.items()
        if key.endswith("#units") and " since " in unit
    ]
    names = [name for name in names if f"NETCDF_DIM_{name}" in of_first_band]
    if len(names) != 1:
        return None
    name = names[0]
    units, calendar = tags[f"{name}#units"], tags.get(f"{name}#calendar", "standard")
    raw = [dataset.tags(band)[f"NETCDF_DIM_{name}"] for band in dataset.indexes]
    try:
        return [_moment(float(value), units, calendar) for value in raw]
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"its time axis ({units!r}, calendar {calendar!r}) cannot be read "
            f"({' '.join(str(error).split())[:120]})",
            where=path,
            mend="rewrite it as 'days since 1900-01-01'",
        ) from None


def _moment(value: float, units: str, calendar: str) -> _Moment:
    """Turn a CF time into year and month; whole months and years are counted, which cftime refuses.

    Examples
    --------
    >>> _moment(25.0, "months since 1901-1-15", "standard")
    _Moment(year=1903, month=2)
    >>> _moment(31.0, "days since 1997-01-01", "standard")
    _Moment(year=1997, month=2)
    """
    step, _, origin = units.partition(" since ")
    months = _MONTHS_OF_STEP.get(step.strip().lower().removesuffix("s"))
    if months is not None and math.isfinite(value):
        start = cftime.num2date(0, f"days since {origin}", calendar)
        index = start.year * 12 + start.month - 1 + math.floor(value * months)
        return _Moment(index // 12, index % 12 + 1)
    if not math.isfinite(value):
        raise ValueError(f"a time is {value}")
    when = cftime.num2date(value, units, calendar)
    return _Moment(when.year, when.month)


def _say(moment: tuple[int, int | None]) -> str:
    year, month = moment
    return str(year) if month is None else f"{year}-{month:02d}"
