"""The catalogue: one YAML file that describes a user's inputs, as a validated model.

Everything ingestion believes about a file is declared here and checked against the file; nothing
is guessed in silence.
"""

from __future__ import annotations

import difflib
import math
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from ingest.catalogue.grid import Grid
from ingest.catalogue.quantities import GRID_QUANTITIES, QUANTITIES, Step
from workspace.errors import InputError
from workspace.files import is_remote

if TYPE_CHECKING:
    QuantityName = str
else:  # One list of quantities; messages name them all.
    QuantityName = Literal[*QUANTITIES]
Model = Literal["miami", "turc", "pike"]
Calendar = Literal["standard", "noleap", "360_day"]
Allocation = Literal["covered", "area"]
Resampling = Literal["nearest", "bilinear", "average", "mode"]

#: Highest class code that the group codes of `ingest.years.zonal` have room for.
MAX_LITHOLOGY_CODE = 255

_LONGEST_VALUE = 80
_CODE_RANGE = re.compile(r"^(-?\d+)\s*\.\.\s*(-?\d+)$")


#: Nodes of the largest catalogue, each counted as often as aliases repeat it.
_MOST_NODES = 200_000


class _UniqueKeys(yaml.SafeLoader):
    """YAML in which a key that stands twice is an error: the second would silently win.

    Aliases may repeat what they stand for, but not without bound.
    """

    def get_single_node(self) -> yaml.Node | None:
        node = super().get_single_node()
        if node is not None and _size(node, {}) > _MOST_NODES:
            raise yaml.YAMLError("its aliases repeat more than a catalogue can hold")
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.MarkedYAMLError(
                        problem=f"the key {key.value!r} stands twice", problem_mark=key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep)


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Count the nodes of a document with all that aliases repeat; infinite if one holds itself."""
    if id(node) not in known:
        known[id(node)] = math.inf
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [child for pair in node.value for child in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        known[id(node)] = 1 + sum(_size(child, known) for child in children)
    return known[id(node)]


class _Strict(BaseModel):
    """A model in which an unknown key is an error, because it is usually a misspelt one."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, allow_inf_nan=False
    )


def _first_not_after_last(years: tuple[int, int]) -> tuple[int, int]:
    if years[0] > years[1]:
        raise ValueError("the first year comes after the last")
    return years


_Year = Annotated[int, Field(ge=1000, le=9999)]
Years = Annotated[tuple[_Year, _Year], AfterValidator(_first_not_after_last)]


class SourceCard(_Strict):
    """Who made a file, under which licence, and whether it was measured or made up."""

    producer: str
    title: str
    licence: str
    citation: str
    url: str | None = None
    version: Annotated[str | None, Field(coerce_numbers_to_str=True)] = None
    synthetic: bool = False
    grade: Literal["measured", "modelled", "synthetic", "assumed"] | None = None
    calibrated_to: str | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _grades_agree(self) -> SourceCard:
        # A modelled field may have invented parts, such as anomalies about a real climatology.
        allowed = (
            ("modelled", "synthetic") if self.synthetic else ("measured", "modelled", "assumed")
        )
        if self.grade is not None and self.grade not in allowed:
            raise ValueError(
                f"grade {self.grade} does not go with synthetic: {str(self.synthetic).lower()}; "
                f"write {' or '.join(allowed)}, or change synthetic"
            )
        return self

    @property
    def input_grade(self) -> str:
        """How good the source is as evidence: its grade, or what ``synthetic`` implies."""
        return self.grade or ("synthetic" if self.synthetic else "measured")


class GridSpec(_Strict):
    """The target grid: every layer is brought onto it."""

    crs: str
    resolution: Annotated[float, Field(gt=0)]
    bounds: tuple[float, float, float, float]


class ZoneFile(_Strict):
    """A vector file, and what it takes to open it."""

    path: str
    layer: str | None = None
    encoding: str | None = None

    def spelt(self, key: str) -> str:
        """Spell a key as whoever declared the zones has to, for messages."""
        return f"zones.{key}"


