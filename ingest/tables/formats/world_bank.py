"""World Bank indicators as the site's CSV download: four lines above the header, a column a year.

A blank cell means that the country has no value for that year; it becomes no row.
"""

from __future__ import annotations

import re

from ingest.tables.kinds import SOURCE_COLUMN, TableKind
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    read_rows,
    text_table,
)
from workspace.errors import InputError

_HEADER = {
    "Country Code": "country_code",
    "Country Name": "country_name",
    "Indicator Code": "indicator",
    "Indicator Name": "indicator_name",
}
_YEAR = re.compile(r"^\d{4}$")


def adapt(request: TableRequest, kind: TableKind) -> Adapted:
    """Bring the download into one row per country, indicator and year.

    Raises
    ------
    InputError
        If there is no header row with the four names and at least one year.
    """
    rows = read_rows(request)
    start = next((at for at, (_, cells) in enumerate(rows) if set(_HEADER) <= set(cells)), None)
    years = [] if start is None else [cell for cell in rows[start][1] if cell and _YEAR.match(cell)]
    if start is None or not years:
        raise InputError(
            f"there is no header row with {', '.join(_HEADER)} and years",
            where=request.where,
            fix="use the CSV download of one indicator (API_..._DS2_en_csv_v2_....csv)",
        )
    header = rows[start][1]
    at = {cell: index for index, cell in enumerate(header) if cell}
    out: dict[str, list[str | None]] = {
        name: [] for name in (*_HEADER.values(), "year", "value", SOURCE_COLUMN)
    }
    lines = []
    for number, cells in rows[start + 1 :]:
        if not any(cells):
            continue
        if len(cells) < max(at[name] for name in _HEADER) + 1:
            raise InputError(f"line {number} ends before its country and code", where=request.where)
        for year in years:
            value = cells[at[year]] if at[year] < len(cells) else None
            if value is None:
                continue
            for published, name in _HEADER.items():
                out[name].append(cells[at[published]])
            out["year"].append(year)
            out["value"].append(value)
            out[SOURCE_COLUMN].append(year)
            lines.append(number)
    return Adapted(
        table=text_table(out, lines),
        headers={name: published for published, name in _HEADER.items()},
    )


FORMATS = (
    Format(
        name="world_bank",
        kind="countries",
        suffixes=(".csv",),
        layout="World Bank: four lines above the header, one column per year",
        adapt=adapt,
    ),
)
