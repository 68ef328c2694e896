"""What has changed since a partition was made, and so why it would be made anew.

Every partition keeps a record of what it was made from (`ingest.years.partitions.RECORD`). Here it
is held against the catalogue, the files and the code as they are now, without opening a raster:
files are known by size and time, and hashed only where these changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.catalogue.catalogue import Catalogue, LayerSpec, ZoneSpec
from ingest.catalogue.grid import Grid
from ingest.catalogue.quantities import QUANTITIES
from ingest.catalogue.sources import (
    FileHashes,
    FileIdentity,
    combined,
    is_there,
)
from ingest.rasters.frames import paths_of
from ingest.rasters.terms import Coefficients
from ingest.years import jobs
from ingest.years.plan import common_ingredients, declared_of
from workspace.errors import InputError

#: Names of the two coefficients, as dbt_project.yml has them.
COEFFICIENT_VARS = ("rh_temperature_coefficient", "rh_precipitation_coefficient")

#: Statistics that GDAL and GIS programs put beside a raster; it may hold scale and nodata.
_SIDECAR = ".aux.xml"

#: Files that a reason names; of more it tells how many.
_SHOWN = 3

#: Collection and year.
Year = tuple[str, int]


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was.

    Attributes
    ----------
    what : str
        In words that fit every year it concerns, such as ``npp: file changed``.
    item : str
        The file, where there is one.
    is_absence : bool
        Whether an input is only not there any more, so that it may well be what it was.
    """

    what: str
    item: str = ""
    is_absence: bool = False


#: Of a partition that an earlier version made.
UNRECORDED = Change("what it was made from is not on record")


@dataclass(frozen=True)
class Reason:
    """The same change in several years.

    Attributes
    ----------
    what : str
        As in `Change`.
    years : tuple of (str, int)
        Collection and year of each.
    items : tuple of str
        The files, without repetition.
    is_absence : bool
        As in `Change`.
    """

    what: str
    years: tuple[Year, ...]
    items: tuple[str, ...]
    is_absence: bool

    def __str__(self) -> str:
        shown = ", ".join(self.items[:_SHOWN])
        more = f" and {len(self.items) - _SHOWN} more" if len(self.items) > _SHOWN else ""
        return f"{self.what}: {shown}{more}" if shown else self.what


def reasons_of(changes: Mapping[Year, Iterable[Change]]) -> list[Reason]:
    """Gather what changed alike in several years, in order of first mention.

    Examples
    --------
    >>> change = Change("npp: file changed", "npp.tif")
    >>> reasons = reasons_of({("historical", 2001): [change], ("historical", 2002): [change]})
    >>> [(str(reason), len(reason.years)) for reason in reasons]
    [('npp: file changed: npp.tif', 2)]
    """
    years: dict[tuple[str, bool], list[Year]] = {}
    items: dict[tuple[str, bool], dict[str, None]] = {}
    for year, found in changes.items():
        for change in found:
            key = (change.what, change.is_absence)
            if year not in years.setdefault(key, []):
                years[key].append(year)
            if change.item:
                items.setdefault(key, {})[change.item] = None
    return [
        Reason(key[0], tuple(at), tuple(items.get(key, ())), key[1]) for key, at in years.items()
    ]


@dataclass(frozen=True)
class Present:
    """What partitions would be made from now.

    Attributes
    ----------
    catalogue : Catalogue
        As it reads now.
    common : mapping
        From `ingest.years.plan.common_ingredients`.
    hashes : FileHashes
        Content hashes of files.
    """

    catalogue: Catalogue
    common: Mapping[str, Any]
    hashes: FileHashes

    @classmethod
    def of(
        cls, catalogue: Catalogue, grid: Grid, coefficients: Coefficients, hashes: FileHashes
    ) -> Present:
        """Gather it from the catalogue and the settings."""
        return cls(catalogue, _as_json(common_ingredients(grid, coefficients)), hashes)


def term_changes(
    record: Mapping[str, Any], collection: str, year: int, now: Present
) -> Iterator[Change]:
    """List what the terms of one year were made from and is not as it was.

    Parameters
    ----------
    record : mapping
        Of the partition of that year.
    collection : str
        Such as ``historical``.
    year : int
        A year of that collection in the catalogue.
    now : Present
        What it would be made from now.

    Yields
    ------
    Change
        Code, grid and coefficients first, then layer by layer.
    """
    terms = record["terms"]
    yield from _common_changes(terms, now.common)
    if record["cells_per_unit"] != jobs.CELLS_PER_UNIT:
        yield Change("the code divides the grid into other blocks")
    for quantity in QUANTITIES:
        spec = now.catalogue.collections[collection].layer(quantity, year)
        then = terms["layers"][quantity]
        for words in _differences(then["declared"], _as_json(declared_of(spec))):
            yield Change(f"{quantity}: {words}")
        if then["declared"]["variable"] == spec.variable:
            files = record["files"][quantity]
            yield from _file_changes(files, spec, year, now)


