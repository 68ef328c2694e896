"""Our World in Data's table of CO2: one row per country and year, a column per indicator.

Every indicator becomes ``owid.`` and its column's name. Rows without an ISO code are continents,
income groups and other aggregates; they are left out. A blank cell becomes no row.
"""

from __future__ import annotations

from ingest.tables.kinds import SOURCE_COLUMN, TableKind
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    read_rows,
    text_table,
)
from workspace.errors import InputError

_HEADER = {"iso_code": "country_code", "country": "country_name", "year": "year"}
#: Indicators that the warehouse understands, with what their publisher says of the unit.
INDICATORS = {
    "co2": "Annual CO2 from fossil fuels and industry (Mt)",
    "population": "Population (persons)",
}


def adapt(request: TableRequest, kind: TableKind) -> Adapted:
    """Bring the table into one row per country, indicator and year.

    Raises
    ------
    InputError
        If a name column or every known indicator is missing.
    """
    rows = read_rows(request)
    header = rows[0][1] if rows else []
    at = {cell: index for index, cell in enumerate(header) if cell}
    indicators = [name for name in INDICATORS if name in at]
    if not set(_HEADER) <= set(at) or not indicators:
        raise InputError(
            f"the header lacks {', '.join(_HEADER)} or each of {', '.join(INDICATORS)}",
            where=request.where,
            fix="use owid-co2-data.csv of Our World in Data",
        )
    names = (*_HEADER.values(), "indicator", "indicator_name", "value", SOURCE_COLUMN)
    out: dict[str, list[str | None]] = {name: [] for name in names}
    lines = []
    aggregates = set()
    for number, cells in rows[1:]:
        row = {name: cells[place] if place < len(cells) else None for name, place in at.items()}
        if row["iso_code"] is None:
            aggregates.add(row["country"])
            continue
        for indicator in indicators:
            if row[indicator] is None:
                continue
            for published, name in _HEADER.items():
                out[name].append(row[published])
            out["indicator"].append(f"owid.{indicator}")
            out["indicator_name"].append(INDICATORS[indicator])
            out["value"].append(row[indicator])
            out[SOURCE_COLUMN].append(indicator)
            lines.append(number)
    notes = (f"{len(aggregates)} aggregates without an ISO code are left out",) * bool(aggregates)
    return Adapted(
        table=text_table(out, lines),
        headers={name: published for published, name in _HEADER.items()},
        notes=notes,
    )


FORMATS = (
    Format(
        name="owid_co2",
        kind="countries",
        suffixes=(".csv",),
        layout="Our World in Data: one row per country and year, a column per indicator",
        adapt=adapt,
    ),
)
