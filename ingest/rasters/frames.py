"""Which band of which file holds a layer's values for a year and month.

Published data sets lay time out in four ways: one file a month, one file a year with twelve bands,
a stack of years, and a NetCDF time dimension. A *frame* is one band of one file whatever the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import cftime

from ingest.catalogue.catalogue import LayerSpec
from ingest.catalogue.quantities import PeriodKind
from ingest.catalogue.units import Period, is_rate
from ingest.rasters.opening import open_raster
from workspace.errors import InputError
from workspace.files import is_remote

MONTHS = range(1, 13)

#: Steps of a time axis whose length in days varies, so that cftime cannot convert them.
_MONTHS_OF_STEP = {"month": 1, "common_year": 12, "year": 12}


#: Days of a climatology's months and year, by calendar: February has 28 days and a quarter.
_MEAN_YEAR = {"standard": 365.25, "noleap": 365.0, "360_day": 360.0}
_MEAN_MONTHS = {
    "standard": (31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    "noleap": (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    "360_day": (30,) * 12,
}
#: Other names of the calendars that a layer may name.
_CALENDARS = {"365_day": "noleap", "gregorian": "standard", "proleptic_gregorian": "standard"}


@dataclass(frozen=True)
class Frame:
    """One band of one file: the raster of a month, a year, or of all time.

    ``period`` is what its values stand for; None says what the layer's step does, and that no
    length of time is asked for. ``tiles`` are the files of a mosaic, of which ``path`` is the
    first; empty for a single file.
    """

    path: str
    band: int
    variable: str | None = None
    period: Period | None = None
    tiles: tuple[str, ...] = ()


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
        Twelve for a step of ``month``, one for ``year`` or ``static``, either for a
        ``climatology``. Of a mean of several files those of the first come first; of a model none.

    Raises
    ------
    InputError
        If a file, a band or a month is missing, or files of a mean have not as many.
    """
    found = [_frames_of_part(part, year, resolve) for part in spec.parts]
    if len({len(frames) for frames in found}) > 1:
        raise InputError(
            f"{' and '.join(str(len(frames)) for frames in found)} values a year cannot be averaged"
            f" ({spec.quantity})",
            where=found[-1][0].path,
            fix="name files that have the same months in mean_of",
        )
    return tuple(frame for frames in found for frame in frames)


def _frames_of_part(spec: LayerSpec, year: int, resolve: Callable[[str], str]) -> tuple[Frame, ...]:
    frames = _frames_without_period(spec, year, resolve)
    kind = _period_kind(spec, len(frames))
    if not is_rate(spec.unit):
        is_annual = spec.step == "climatology" and kind == "year"
        return (
            tuple(replace(frame, period=Period(kind)) for frame in frames) if is_annual else frames
        )
    calendar = spec.calendar or _calendar_of_file(frames[0], spec)
    return tuple(
        replace(frame, period=Period(kind, _days(kind, calendar, spec, year, month)))
        for month, frame in enumerate(frames, start=1)
    )


def _period_kind(spec: LayerSpec, count: int) -> PeriodKind:
    if spec.step == "climatology":
        return "month" if count == len(MONTHS) else "year"
    return spec.step


