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
    ingredients : mapping
        All that the terms depend on, as JSON: the inputs' content, their declarations, the grid
        and the coefficients.
    files : mapping of quantity to list
        Where that content was found, as JSON: parts of each raster. Changes no number.
    """

    collection: str
    year: int
    layers: Mapping[str, LayerFiles]
    ingredients: Mapping[str, Any]
    files: Mapping[str, Any]

    @cached_property
    def recipe(self) -> str:
        """Hash of the ingredients."""
        return recipe_of(self.ingredients)


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

    def files_of(self, layers: Mapping[str, LayerFiles], collection: str) -> dict[str, Any]:
        """Name the files of a year's layers and their parts, as JSON."""
        return {
            quantity: [
                {
                    "path": path,
                    "parts": self.files[path, f"{collection}/{quantity}", used.spec].parts,
                }
                for path in dict.fromkeys(frame.path for frame in used.frames)
            ]
            for quantity, used in layers.items()
        }

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
            layers = {}
            for quantity in QUANTITIES:
                spec = collection.layer(quantity, year)
                frames = frames_of(spec, year, catalogue.resolve)
                layers[quantity] = plan.layer(spec, frames, f"{name}/{quantity}")
            ingredients = ingredients_of(layers, grid, coefficients)
            files = plan.files_of(layers, name)
            plan.years.append(YearInputs(name, year, layers, ingredients, files))
            yield plan


def ingredients_of(
    layers: Mapping[str, LayerFiles], grid: Grid, coefficients: Coefficients
) -> dict[str, Any]:
    """List everything that a year's terms depend on, as JSON."""
    return {
        **common_ingredients(grid, coefficients),
        "layers": {
            quantity: {
                "declared": declared_of(files.spec),
                "frames": [
                    [content, frame.band]
                    for content, frame in zip(files.contents, files.frames, strict=True)
                ],
            }
            for quantity, files in layers.items()
        },
    }


def common_ingredients(grid: Grid, coefficients: Coefficients) -> dict[str, Any]:
    """List what every year depends on alike, as JSON."""
    return {
        "version": RECIPE_VERSION,
        "grid": [grid.crs, list(grid.bounds), grid.width, grid.height],
        "coefficients": [coefficients.temperature, coefficients.precipitation],
    }


def declared_of(spec: LayerSpec) -> dict[str, Any]:
    """List the keys of a layer that change its numbers, as JSON."""
    return spec.model_dump(mode="json", exclude=_NOT_IN_RECIPE)
