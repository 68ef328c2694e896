"""Check every raster before work starts, and lay the work out year by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingest.catalogue.catalogue import Catalogue, LayerSpec
from ingest.catalogue.grid import Grid
from ingest.catalogue.sources import FileHashes, FileIdentity, combined
from ingest.rasters.frames import Frame, frames_of
from ingest.rasters.mosaic import open_frame
from ingest.rasters.opening import (
    Bounds,
    check_band,
    check_placement,
    declare,
)
from ingest.rasters.terms import Coefficients
from ingest.years.partitions import recipe_of
from workspace.errors import Faults, InputError

#: Part of every recipe: raise it when terms or sums change their meaning.
RECIPE_VERSION = 3

#: Keys of a layer that describe it to people and change no number.
_NOT_IN_RECIPE = {"source", "years", "path"}


@dataclass(frozen=True)
class FileRecord:
    """A raster file that a layer was read from.

    Attributes
    ----------
    path : str
        Where it was.
    parts : tuple of (str, str)
        Path and SHA-256 of every file it is read from: itself, and headers beside it.
    """

    path: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class LayerRecord:
    """What one layer of one year was read from, and how.

    Attributes
    ----------
    declared : mapping
        Keys of its entry in the catalogue that change its numbers, as JSON.
    frames : tuple of tuple
        For each band, a key of what its file holds, and its number.
    files : tuple of FileRecord
        Where that was found; changes no number.
    """

    declared: Mapping[str, Any]
    frames: tuple[tuple[Any, ...], ...]
    files: tuple[FileRecord, ...]


@dataclass(frozen=True)
class TermsRecord:
    """Everything that the annual terms of a year depend on.

    Attributes
    ----------
    version : int
        `RECIPE_VERSION` of the code.
    grid : tuple of (str, tuple of float, int, int)
        CRS, bounds, width and height of the target grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3.
    layers : mapping of quantity to LayerRecord
        What was read.
    """

    version: int
    grid: tuple[str, tuple[float, ...], int, int]
    coefficients: Coefficients
    layers: Mapping[str, LayerRecord]

    @property
    def ingredients(self) -> dict[str, Any]:
        """All that changes a number, as JSON: contents of files, not their places."""
        return {
            "version": self.version,
            "grid": [self.grid[0], list(self.grid[1]), *self.grid[2:]],
            "coefficients": [self.coefficients.temperature, self.coefficients.precipitation],
            "layers": {
                quantity: {
                    "declared": layer.declared,
                    "frames": [list(frame) for frame in layer.frames],
                }
                for quantity, layer in self.layers.items()
            },
        }

    @property
    def files(self) -> dict[str, Any]:
        """Places of the files of every layer, as JSON."""
        return {
            quantity: [
                {"path": file.path, "parts": [list(part) for part in file.parts]}
                for file in layer.files
            ]
            for quantity, layer in self.layers.items()
        }

    @classmethod
    def from_json(cls, ingredients: Mapping[str, Any], files: Mapping[str, Any]) -> TermsRecord:
        """Read `ingredients` and `files` back."""
        crs, bounds, width, height = ingredients["grid"]
        return cls(
            version=ingredients["version"],
            grid=(crs, tuple(bounds), width, height),
            coefficients=Coefficients(*ingredients["coefficients"]),
            layers={
                quantity: LayerRecord(
                    declared=layer["declared"],
                    frames=tuple(map(tuple, layer["frames"])),
                    files=tuple(
                        FileRecord(file["path"], tuple((path, key) for path, key in file["parts"]))
                        for file in files[quantity]
                    ),
                )
                for quantity, layer in ingredients["layers"].items()
            },
        )


@dataclass(frozen=True)
class LayerFiles:
    """One layer of one year.

    Attributes
    ----------
    spec : LayerSpec
        Its entry in the catalogue.
    frames : tuple of Frame
        The bands that hold it.
    contents : tuple of str
        For each frame, a key of what its file holds, whatever the file's name.
    """

    spec: LayerSpec
    frames: tuple[Frame, ...]
    contents: tuple[str, ...]


@dataclass(frozen=True)
class RasterFile:
    """A raster file of the plan, for the record of sources.

    ``content`` is a key of what it holds, ``parts`` are path and hash of every file it is read
    from: the raster itself, and headers or world files beside it.
    """

    path: str
    role: str
    source: str
    crs: str
    unit: str
    nodata: str
    content: str
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class YearInputs:
    """Everything the annual terms of one collection and year are made of.

    Attributes
    ----------
    collection : str
        Such as ``historical``.
    year : int
        Calendar year.
    layers : mapping of quantity to LayerFiles
        Those that are given for the year, with a model in place of files where one stands in.
    record : TermsRecord
        All that the terms depend on: the inputs' content, their declarations, the grid and the
        coefficients.
    """

    collection: str
    year: int
    layers: Mapping[str, LayerFiles]
    record: TermsRecord

    @cached_property
    def recipe(self) -> str:
        """Hash of what the terms depend on."""
        return recipe_of(self.record.ingredients)


@dataclass
class RasterPlan:
    """The years to compute and, by path, variable, role and layer, the files they come from."""

    grid: Grid
    extent: Bounds
    hashes: FileHashes
    years: list[YearInputs] = field(default_factory=list)
    tiles: dict[LayerSpec, tuple[int, str]] = field(default_factory=dict)
    files: dict[tuple[str, str | None, str, LayerSpec], RasterFile] = field(default_factory=dict)

    def layer(self, spec: LayerSpec, frames: tuple[Frame, ...], role: str) -> LayerFiles:
        """Check the files of one layer and year, each once, and take them into the plan."""
        self._refuse_missing_tiles(spec, frames)
        for frame in frames:
            key = (frame.path, frame.variable, role, spec)
            if key not in self.files:
                alike = (frame.path, frame.variable)
                bands = max(f.band for f in frames if (f.path, f.variable) == alike)
                self.files[key] = self._checked(frame, role, spec, bands)
        contents = tuple(
            self.files[frame.path, frame.variable, role, spec].content for frame in frames
        )
        return LayerFiles(spec, frames, contents)

    def record_of(self, used: LayerFiles, role: str) -> LayerRecord:
        """Put on record what a layer that was taken into the plan is read from."""
        named = dict.fromkeys((frame.path, frame.variable) for frame in used.frames)
        return LayerRecord(
            declared=declared_of(used.spec),
            frames=tuple(map(tuple, frames_as_json(used))),
            files=tuple(
                FileRecord(path, self.files[path, variable, role, used.spec].parts)
                for path, variable in named
            ),
        )

    def _refuse_missing_tiles(self, spec: LayerSpec, frames: tuple[Frame, ...]) -> None:
        """Refuse a mosaic that has fewer tiles than in another year or month: one is missing."""
        for frame in frames:
            if not frame.tiles:
                continue
            most, where = self.tiles.setdefault(spec, (len(frame.tiles), frame.path))
            if len(frame.tiles) != most:
                raise InputError(
                    f"{len(frame.tiles)} tiles begin with this one, {most} with {where}",
                    where=frame.path,
                    fix="add the missing tile, or remove one that is too many",
                )

    def _checked(self, frame: Frame, role: str, spec: LayerSpec, bands: int) -> RasterFile:
        """Check one file of a layer, of which so many bands are needed."""
        path = frame.path
        with open_frame(frame) as dataset:
            declared = declare(dataset, spec, path, frame.period)
            check_placement(declared, spec, self.grid, path, self.extent)
            check_band(dataset, bands, path)
            # Headers and world files beside the raster say how to read it: they are its content.
            names = dataset.files or [path]
        parts = [self.hashes.identify(name) for name in names]
        codes = [f"{code:g}" for code in declared.decoder.nodata.values]
        codes += [f"{low}..{high}" for low, high in declared.decoder.nodata.ranges]
        return RasterFile(
            path=path,
            role=role,
            source=spec.source,
            crs=declared.crs.to_string(),
            unit=declared.unit,
            nodata=", ".join(dict.fromkeys(codes)) or "none",
            content=content_key(spec.quantity, frame.variable, combined(parts)),
            parts=tuple((name, part.sha256) for name, part in zip(names, parts, strict=True)),
        )


def content_key(quantity: str, variable: str | None, identity: FileIdentity) -> str:
    """Return the key of what a layer reads from a file, whatever the file's name."""
    return ":".join([quantity, identity.sha256, variable or ""])


