"""Statistics tables: typed, checked and converted, ready for the ``raw`` schema.

Each table kind is declared once below, as data: columns, types, units, keys, ranges. Reading,
checking, and the Arrow schema all follow from that declaration. Each published layout is
an adapter that only brings a file into the columns of its kind; what a value must be is decided
here, through Ibis, for all layouts alike.

Besides the four tables that every warehouse has, two kinds serve comparisons: ``inventories``
(provincial emissions by sector and fuel) and ``countries`` (World Bank indicators).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import pyarrow as pa

from ingest.catalogue import units
from ingest.tables.formats import FORMATS
from ingest.tables.kinds import (
    KINDS,
    SOURCE_COLUMN,
    SOURCE_ROW,
    Column,
    TableKind,
    arrow_schema,
    empty_table,
)
from ingest.tables.reading import (
    WORKBOOKS,
    Adapted,
    TableRequest,
    local_file,
    sheets_left_out,
)
from workspace.errors import InputError

__all__ = [
    "KINDS",
    "TableFacts",
    "TableRequest",
    "TableSet",
    "arrow_schema",
    "empty_table",
    "read_table",
    "read_tables",
]
_NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_NOT_FINITE = r"^[+-]?(nan|inf|infinity)$"
#: Quotes, control characters, no-break spaces, and characters without width.
_UNSEEN = r"[\x00-\x1f\x22\x7f\x{a0}\x{ad}\x{200b}-\x{200f}\x{2060}\x{feff}]"
_TRUE = ("true", "yes", "1")
_FALSE = ("false", "no", "0")


@dataclass(frozen=True)
class TableFacts:
    """What ``raw.source_files`` records of one statistics file.

    Attributes
    ----------
    kind, path, source_id : str
        The request.
    unit : str or None
        Unit of the measured column in the file; None for kinds without one.
    value_min, value_max : float or None
        Range of the measured column, in ``unit``.
    row_count : int
        Rows that went into the table.
    notes : tuple of str
        What was left out, derived or found odd.
    """

    kind: str
    path: str
    source_id: str
    unit: str | None
    value_min: float | None
    value_max: float | None
    row_count: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class TableSet:
    """All statistics of a catalogue.

    Attributes
    ----------
    tables : mapping
        Kind to `pyarrow.Table`, with every kind present.
    files : tuple of TableFacts
        One for each file read.
    """

    tables: Mapping[str, pa.Table]
    files: tuple[TableFacts, ...]


def read_tables(requests: Iterable[TableRequest]) -> TableSet:
    """Read all statistics files of a catalogue.

    Parameters
    ----------
    requests : iterable of TableRequest
        Several files may fill one kind.

    Returns
    -------
    TableSet
        Kinds that no file fills are empty, with their columns and types.

    Raises
    ------
    InputError
        For the first file that cannot be used; nothing is returned then.
    """
    parts: dict[str, list[pa.Table]] = {name: [empty_table(name)] for name in KINDS}
    files = []
    for request in requests:
        table, facts = read_table(request)
        parts[request.kind].append(table)
        files.append(facts)
    tables = {name: pa.concat_tables(tables) for name, tables in parts.items()}
    for name, tables_of_kind in parts.items():
        if len(tables_of_kind) > 2:
            _check_key(
                ibis.memtable(tables[name]),
                KINDS[name],
                where=", ".join(facts.path for facts in files if facts.kind == name),
            )
    return TableSet(tables=tables, files=tuple(files))


def read_table(request: TableRequest) -> tuple[pa.Table, TableFacts]:
    """Read one statistics file into the columns of its kind.

    Parameters
    ----------
    request : TableRequest
        Kind, file, format and what the catalogue declares about it.

    Returns
    -------
    pyarrow.Table
        Exactly the columns and types of `arrow_schema`, ordered by key.
    TableFacts
        For ``raw.source_files``.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value is no number, not finite, out of
        range or not in the list of known ones, a unit is unknown or missing, or the key is blank or
        repeated. The message names file, column, first offending value and row.
    """
    kind, adapted = _adapt(request)
    declared = _declared_units(request, kind, adapted)
    conversions = {
        name: units.conversion(
            unit,
            [target for target in (kind.column(name).unit, kind.column(name).also_unit) if target],
            where=f"{request.where}, column {adapted.headers.get(name, name)!r}",
        )
        for name, unit in declared.items()
    }
    backend = ibis.duckdb.connect()
    try:
        relation = _parse(backend, adapted, kind, conversions)
        _check_values(relation, kind, request, adapted)
        _check_key(relation, kind, request.where)
        final = relation.select(
            source_id=ibis.literal(request.source),
            **{
                column.name: relation[column.name]
                for column in kind.columns
                if column.name != "source_id"
            },
        ).order_by(kind.key)
        table = final.to_pyarrow().cast(arrow_schema(kind.name))
        low = high = None
        if kind.value is not None:
            in_file = relation[f"{kind.value}__in_file"]
            extent = relation.aggregate(low=in_file.min(), high=in_file.max()).to_pyarrow()
            low, high = extent["low"][0].as_py(), extent["high"][0].as_py()
    finally:
        backend.disconnect()
    facts = TableFacts(
        kind=kind.name,
        path=str(request.path),
        source_id=request.source,
        unit=declared.get(kind.value) if kind.value else None,
        value_min=low,
        value_max=high,
        row_count=table.num_rows,
        notes=adapted.notes,
    )
    return table, facts


def _adapt(request: TableRequest) -> tuple[TableKind, Adapted]:
    """Find kind and adapter, and bring the file into the columns of its kind."""
    kind = KINDS.get(request.kind)
    if kind is None:
        raise InputError(
            f"{request.kind!r} is not a kind of table",
            where="tables",
            fix=f"known: {', '.join(KINDS)}",
        )
    offered = [name for name, known in FORMATS.items() if known.kind == kind.name]
    if request.format not in offered:
        raise InputError(
            f"{request.format!r} is not a format of {kind.name}",
            where=f"tables.{kind.name}.format",
            fix=f"known: {', '.join(offered)}",
        )
    path = local_file(request)
    chosen = FORMATS[request.format]
    if path.suffix.lower() not in chosen.suffixes:
        raise InputError(
            f"{chosen.name} is not read from {path.suffix or 'a file without an ending'}",
            where=request.where,
            fix=f"it comes as {', '.join(chosen.suffixes)}",
        )
    if request.sheet is not None and path.suffix.lower() not in WORKBOOKS:
        raise InputError(
            f"sheet {request.sheet!r} is declared, but {path.name} has no sheets",
            where=str(request.path),
            fix=f"remove tables.{kind.name}.sheet, or name the workbook",
        )
    adapted = chosen.adapt(request, kind)
    left_out = None if chosen.reads_all_sheets else sheets_left_out(request)
    if left_out:
        adapted = replace(adapted, notes=(*adapted.notes, left_out))
    for column in kind.columns[1:]:
        if column.name not in adapted.table.columns and not column.nullable:
            others = f", or {', '.join(column.aliases)}" if column.aliases else ""
            raise InputError(
                f"there is no column {column.name!r}{others}",
                where=request.where,
                fix=f"add it, or name its header under columns: {{{column.name}: ...}}",
            )
    return kind, adapted


def _declared_units(request: TableRequest, kind: TableKind, adapted: Adapted) -> dict[str, str]:
    """Settle the unit each measured column has in the file."""
    declared: dict[str, str | None] = {
        column.name: adapted.units.get(column.name, column.unit)
        for column in kind.columns
        if column.unit and column.name in adapted.table.columns
    }
    if kind.value is None:
        if request.unit is not None:
            raise InputError(
                f"unit {request.unit!r} is declared, but {kind.name} takes units from its headers",
                where=request.where,
                fix=f"remove tables.{kind.name}.unit",
            )
    elif kind.value not in adapted.units:
        # A header that is the column's own name, such as ce_mtco2, says its unit.
        if request.unit is None and adapted.headers.get(kind.value) != kind.value:
            raise InputError(
                f"the unit of {adapted.headers.get(kind.value, kind.value)!r} is not declared",
                where=request.where,
                fix=f"declare tables.{kind.name}.unit, for example Mt, kt or 10^4 t",
            )
        declared[kind.value] = request.unit or kind.column(kind.value).unit
    elif request.unit is not None:
        column = kind.column(kind.value)
        targets = [target for target in (column.unit, column.also_unit) if target]
        published = units.conversion(adapted.units[kind.value], targets)
        if units.conversion(request.unit, targets, where=request.where) != published:
            raise InputError(
                f"unit {request.unit!r} is declared, but {request.format} is published in "
                f"{adapted.units[kind.value]}",
                where=request.where,
                fix=f"remove tables.{kind.name}.unit",
            )
    return {name: unit for name, unit in declared.items() if unit is not None}


def _parse(
    backend: Any,
    adapted: Adapted,
    kind: TableKind,
    conversions: Mapping[str, units.UnitConversion],
) -> Any:
    """Cast every column, keeping the text beside it for messages.

    For a column ``c`` the relation holds ``c`` (typed and converted), ``c__text`` (trimmed, null
    when blank), and for numbers ``c__in_file`` (in the unit of the file).
    """
    source = adapted.table
    texts = {
        f"{column.name}__text": (
            source[column.name].strip().nullif("")
            if column.name in source.columns
            else ibis.null("string")
        )
        for column in kind.columns[1:]
    }
    origin = source[SOURCE_COLUMN] if SOURCE_COLUMN in source.columns else ibis.null("string")
    texted = source.select(SOURCE_ROW, **{SOURCE_COLUMN: origin}, **texts)
    typed: dict[str, Any] = {}
    for column in kind.columns[1:]:
        text = texted[f"{column.name}__text"]
        if column.type == "text":
            typed[column.name] = text
        elif column.type == "flag":
            word = text.lower()
            typed[column.name] = ibis.cases(
                (word.isin(_TRUE), True), (word.isin(_FALSE), False), else_=ibis.null("boolean")
            )
        else:
            # DuckDB would take 1_000 for a number, and half a year for a whole one.
            number = ibis.ifelse(
                text.re_search(_NUMBER), text.try_cast("float64"), ibis.null("float64")
            )
            typed[f"{column.name}__in_file"] = number
            if column.type == "integer":
                whole = (number == number.floor()) & (number.abs() < 2**31)
                typed[column.name] = ibis.ifelse(whole, number, None).cast("int32")
            else:
                line = conversions.get(column.name)
                typed[column.name] = line.apply(number) if line else number
    return backend.create_table(f"parsed_{kind.name}", texted.mutate(**typed))


def _check_values(relation: Any, kind: TableKind, request: TableRequest, adapted: Adapted) -> None:
    """Raise for the first rule that any value breaks, all rules being counted in one query."""
    problems: list[tuple[Column, Any, str, str]] = []
    for column in kind.columns[1:]:
        problems += [(column, *rule) for rule in _rules_broken(relation, column)]
    if not problems and not kind.any_of:
        return
    counts = (
        relation.aggregate(
            **{f"p{index}": broken.sum() for index, (_, broken, _, _) in enumerate(problems)}
        )
        .to_pyarrow()
        .to_pylist()[0]
    )
    for index, (column, broken, what, fix) in enumerate(problems):
        if counts[f"p{index}"]:
            first = (
                relation.filter(broken)
                .order_by(SOURCE_ROW)
                .select(SOURCE_ROW, SOURCE_COLUMN, text=f"{column.name}__text")
                .limit(1)
                .to_pyarrow()
                .to_pylist()[0]
            )
            # In a wide layout the value stands under another header than its column's name.
            wide = first[SOURCE_COLUMN] if column.name not in adapted.headers else None
            header = wide or adapted.headers.get(column.name, column.name)
            more = counts[f"p{index}"] - 1
            raise InputError(
                f"column {header!r}, row {first[SOURCE_ROW]}: "
                + what.format(text=repr(first["text"]))
                + (f" (and {more} more)" if more else ""),
                where=request.where,
                fix=fix,
            )
    if kind.any_of:
        placeless = ibis.and_(*[relation[name].isnull() for name in kind.any_of])
        rows = relation.filter(placeless).order_by(SOURCE_ROW).select(SOURCE_ROW).limit(1)
        if (first_row := rows.to_pyarrow().to_pylist()) != []:
            raise InputError(
                f"row {first_row[0][SOURCE_ROW]} has none of {', '.join(kind.any_of)}",
                where=request.where,
                fix="give at least one of them, so that the row has a place",
            )


def _rules_broken(relation: Any, column: Column) -> Sequence[tuple[Any, str, str]]:
    """List the rules of one column: where it is broken, what to say and how to fix it."""
    text, value = relation[f"{column.name}__text"], relation[column.name]
    rules: list[tuple[Any, str, str]] = []
    if column.name.endswith("_id"):
        rules.append(
            (
                text.re_search(_UNSEEN),
                "{text} holds a character that ids do not have",
                "remove it: quotes, no-break spaces and invisible characters are none of an id",
            )
        )
    if not column.nullable:
        rules.append(
            (
                text.isnull(),
                "the cell is blank",
                "fill it in" if column.key else "fill it in, or leave the row out if it is unknown",
            )
        )
    if column.type in ("number", "integer"):
        number = relation[f"{column.name}__in_file"]
        infinite = text.lower().re_search(_NOT_FINITE) | (
            text.re_search(_NUMBER) & (number.isnull() | number.isinf() | number.isnan())
        )
        rules.append((infinite, "{text} is not a finite number", "leave unknown values out"))
        rules.append(
            (
                text.notnull() & ~text.re_search(_NUMBER),
                "{text} is not a number",
                "write digits with a decimal point, without separators or units",
            )
        )
        if column.type == "integer":
            rules.append((number.notnull() & value.isnull(), "{text} is not whole", "correct it"))
        low, high = column.minimum, column.maximum
        if low == 0 and high is None:
            rules.append((value < 0, "{text} is negative", "correct it; sinks have no place here"))
        elif low is not None and high is not None:
            unit = f" {column.unit}" if column.unit not in (None, "1") else ""
            rules.append(
                (
                    (value < low) | (value > high),
                    f"{{text}} lies outside {low:g} to {high:g}{unit}",
                    "correct it" + (", or the unit of the column" if column.unit else ""),
                )
            )
    if column.type == "flag":
        rules.append(
            (text.notnull() & value.isnull(), "{text} is neither true nor false", "write one")
        )
    if column.one_of:
        rules.append(
            (
                value.notnull() & ~value.isin(column.one_of),
                f"{{text}} is not a known {column.name}",
                f"known: {', '.join(column.one_of)}",
            )
        )
    return [(broken.fill_null(False), what, fix) for broken, what, fix in rules]


def _check_key(relation: Any, kind: TableKind, where: str) -> None:
    """Raise if two rows share their key."""
    names = [name for name in kind.key if name in relation.columns]
    # The table's own row is a stable second choice when several files are looked at together.
    row = relation[SOURCE_ROW] if SOURCE_ROW in relation.columns else ibis.row_number()
    numbered = relation.select(*names, row=row)
    repeated = (
        numbered.group_by(names)
        .aggregate(count=numbered.count(), first=numbered.row.min(), last=numbered.row.max())
        .filter(lambda grouped: grouped["count"] > 1)
    )
    listed = repeated.order_by("first").limit(1).to_pyarrow().to_pylist()
    if not listed:
        return
    total = int(repeated.count().to_pyarrow().as_py())
    first = listed[0]
    rows = (
        f" in rows {first['first']} and {first['last']}" if SOURCE_ROW in relation.columns else ""
    )
    raise InputError(
        f"{', '.join(f'{name} {first[name]!r}' for name in names)} stands {first['count']} times"
        f"{rows}" + (f" (and {total - 1} more such keys)" if total > 1 else ""),
        where=where,
        fix="keep one row for each key",
    )