class ZoneSpec(ZoneFile):
    """The polygons whose budgets are drawn up: cities, basins, grid squares."""

    source: str
    id: str
    name: str
    name_local: str | None = None
    parent: str | None = None
    crs: str | None = None
    where: str | None = None
    overlap_tolerance: Annotated[float, Field(ge=0, lt=1)] = 1e-4

    #: Keys that name a column of the file.
    COLUMNS: ClassVar = ("id", "name", "name_local", "parent")
    #: Keys that the command line may give, in its order.
    OPTIONS: ClassVar = (*COLUMNS, "layer", "where", "crs", "encoding", "source")

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(filter(None, (getattr(self, key) for key in self.COLUMNS)))


class NodataCodes(_Strict):
    """Raw values that mean "no data", as single codes and as closed ranges of integers.

    Examples
    --------
    >>> NodataCodes.parse([-9999, "32761..32767"])
    NodataCodes(values=(-9999.0,), ranges=((32761, 32767),))
    """

    model_config = ConfigDict(allow_inf_nan=True)

    values: tuple[float, ...] = ()
    ranges: tuple[tuple[int, int], ...] = ()

    @classmethod
    def parse(cls, declared: Any) -> NodataCodes:
        """Read what the catalogue says: a number, ``"a..b"``, ``none`` or a list of these."""
        values: list[float] = []
        ranges: list[tuple[int, int]] = []
        for item in declared if isinstance(declared, list) else [declared]:
            if isinstance(item, int | float) and not isinstance(item, bool):
                values.append(float(item))
            elif isinstance(item, str) and (match := _CODE_RANGE.match(item)):
                low, high = int(match[1]), int(match[2])
                if low > high:
                    raise ValueError(f"the range {item!r} runs backwards")
                ranges.append((low, high))
            elif isinstance(item, str) and item.lower() == "nan":
                values.append(float("nan"))
            elif isinstance(item, str) and item.lower() == "none":
                continue
            else:
                raise ValueError(
                    f"{item!r} is neither a number, a range such as '32761..32767', nor 'none'"
                )
        return cls(values=tuple(values), ranges=tuple(ranges))


def _placeholders(path: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(path) if name)


def _path_can_be_filled_in(path: str) -> str:
    try:
        fields = {name for _, name, _, _ in string.Formatter().parse(path) if name is not None}
        path.format(year=2000, month=1)
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):
        fields = {"?"}
    if fields - {"year", "month"}:
        raise ValueError(
            f"{path!r} has a placeholder other than {{year}}, {{month}} and {{month:02d}} "
            "(write {{ for a brace of the name itself)"
        )
    return path


_LayerPath = Annotated[str, AfterValidator(_path_can_be_filled_in)]


class LayerPart(_Strict):
    """One of several files whose mean is the layer."""

    path: _LayerPath
    variable: str | None = None
    band: Annotated[int, Field(ge=1)] | None = None


def _either(names: Iterable[str]) -> str:
    *others, last = map(repr, names)
    return f"{', '.join(others)} or {last}" if others else last