def plan_rasters(
    catalogue: Catalogue,
    grid: Grid,
    extent: Bounds,
    coefficients: Coefficients,
    hashes: FileHashes,
    faults: Faults | None = None,
) -> Iterator[RasterPlan]:
    """Check every raster's header and lay out the years, one at a time for progress.

    Parameters
    ----------
    catalogue : Catalogue
        The user's inputs.
    grid : Grid
        The target grid.
    extent : tuple of four float
        West, south, east, north of all zones, in the CRS of the grid.
    coefficients : Coefficients
        k_t and k_r of eq. 3: part of the recipe.
    hashes : FileHashes
        Content hashes of the files.
    faults : Faults, optional
        Where faults are gathered; a year that has one is left out.

    Yields
    ------
    RasterPlan
        The same growing plan, after each year.

    Raises
    ------
    InputError
        For the first file, band or month that is missing or cannot be used as declared.
    """
    plan = RasterPlan(grid, extent, hashes)
    faults = faults or Faults()
    for name, collection in catalogue.collections.items():
        for year in range(collection.years[0], collection.years[1] + 1):
            layers, records = {}, {}
            serving = collection.serving(year)
            for quantity, spec in serving.items():
                role = f"{name}/{quantity}"
                with faults.noted():
                    frames = frames_of(spec, year, catalogue.resolve)
                    layers[quantity] = plan.layer(spec, frames, role)
                    records[quantity] = plan.record_of(layers[quantity], role)
            if len(records) == len(serving):
                record = TermsRecord(RECIPE_VERSION, placed(grid), coefficients, records)
                plan.years.append(YearInputs(name, year, layers, record))
            yield plan


def placed(grid: Grid) -> tuple[str, tuple[float, ...], int, int]:
    """Name a grid for the record: CRS, bounds, width and height."""
    return grid.crs, tuple(grid.bounds), grid.width, grid.height


def models_of(layers: Mapping[str, LayerFiles]) -> dict[str, str]:
    """Return the models that stand in for layers, by quantity."""
    return {name: files.spec.model for name, files in layers.items() if files.spec.model}


def frames_as_json(files: LayerFiles) -> list[list[Any]]:
    """List what the bands of a layer hold, and the periods they stand for where it matters."""
    return [
        [content, frame.band, *_period_of(frame)]
        for content, frame in zip(files.contents, files.frames, strict=True)
    ]


def _period_of(frame: Frame) -> list[Any]:
    return [] if frame.period is None else [frame.period.kind, frame.period.days]


def declared_of(spec: LayerSpec) -> dict[str, Any]:
    """List the keys of a layer that change its numbers, as JSON."""
    return spec.model_dump(mode="json", exclude=_NOT_IN_RECIPE)
