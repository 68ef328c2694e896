"""What has changed since a partition was made, and so why it would be made anew.

Every partition keeps a record of what it was made from (`ingest.years.partitions.RECORD`). Here it
is held against the catalogue, the files and the code as they are now, without opening a raster:
files are known by size and time, and hashed only where these changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from ingest.catalogue.catalogue import Catalogue, LayerSpec, ZoneSpec
from ingest.catalogue.grid import Grid
from ingest.catalogue.sources import (
    FileHashes,
    FileIdentity,
    combined,
    is_there,
)
from ingest.rasters.frames import paths_of
from ingest.rasters.terms import Coefficients
from ingest.years import plan
from ingest.years.partitions import read_record
from ingest.years.plan import FileRecord, TermsRecord, declared_of, placed
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
    grid : Grid
        That the catalogue declares.
    coefficients : Coefficients
        k_t and k_r of eq. 3.
    hashes : FileHashes
        Content hashes of files.
    cells_per_unit : int
        Most cells that are computed at once: part of the order in which sums are added.
    """

    catalogue: Catalogue
    grid: Grid
    coefficients: Coefficients
    hashes: FileHashes
    cells_per_unit: int


@dataclass(frozen=True)
class ZonesRecord:
    """Where the zones of a year's sums came from.

    Attributes
    ----------
    catalogue : str
        Path of the catalogue that was ingested.
    path, sha256 : str
        Their file, and its content.
    declared : mapping
        Keys that say how the file is read, as JSON.
    by_option : bool
        Whether ``carbon ingest --zones`` gave them and not the catalogue.
    """

    catalogue: str
    path: str
    sha256: str
    declared: Mapping[str, Any]
    by_option: bool

    @classmethod
    def of(cls, catalogue: Catalogue, spec: ZoneSpec, identity: FileIdentity) -> ZonesRecord:
        """Put zones on record.

        Parameters
        ----------
        catalogue : Catalogue
            That was ingested.
        spec : ZoneSpec
            The zones: those of the catalogue, or those of ``carbon ingest --zones``, with a path
            that can be opened.
        identity : FileIdentity
            Of their file.
        """
        own, path = catalogue.zones_to_open, Path(spec.path).absolute()
        declared = _declared_zones(spec)
        return cls(
            catalogue=str(catalogue.path.absolute()),
            path=str(path),
            sha256=identity.sha256,
            declared=declared,
            by_option=path != Path(own.path).absolute() or declared != _declared_zones(own),
        )