def _days(kind: PeriodKind, calendar: str, spec: LayerSpec, year: int, month: int) -> float:
    """Count the days of a month or year."""
    if spec.step == "climatology":
        return _MEAN_MONTHS[calendar][month - 1] if kind == "month" else _MEAN_YEAR[calendar]
    first = (year, month) if kind == "month" else (year, 1)
    after = (year + month // 12, month % 12 + 1) if kind == "month" else (year + 1, 1)
    dates = [cftime.datetime(*date, 1, calendar=calendar) for date in (first, after)]
    return float((dates[1] - dates[0]).days)


def _calendar_of_file(frame: Frame, spec: LayerSpec) -> str:
    """Read the calendar of a file's time axis; the usual one where it has none."""
    calendar = _time_axis(frame.path, spec.variable, _stamp(frame.path)).calendar
    usual = _CALENDARS.get(calendar, calendar)
    if usual not in _MEAN_YEAR:
        raise InputError(
            f"its calendar is {calendar!r}",
            where=frame.path,
            fix="declare calendar: standard, noleap or 360_day",
        )
    return usual


def _frames_without_period(
    spec: LayerSpec, year: int, resolve: Callable[[str], str]
) -> tuple[Frame, ...]:
    if spec.mosaic:
        return _frames_of_tiles(spec, year, resolve)
    months: Sequence[int | None] = MONTHS if spec.step == "month" else (None,)
    fields = spec.placeholders
    paths = _paths_of_part(spec, year, resolve)
    if "month" in fields:
        return tuple(_existing(path, spec, year, spec.band or 1) for path in paths)
    if "*" in spec.path:
        if not paths:
            raise InputError(
                f"no file matches ({spec.quantity})",
                where=resolve(spec.path.format(year=year)),
                fix="correct the path's pattern",
            )
        return _frames_in_stack(paths, spec, year, months)
    (path,) = paths
    _existing(path, spec, year, 1)
    if spec.step == "static":
        return (Frame(path, spec.band or 1, spec.variable),)
    if spec.step == "climatology":
        return _climatology_bands(path, spec)
    return _frames_in_stack([path], spec, year, months, one_year="year" in fields)


def _frames_of_tiles(
    spec: LayerSpec, year: int, resolve: Callable[[str], str]
) -> tuple[Frame, ...]:
    """Find the frames of a mosaic: those of its first tile, which stands for all."""
    if "month" in spec.placeholders:
        return tuple(
            Frame(tiles[0], spec.band or 1, spec.variable, tiles=tiles)
            for month in MONTHS
            for tiles in [_tiles(spec, resolve(spec.path.format(year=year, month=month)))]
        )
    tiles = _tiles(spec, resolve(spec.path.format(year=year)))
    alone = spec.model_copy(
        update={"mosaic": False, "path": spec.path.replace("*", "")},
    )
    frames = _frames_without_period(alone, year, lambda _: tiles[0])
    return tuple(replace(frame, tiles=tiles) for frame in frames)


def _tiles(spec: LayerSpec, pattern: str) -> tuple[str, ...]:
    found = _matching(pattern)
    if not found:
        raise InputError(
            f"no tile matches ({spec.quantity})", where=pattern, fix="correct the path's pattern"
        )
    return tuple(found)


def _matching(pattern: str) -> list[str]:
    return sorted(str(found) for found in Path(pattern).parent.glob(Path(pattern).name))


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
    return [path for part in spec.parts for path in _paths_of_part(part, year, resolve)]


def _paths_of_part(spec: LayerSpec, year: int, resolve: Callable[[str], str]) -> list[str]:
    if "month" in spec.placeholders:
        paths = [resolve(spec.path.format(year=year, month=month)) for month in MONTHS]
        return [tile for path in paths for tile in _matching(path)] if spec.mosaic else paths
    path = resolve(spec.path.format(year=year))
    if "*" not in spec.path:
        return [path]
    return _matching(path)


def _existing(path: str, spec: LayerSpec, year: int, band: int) -> Frame:
    if not is_remote(path) and not Path(path).is_file():
        raise InputError(
            f"no such file ({spec.quantity} of {year})",
            where=path,
            fix="add the file or correct the path in the catalogue",
        )
    return Frame(path, band, spec.variable)


def _climatology_bands(path: str, spec: LayerSpec) -> tuple[Frame, ...]:
    if spec.band is not None:
        return (Frame(path, spec.band, spec.variable),)
    with open_raster(path, spec.variable) as dataset:
        count = dataset.count
    if count not in (1, len(MONTHS)):
        raise InputError(
            f"{count} bands, but a climatology has 12, or 1 of the year ({spec.quantity})",
            where=path,
            fix="give one band a month, January first, or say with 'band' which is the year's",
        )
    return tuple(Frame(path, band, spec.variable) for band in range(1, count + 1))


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
            fix="add the missing time steps or narrow 'years' in the catalogue",
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
            fix="remove one of the two; if they are tiles of one layer, declare mosaic: true",
        )
    return InputError(
        f"bands {first.band} and {second.band} are both {_say(moment)} ({spec.quantity})",
        where=second.path,
        fix=f"step: {spec.step} needs one band for each {spec.step}; correct step or the file",
    )


def _band_times(
    path: str, spec: LayerSpec, year: int, *, one_year: bool
) -> list[tuple[tuple[int, int | None], int]]:
    """List (year, month) and band of a file; the month is None for annual layers."""
    monthly = spec.step == "month"
    if spec.band is not None and one_year and not monthly:
        return [((year, None), spec.band)]
    axis = _time_axis(path, spec.variable, _stamp(path))
    count = axis.count
    if axis.moments is not None:
        return [
            ((when.year, when.month if monthly else None), band)
            for band, when in enumerate(axis.moments, start=1)
        ]
    first_year = year if one_year else spec.first_year
    if first_year is None:
        raise InputError(
            f"{count} bands without a time coordinate ({spec.quantity})",
            where=path,
            fix="declare first_year, or put {year} into the path; of tiles: mosaic: true",
        )
    per_year = 12 if monthly else 1
    if one_year and count > per_year:
        raise InputError(
            f"{count} bands without a time coordinate, {per_year} expected ({spec.quantity})",
            where=path,
            fix="remove the others" if monthly else "say which one with 'band'",
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


@dataclass(frozen=True)
class _TimeAxis:
    """Moments of a file's bands (None without a time coordinate), their number, the calendar."""

    moments: tuple[_Moment, ...] | None
    count: int
    calendar: str


@lru_cache(maxsize=4096)
def _time_axis(path: str, variable: str | None, stamp: int) -> _TimeAxis:
    """Read the time coordinate and the number of bands once for all years of a stack."""
    with open_raster(path, variable) as dataset:
        moments, calendar = _time_coordinate(dataset, path)
        return _TimeAxis(moments, dataset.count, calendar)


def _time_coordinate(dataset: Any, path: str) -> tuple[tuple[_Moment, ...] | None, str]:
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
        return None, "standard"
    name = names[0]
    units, calendar = tags[f"{name}#units"], tags.get(f"{name}#calendar", "standard")
    raw = [dataset.tags(band)[f"NETCDF_DIM_{name}"] for band in dataset.indexes]
    try:
        return tuple(_moment(float(value), units, calendar) for value in raw), calendar
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"its time axis ({units!r}, calendar {calendar!r}) cannot be read "
            f"({' '.join(str(error).split())[:120]})",
            where=path,
            fix="rewrite it as 'days since 1900-01-01'",
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
