"""Check every raster before work starts, and lay the work out year by year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ingest.catalogue.catalogue import Catalogue, LayerSpec
from ingest.catalogue.grid import Grid
from ingest.catalogue.quantities import QUANTITIES
from ingest.catalogue.sources import FileHashes, FileIdentity, combined
from ingest.rasters.frames import Frame, frames_of
from ingest.rasters.opening import (
    Bounds,
    check_band,
    check_placement,
    declare,
    open_raster,
)
from ingest.rasters.terms import Coefficients
from ingest.years.partitions import recipe_of

#: Part of every recipe: raise it when terms or sums change their meaning.
RECIPE_VERSION = 2

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
        All five quantities.
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
    """The years to compute and, by path and layer, the files they come from."""

    grid: Grid
    extent: Bounds
    hashes: FileHashes
    years: list[YearInputs] = field(default_factory=list)
    files: dict[tuple[str, str, LayerSpec], RasterFile] = field(default_factory=dict)

    def layer(self, spec: LayerSpec, frames: tuple[Frame, ...], role: str) -> LayerFiles:
        """Check the files of one layer and year, each once, and take them into the plan."""
        for path in dict.fromkeys(frame.path for frame in frames):
            if (path, role, spec) not in self.files:
                bands = max(frame.band for frame in frames if frame.path == path)
                self.files[path, role, spec] = self._checked(path, role, spec, bands)
        contents = tuple(self.files[frame.path, role, spec].content for frame in frames)
        return LayerFiles(spec, frames, contents)

    def record_of(self, used: LayerFiles, role: str) -> LayerRecord:
        """Put on record what a layer that was taken into the plan is read from."""
        return LayerRecord(
            declared=declared_of(used.spec),
            frames=tuple(
                (content, frame.band)
                for content, frame in zip(used.contents, used.frames, strict=True)
            ),
            files=tuple(
                FileRecord(path, self.files[path, role, used.spec].parts)
                for path in dict.fromkeys(frame.path for frame in used.frames)
            ),
        )

    def _checked(self, path: str, role: str, spec: LayerSpec, bands: int) -> RasterFile:
        """Check one file of a layer, of which so many bands are needed."""
        with open_raster(path, spec.variable) as dataset:
            declared = declare(dataset, spec, path)
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
            content=content_key(spec, combined(parts)),
            parts=tuple((name, part.sha256) for name, part in zip(names, parts, strict=True)),
        )


def content_key(spec: LayerSpec, identity: FileIdentity) -> str:
    """Return the key of what a layer reads from a file, whatever the file's name."""
    return ":".join([spec.quantity, identity.sha256, spec.variable or ""])


def plan_rasters(
    catalogue: Catalogue,
    grid: Grid,
    extent: Bounds,
    coefficients: Coefficients,
    hashes: FileHashes,
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
    for name, collection in catalogue.collections.items():
        for year in range(collection.years[0], collection.years[1] + 1):
            layers, records = {}, {}
            for quantity in QUANTITIES:
                spec, role = collection.layer(quantity, year), f"{name}/{quantity}"
                frames = frames_of(spec, year, catalogue.resolve)
                layers[quantity] = plan.layer(spec, frames, role)
                records[quantity] = plan.record_of(layers[quantity], role)
            record = TermsRecord(RECIPE_VERSION, placed(grid), coefficients, records)
            plan.years.append(YearInputs(name, year, layers, record))
            yield plan


def placed(grid: Grid) -> tuple[str, tuple[float, ...], int, int]:
    """Name a grid for the record: CRS, bounds, width and height."""
    return grid.crs, tuple(grid.bounds), grid.width, grid.height


def declared_of(spec: LayerSpec) -> dict[str, Any]:
    """List the keys of a layer that change its numbers, as JSON."""
    return spec.model_dump(mode="json", exclude=_NOT_IN_RECIPE)