@dataclass(frozen=True)
class YearRecord:
    """What the partitions of one year were made from.

    Attributes
    ----------
    terms : TermsRecord
        What the terms of the cells depend on.
    cells_per_unit : int
        Most cells that were computed at once.
    zones : ZonesRecord or None
        Of zonal sums; None for the cells.
    """

    terms: TermsRecord
    cells_per_unit: int
    zones: ZonesRecord | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        content: dict[str, Any] = {
            "terms": self.terms.ingredients,
            "cells_per_unit": self.cells_per_unit,
            "files": self.terms.files,
        }
        return content if self.zones is None else {**content, "zones": asdict(self.zones)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> YearRecord:
        """Read it back.

        Raises
        ------
        KeyError, TypeError, ValueError, AttributeError
            If it is no such record.
        """
        zones = content.get("zones")
        return cls(
            terms=TermsRecord.from_json(content["terms"], content["files"]),
            cells_per_unit=content["cells_per_unit"],
            zones=None if zones is None else ZonesRecord(**zones),
        )

    @classmethod
    def of_partition(cls, folder: Path) -> YearRecord | None:
        """Read the record in a partition's folder; None where there is none to be understood."""
        content = read_record(folder)
        try:
            return None if content is None else cls.from_json(content)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    def changes_since(self, year: Year, now: Present) -> Iterator[Change]:
        """List what the terms of a year were made from and is not as it was.

        Parameters
        ----------
        year : (str, int)
            Collection and year of the catalogue, whose partition this is the record of.
        now : Present
            What it would be made from now.

        Yields
        ------
        Change
            Code, grid and coefficients first, then layer by layer.
        """
        yield from _common_changes(self.terms, now)
        if self.cells_per_unit != now.cells_per_unit:
            yield Change("the code divides the grid into other blocks")
        serving = now.catalogue.collections[year[0]].serving(year[1])
        for quantity in dict.fromkeys([*self.terms.layers, *serving]):
            spec, then = serving.get(quantity), self.terms.layers.get(quantity)
            if spec is None or then is None:
                has = "no" if spec is None else "a"
                yield Change(f"{quantity}: the catalogue has {has} layer of it")
                continue
            for words in _differences(then.declared, declared_of(spec)):
                yield Change(f"{quantity}: {words}")
            if then.declared["variable"] == spec.variable:
                yield from _file_changes(then.files, spec, year[1], now)

    def zone_changes_since(self, now: Present) -> Iterator[Change]:
        """List what the zonal sums were made from, beside the terms, that has changed.

        Zones given with ``carbon ingest --zones`` are held against their own file, not against the
        catalogue's.
        """
        if self.zones is None:
            return
        path = Path(self.zones.path)
        if not self.zones.by_option:
            spec = now.catalogue.zones_to_open
            path = Path(spec.path)
            for words in _differences(self.zones.declared, _declared_zones(spec)):
                yield Change(f"zones: {words}")
        if not path.exists():
            yield Change("zones: file not there", path.name, is_absence=True)
        elif now.hashes.identify(str(path)).sha256 != self.zones.sha256:
            yield Change("zones: file changed", path.name)


def _declared_zones(spec: ZoneSpec) -> dict[str, Any]:
    """List the keys of zones that say how their file is read."""
    return spec.model_dump(mode="json", exclude={"path", "source"})


def _common_changes(then: TermsRecord, now: Present) -> Iterator[Change]:
    if then.version != plan.RECIPE_VERSION:
        yield Change(
            f"the code computes terms otherwise (version {then.version} -> {plan.RECIPE_VERSION})"
        )
    if then.grid != placed(now.grid):
        yield Change("grid: the catalogue declares another one")
    pairs = zip(astuple(then.coefficients), astuple(now.coefficients), strict=True)
    for name, (old, new) in zip(COEFFICIENT_VARS, pairs, strict=True):
        if old != new:
            yield Change(f"{name}: {old:g} -> {new:g}")


def _differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Say which keys of an entry of the catalogue have other values."""
    for key in dict.fromkeys([*then, *now]):
        old, new = _say(then.get(key)), _say(now.get(key))
        if old != new:
            yield f"{key} {old} -> {new}"


def _file_changes(
    recorded: Sequence[FileRecord], spec: LayerSpec, year: int, now: Present
) -> Iterator[Change]:
    """Hold the files of one layer and year against those that the catalogue names now."""
    named = paths_of(spec, year, now.catalogue.resolve)
    if "*" in spec.path:
        by_name = {Path(path).name: path for path in named}
        named = [by_name.get(Path(file.path).name, file.path) for file in recorded]
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
        elif not _is_as_recorded(file, path, now.hashes):
            yield Change(f"{spec.quantity}: file changed", name)


def _is_as_recorded(file: FileRecord, path: str, hashes: FileHashes) -> bool:
    """Compare a raster, and the headers it was read with, with what they were."""
    parts = [_moved(part, file.path, path) for part, _ in file.parts]
    sidecar = path + _SIDECAR
    if sidecar not in parts and Path(sidecar).is_file():
        return False
    try:
        now = combined([hashes.identify(part) for part in parts])
    except InputError:  # A header beside it is gone.
        return False
    then = combined([FileIdentity(sha256, 0) for _, sha256 in file.parts])
    return now.sha256 == then.sha256


def _moved(part: str, old: str, new: str) -> str:
    """Find a part of a raster beside the raster's new place."""
    if part == old:
        return new
    beside = Path(part).name.replace(Path(old).stem, Path(new).stem, 1)
    return str(Path(new).parent / beside)


def _say(value: Any) -> str:
    return "none" if value is None else json.dumps(value, ensure_ascii=False)