class LayerSpec(_Strict):
    """One raster layer, or one stretch of years of it."""

    quantity: QuantityName
    path: _LayerPath = ""
    mean_of: Annotated[tuple[LayerPart, ...], Field(min_length=2)] | None = None
    model: Model | None = None
    source: str
    step: Step
    unit: str = "1"
    years: Years | None = None
    variable: str | None = None
    band: Annotated[int, Field(ge=1)] | None = None
    first_year: int | None = None
    scale: float | None = None
    offset: float | None = None
    nodata: NodataCodes | None = None
    crs: str | None = None
    bounds: tuple[float, float, float, float] | None = None
    resampling: Resampling | None = None
    min_valid_ratio: Annotated[float, Field(ge=0, le=1)] = 0.5
    valid_range: tuple[float, float] | None = None
    calendar: Calendar | None = None
    allocation: Allocation = "covered"
    mosaic: bool = False

    @model_validator(mode="before")
    @classmethod
    def _model_is_of_years(cls, declared: Any) -> Any:
        """Fill in what a model leaves no choice of."""
        if isinstance(declared, dict) and declared.get("model") is not None:
            return {"step": "year", **declared}
        return declared

    @field_validator("nodata", mode="before")
    @classmethod
    def _parse_nodata(cls, declared: Any) -> Any:
        return declared if declared is None else NodataCodes.parse(declared)

    @field_validator("scale")
    @classmethod
    def _scale_leaves_something(cls, scale: float | None) -> float | None:
        if scale == 0:
            raise ValueError("a scale of 0 makes every value the same")
        return scale

    @field_validator("valid_range")
    @classmethod
    def _range_runs_upwards(cls, limits: tuple[float, float] | None) -> Any:
        if limits is not None and not limits[0] < limits[1]:
            raise ValueError("the range is not [lowest, highest]")
        return limits

    @model_validator(mode="after")
    def _says_where_values_come_from(self) -> LayerSpec:
        given = [self.path != "", self.mean_of is not None, self.model is not None]
        if sum(given) != 1:
            raise ValueError("a layer has one of path, mean_of (several files) and model")
        if self.model is not None:
            self._check_model()
        if self.mean_of is not None and QUANTITIES[self.quantity].reduction != "mean":
            raise ValueError(f"mean_of is for temperatures: a mean of {self.quantity} is no total")
        return self

    @model_validator(mode="after")
    def _steps_fit_the_quantity(self) -> LayerSpec:
        quantity = QUANTITIES[self.quantity]
        if self.step not in quantity.steps:
            raise ValueError(
                f"{self.quantity} is given by {' or '.join(quantity.steps)}, not {self.step}"
            )
        for part in self.parts:
            part._check_path()
        if self.quantity == "precipitation" and self.valid_range and self.valid_range[0] < 0:
            raise ValueError("rain cannot be negative: valid_range must start at 0 or above")
        if quantity.is_class:
            self._check_classes()
        if quantity.is_extensive and (self.resampling or self.mean_of):
            raise ValueError(
                f"{self.quantity} is a mass: it is split with its cell, never resampled"
            )
        if self.allocation != "covered" and not quantity.is_extensive:
            raise ValueError(f"allocation is for a mass of each cell, not for {self.quantity}")
        return self

    def _check_path(self) -> None:
        if self.step == "static" and self.placeholders:
            raise ValueError("a static layer has no {year} or {month} in its path")
        if self.step == "year" and "month" in self.placeholders:
            raise ValueError("a layer of step year has no {month} in its path")
        if self.mosaic and "*" not in self.path:
            raise ValueError("a mosaic is several files: its path has a *")
        if "*" in self.path and not self.mosaic and self.step not in ("month", "year"):
            raise ValueError(f"a {self.step} layer is one file: its path has no *")
        if self.band is not None and not self._has_one_band_a_file:
            raise ValueError("band chooses one of a file's bands, but all of them are needed here")

    def _check_model(self) -> None:
        known = QUANTITIES[self.quantity].models
        if self.model not in known:
            can = f"it should be {_either(known)}" if known else f"{self.quantity} has none"
            raise ValueError(f"{self.model!r} is not a model of {self.quantity}: {can}")
        own = {"quantity", "model", "source", "step", "years"}
        if extra := sorted(self.model_fields_set - own):
            raise ValueError(f"a model reads no file: leave out {', '.join(extra)}")

    def _check_classes(self) -> None:
        if self.resampling in ("average", "bilinear"):
            raise ValueError("classes cannot be averaged: resampling must be mode or nearest")
        low, high = self.valid_range or (1, MAX_LITHOLOGY_CODE)
        if low < 1 or high > MAX_LITHOLOGY_CODE:
            raise ValueError(f"class codes lie within 1 to {MAX_LITHOLOGY_CODE}: fix valid_range")

    @property
    def placeholders(self) -> frozenset[str]:
        """What the path leaves open: ``year``, ``month``, both or nothing."""
        return _placeholders(self.path)

    @property
    def parts(self) -> tuple[LayerSpec, ...]:
        """The files whose mean it is, each as a layer: itself for most, none for a model."""
        if self.model is not None:
            return ()
        if self.mean_of is None:
            return (self,)
        return tuple(
            self.model_copy(update={"mean_of": None, **part.model_dump()}) for part in self.mean_of
        )

    @property
    def _has_one_band_a_file(self) -> bool:
        of_one_year = self.step == "year" and "year" in self.placeholders
        of_all_years = self.step in ("static", "climatology")
        return of_all_years or "month" in self.placeholders or of_one_year

    def covers(self, year: int) -> bool:
        """Whether this entry serves ``year``."""
        return self.years is None or self.years[0] <= year <= self.years[1]


