"""Tables that already have one row per key: emissions, provinces and drivers."""

from __future__ import annotations

import ibis

from ingest.tables.kinds import SOURCE_ROW, TableKind
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    read_sheet,
    select_columns,
)

_SUFFIXES = (".csv", ".tsv", ".xlsx", ".xlsm", ".parquet")


def adapt_emissions(request: TableRequest, kind: TableKind) -> Adapted:
    """Read tidy emissions of counties, cities or other units.

    A file of cities needs no second identifier: where ``unit_id`` is absent, the city is the unit.
    """
    adapted = select_columns(read_sheet(request), request, kind)
    headers = dict(adapted.headers)
    if "unit_id" not in headers and "city_id" in headers:
        # The name of the unit and that of the city are one, under whichever header it stands.
        for name, twin in (
            ("unit_id", "city_id"),
            ("unit_name", "city_name"),
            ("city_name", "unit_name"),
        ):
            if name not in headers and twin in headers:
                headers[name] = headers[twin]
    columns = {
        name: adapted.table[next(own for own, used in adapted.headers.items() if used == header)]
        for name, header in headers.items()
    }
    table = adapted.table.select(SOURCE_ROW, **columns)
    return Adapted(table=table, headers=headers, units=adapted.units)


def adapt_provinces(request: TableRequest, kind: TableKind) -> Adapted:
    """Read the list of provinces."""
    return select_columns(read_sheet(request), request, kind)


def adapt_drivers(request: TableRequest, kind: TableKind) -> Adapted:
    """Read drivers of emissions; a file without entities is about the whole nation."""
    adapted = select_columns(read_sheet(request), request, kind)
    table, notes = adapted.table, adapted.notes
    if "entity_level" not in adapted.headers and "entity_id" not in adapted.headers:
        table = table.mutate(entity_level=ibis.literal("nation"), entity_id=ibis.literal("100000"))
        notes = (*notes, "no entity is named: all rows are the nation's (100000)")
    return Adapted(table=table, headers=adapted.headers, units=adapted.units, notes=notes)


FORMATS = (
    Format(
        name="tidy_emissions",
        kind="emissions",
        suffixes=_SUFFIXES,
        layout="one row per unit and year; declare the unit of the value",
        adapt=adapt_emissions,
    ),
    Format(
        name="provinces",
        kind="provinces",
        suffixes=_SUFFIXES,
        layout="one row per province",
        adapt=adapt_provinces,
    ),
    Format(
        name="drivers",
        kind="drivers",
        suffixes=_SUFFIXES,
        layout="one row per year, or per entity and year; the headers say the units",
        adapt=adapt_drivers,
    ),
)