def zone_changes(record: Mapping[str, Any], now: Present) -> Iterator[Change]:
    """List what the zonal sums of one year were made from, beside the terms, that has changed.

    Zones given with ``carbon ingest --zones`` are held against their own file, not against the
    catalogue's.
    """
    zones = record["zones"]
    path = Path(zones["path"])
    spec = now.catalogue.zones
    if not zones["by_option"]:
        path = Path(now.catalogue.resolve(spec.path))
        for words in _differences(zones["declared"], _as_json(_declared_zones(spec))):
            yield Change(f"zones: {words}")
    if not path.exists():
        yield Change("zones: file not there", path.name, is_absence=True)
    elif now.hashes.identify(str(path)).sha256 != zones["sha256"]:
        yield Change("zones: file changed", path.name)


def zones_record(
    catalogue: Catalogue, spec: ZoneSpec, path: str, identity: FileIdentity
) -> dict[str, Any]:
    """Say where zones come from, as JSON, for the record of what zonal sums were made from.

    Parameters
    ----------
    catalogue : Catalogue
        That was ingested.
    spec : ZoneSpec
        The zones: those of the catalogue, or those of ``carbon ingest --zones``.
    path : str
        Their file.
    identity : FileIdentity
        Of that file.

    Returns
    -------
    dict
        ``by_option`` tells whether the zones are not the catalogue's.
    """
    own_path = catalogue.resolve(catalogue.zones.path)
    return {
        "catalogue": str(catalogue.path.absolute()),
        "path": str(Path(path).absolute()),
        "sha256": identity.sha256,
        "declared": _declared_zones(spec),
        "by_option": Path(path).absolute() != Path(own_path).absolute()
        or _declared_zones(spec) != _declared_zones(catalogue.zones),
    }


def _declared_zones(spec: ZoneSpec) -> dict[str, Any]:
    """List the keys of zones that say how their file is read."""
    return spec.model_dump(mode="json", exclude={"path", "source"})


def _common_changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    if then["version"] != now["version"]:
        yield Change(
            f"the code computes terms otherwise (version {then['version']} -> {now['version']})"
        )
    if then["grid"] != now["grid"]:
        yield Change("grid: the catalogue declares another one")
    for name, old, new in zip(
        COEFFICIENT_VARS, then["coefficients"], now["coefficients"], strict=True
    ):
        if old != new:
            yield Change(f"{name}: {old:g} -> {new:g}")


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Say which keys of an entry of the catalogue have other values."""
    for key in dict.fromkeys([*then, *now]):
        old, new = then.get(key), now.get(key)
        if old != new:
            yield f"{key} {_say(old)} -> {_say(new)}"


def _file_changes(
    recorded: list[dict[str, Any]], spec: LayerSpec, year: int, now: Present
) -> Iterator[Change]:
    """Hold the files of one layer and year against those that the catalogue names now."""
    named = paths_of(spec, year, now.catalogue.resolve)
    if "*" in spec.path:
        by_name = {Path(path).name: path for path in named}
        named = [by_name.get(Path(file["path"]).name, file["path"]) for file in recorded]
    else:
        named = list(dict.fromkeys(named))
    if len(named) != len(recorded):
        yield Change(
            f"{spec.quantity}: the catalogue names {len(named)} files a year, not {len(recorded)}"
        )
        return
    for file, path in zip(recorded, named, strict=True):
        name = Path(path).name
        if not is_there(path):
            yield Change(f"{spec.quantity}: file not there", name, is_absence=True)
        elif not _is_as_recorded(file, path, spec, now.hashes):
            yield Change(f"{spec.quantity}: file changed", name)


def _is_as_recorded(
    file: Mapping[str, Any], path: str, spec: LayerSpec, hashes: FileHashes
) -> bool:
    """Compare a raster, and the headers it was read with, with what they were."""
    parts = [_moved(part, file["path"], path) for part, _ in file["parts"]]
    sidecar = path + _SIDECAR
    if sidecar not in parts and Path(sidecar).is_file():
        return False
    try:
        now = combined([hashes.identify(part) for part in parts])
    except InputError:  # A header beside it is gone.
        return False
    then = combined([FileIdentity(sha256, 0) for _, sha256 in file["parts"]])
    return now.sha256 == then.sha256


def _moved(part: str, old: str, new: str) -> str:
    """Find a part of a raster beside the raster's new place."""
    if part == old:
        return new
    beside = Path(part).name.replace(Path(old).stem, Path(new).stem, 1)
    return str(Path(new).parent / beside)


def _as_json(content: Any) -> Any:
    """Bring a value into the form in which a record gives it back."""
    return json.loads(json.dumps(content))


def _say(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