class Collection(_Strict):
    """A set of layers over a span of years: the past, or one scenario."""

    years: Years
    layers: tuple[LayerSpec, ...]

    @model_validator(mode="after")
    def _each_quantity_once_a_year(self) -> Collection:
        for year in range(self.years[0], self.years[1] + 1):
            serving = Counter[str](layer.quantity for layer in self.layers if layer.covers(year))
            spared = {other.stands_for for other in QUANTITIES.values() if serving[other.name]}
            for name, quantity in GRID_QUANTITIES.items():
                lowest = 0 if quantity.stands_for or name in spared else 1
                if not lowest <= serving[name] <= 1:
                    raise ValueError(
                        f"{name} has {serving[name] or 'no'} layer{'s' * (serving[name] != 1)} "
                        f"for {year}; each year needs exactly one{_or_instead(name)}"
                    )
        self._check_inventories()
        return self

    def _check_inventories(self) -> None:
        """Refuse two layers of one inventory for a year: they would be added up in silence."""
        for position, layer in enumerate(self.inventories):
            for other in self.inventories[:position]:
                if layer.source == other.source and _overlap(layer.years, other.years):
                    raise ValueError(
                        f"{layer.quantity} of {layer.source} has two layers for a year; give each "
                        "inventory a source of its own"
                    )

    def serving(self, year: int) -> dict[str, LayerSpec]:
        """Return the layers that make the terms of a year, by quantity, in their order."""
        entries: dict[str, LayerSpec] = {
            layer.quantity: layer for layer in self.layers if layer.covers(year)
        }
        return {name: entries[name] for name in GRID_QUANTITIES if name in entries}

    @property
    def inventories(self) -> tuple[LayerSpec, ...]:
        """The layers of emissions, in the order of the catalogue."""
        return tuple(layer for layer in self.layers if QUANTITIES[layer.quantity].is_extensive)


def _or_instead(name: str) -> str:
    others = [q.name for q in QUANTITIES.values() if q.stands_for == name]
    return f", or {others[0]}" if others else ""


def _overlap(first: Years | None, second: Years | None) -> bool:
    if first is None or second is None:
        return True
    return first[0] <= second[1] and second[0] <= first[1]


class TableSpec(_Strict):
    """One statistics table."""

    path: str
    format: str
    source: str
    unit: str | None = None
    sheet: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)


class Catalogue(_Strict):
    """All inputs of one warehouse."""

    title: str
    root: str = "."
    remote: bool = False
    grid: GridSpec
    cells: Literal["auto"] | bool = "auto"
    zones: ZoneSpec
    collections: dict[str, Collection]
    tables: dict[str, tuple[TableSpec, ...]] = Field(default_factory=dict)
    sources: dict[str, SourceCard]

    _folder: Path = PrivateAttr(default=Path())
    _data: Path = PrivateAttr(default=Path("data"))
    _path: Path = PrivateAttr(default=Path())

    @field_validator("tables", mode="before")
    @classmethod
    def _one_file_or_several(cls, tables: Any) -> Any:
        if not isinstance(tables, dict):
            return tables
        return {
            kind: [entry] if isinstance(entry, dict) else entry for kind, entry in tables.items()
        }

    @field_validator("collections")
    @classmethod
    def _names_are_plain(cls, collections: dict[str, Collection]) -> dict[str, Collection]:
        for name in collections:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
                raise ValueError(f"the collection name {name!r} must be letters, digits and _")
        if not collections:
            raise ValueError("at least one collection is needed")
        return collections

    @model_validator(mode="after")
    def _every_source_has_a_card(self) -> Catalogue:
        used = [("zones", self.zones.source)]
        used += [
            (f"tables.{kind}", table.source)
            for kind, tables in self.tables.items()
            for table in tables
        ]
        for name, collection in self.collections.items():
            used += [
                (f"collections.{name}.layers[{index}]", layer.source)
                for index, layer in enumerate(collection.layers)
            ]
        for key, source in used:
            if source not in self.sources:
                raise ValueError(f"{key}.source names {source!r}, which has no card under sources")
        return self

    def all_years(self) -> Iterator[tuple[str, int]]:
        """Yield every collection and year."""
        for name, collection in self.collections.items():
            for year in range(collection.years[0], collection.years[1] + 1):
                yield name, year

    @property
    def path(self) -> Path:
        """The file this catalogue was read from."""
        return self._path

    @property
    def zones_to_open(self) -> ZoneSpec:
        """The zones, with a path that can be opened."""
        return self.zones.model_copy(update={"path": self.resolve(self.zones.path)})

    def resolve(self, declared: str) -> str:
        """Turn a path of the catalogue into one that can be opened.

        Raises
        ------
        InputError
            If the path leaves the local disk and the catalogue does not say ``remote: true``.
        """
        root = self.root.replace("{data}", str(self._data))
        local = str(self._folder / root / declared)
        # What GDAL would be given counts: pathlib has resolved what was written.
        distant = next((path for path in (declared, root, local) if is_remote(path)), None)
        if distant is None:
            return local
        if not self.remote:
            raise InputError(
                f"{distant!r} is not on the local disk",
                where=str(self._path),
                fix="copy the file, or allow such paths with remote: true",
            )
        return declared if is_remote(declared) else f"{root.rstrip('/')}/{declared}"


_MODELS = (
    Catalogue,
    GridSpec,
    ZoneSpec,
    Collection,
    LayerSpec,
    LayerPart,
    TableSpec,
    SourceCard,
)


def read_catalogue(path: Path, data: Path) -> Catalogue:
    """Read and validate a catalogue.

    Parameters
    ----------
    path : Path
        The YAML file.
    data : Path
        ``CARBON_DATA``, which ``{data}`` in ``root`` stands for.

    Returns
    -------
    Catalogue
        Frozen, with every default filled in.

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, or a key or value does not fit; the message names
        the key, the value and the fix.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _UniqueKeys)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"the catalogue cannot be read ({getattr(error, 'strerror', None) or error})",
            where=str(path),
            fix="'carbon init FILE' writes a commented one",
        ) from None
    except yaml.YAMLError as error:
        raise InputError(
            f"not YAML: {_yaml_problem(error)}", where=str(path), fix="correct that line"
        ) from None
    except RecursionError:
        raise InputError(
            "not a catalogue: it is nested a thousand levels deep",
            where=str(path),
            fix="'carbon init FILE' writes a commented one",
        ) from None
    except (ValueError, OverflowError) as error:  # of a date or number that YAML cannot make
        raise InputError(f"not YAML: {error}", where=str(path), fix="put it in quotes") from None
    if not isinstance(content, dict):
        raise InputError(
            f"a catalogue is a mapping of keys, not {type(content).__name__}",
            where=str(path),
            fix="'carbon init FILE' writes a commented one",
        )
    try:
        catalogue = Catalogue.model_validate(content)
    except ValidationError as error:
        raise _first_problem(error, path) from None
    catalogue._folder = path.absolute().parent
    catalogue._data = data
    catalogue._path = path
    return catalogue


def _first_problem(error: ValidationError, path: Path) -> InputError:
    """Say one validation problem the way a person would."""
    problem = error.errors()[0]
    key = ".".join(str(part) for part in problem["loc"]) or "catalogue"
    value = problem["input"]
    kind = problem["type"]
    others = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if kind == "missing":
        return InputError(f"{key} is missing{others}", where=str(path), fix=f"add {key}")
    if kind == "extra_forbidden":
        return InputError(
            f"{key} is not a key of the catalogue{others}",
            where=str(path),
            fix=_similar_key(str(problem["loc"][-1])),
        )
    said = problem["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if kind == "value_error":
        return InputError(
            f"{key}: {said}{others}", where=str(path), fix="correct it in the catalogue"
        )
    shown = repr(value)
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[:_LONGEST_VALUE]}..."
    fix = said if said.startswith("Tuple") else f"it should be {said}"
    return InputError(f"{key} is {shown}{others}", where=str(path), fix=fix)


def _yaml_problem(error: yaml.YAMLError) -> str:
    """Name line and fault; PyYAML's own text spans several lines."""
    mark, fault = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    if mark is None or fault is None:
        return " ".join(str(error).split())[:200]
    return f"line {mark.line + 1}: {fault}"


def _similar_key(unknown: str) -> str:
    known = {name for model in _MODELS for name in model.model_fields}
    close = difflib.get_close_matches(unknown, known, n=1)
    return f"did you mean {close[0]}?" if close else "remove it; 'carbon init' shows every key"


def grid_of(catalogue: Catalogue) -> Grid:
    """Return the target grid that a catalogue declares."""
    spec = catalogue.grid
    return Grid.from_spec(spec.crs, spec.resolution, spec.bounds)
