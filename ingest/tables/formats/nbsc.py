"""National Bureau of Statistics of China: national series as its site exports them to CSV.

Two lines name database and period, then comes one row per indicator and one column per year, the
latest first; a line with the source closes the file. Each indicator carries its unit in brackets:
``年末总人口(万人)``. Exports are in GB 18030 or UTF-8, in Chinese or English.

The urban share is urban over total population and the share of secondary industry is its value
added over GDP, so that both parts must be in the file.
"""

from __future__ import annotations

import re

from ingest.catalogue import units
from ingest.tables.kinds import TableKind
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    read_rows,
    text_table,
)
from workspace.errors import InputError

_YEAR = re.compile(r"^(\d{4})\s*年?$")
_NAMED = re.compile(r"^(.*?)\s*[(（]([^()（）]*)[)）]$")

#: Series we use: how the name begins, and the unit it is brought to.
_SERIES = {
    "population_persons": (
        ("年末总人口", "Total Population (year-end)", "Total Population"),
        "persons",
    ),
    "urban_persons": (("城镇人口", "Urban Population"), "persons"),
    "gdp_lcu": (("国内生产总值", "Gross Domestic Product"), "yuan"),
    "gdp_volume_ratio": (("国内生产总值指数", "Indices of Gross Domestic Product"), "1"),
    "secondary_yuan": (("第二产业增加值", "Value-added of the Secondary Industry"), "yuan"),
    "energy_tce": (("能源消费总量", "Total Energy Consumption"), "tce"),
    "coal_ratio": (("煤炭占能源消费总量的比重", "Proportion of Coal"), "1"),
}
_RATIOS = {
    "urban_ratio": ("urban_persons", "population_persons"),
    "secondary_industry_ratio": ("secondary_yuan", "gdp_lcu"),
}
_SPELT_UNITS = (
    (r"^(?:上年|preceding year)\s*=\s*100$", "pct"),
    (r"^10[ ,]?000\s+", "10^4 "),
    (r"^100 million\s+", "10^8 "),
    (r"\btons? of SCE\b", "tce"),
    (r"^%$", "pct"),
)


def adapt(request: TableRequest, kind: TableKind) -> Adapted:
    """Bring national series into one row per year.

    Raises
    ------
    InputError
        If there is no row of years, no series we use, or one stands there twice.
    """
    rows = read_rows(request)
    start = next(
        (at for at, (_, cells) in enumerate(rows) if any(_YEAR.match(c or "") for c in cells[1:])),
        None,
    )
    if start is None:
        raise InputError(
            "there is no row of years, such as 指标,2017年,2016年",
            where=request.where,
            fix="export the national series with one column per year",
        )
    years = {
        index: match[1]
        for index, cell in enumerate(rows[start][1])
        if (match := _YEAR.match(cell or ""))
    }
    series: dict[str, tuple[int, list[str | None]]] = {}
    from_units: dict[str, str] = {}
    left_out = []
    for number, cells in rows[start + 1 :]:
        named = _NAMED.match(cells[0] or "") if cells else None
        if named is None:
            continue
        name = next((own for own, (starts, _) in _SERIES.items() if named[1] in starts), None)
        if name is None:
            left_out.append(cells[0] or "")
            continue
        if name in series:
            raise InputError(
                f"{cells[0]!r} stands in rows {series[name][0]} and {number}",
                where=request.where,
                fix="keep one",
            )
        unit = named[2].strip()
        for spelt, ours in _SPELT_UNITS:
            unit = re.sub(spelt, ours, unit)
        units.conversion(unit, _SERIES[name][1], where=f"{request.where}, row {number}")
        series[name], from_units[name] = (number, cells), unit
    if not series:
        raise InputError(
            "none of its series is one we use",
            where=request.where,
            fix=f"known: {', '.join(starts[0] for starts, _ in _SERIES.values())}",
        )
    at = sorted(years)
    columns = {
        name: [cells[index] if index < len(cells) else None for index in at]
        for name, (_, cells) in series.items()
    }
    for ratio, (part, whole) in _RATIOS.items():
        if part in columns and whole in columns:
            factors = [
                units.conversion(from_units[name], _SERIES[name][1]).factor
                for name in (part, whole)
            ]
            columns[ratio] = [
                _quotient(above, below, factors[0] / factors[1])
                for above, below in zip(columns[part], columns[whole], strict=True)
            ]
        columns.pop(part, None)
    count = len(at)
    out: dict[str, list[str | None]] = {
        **columns,
        "entity_level": ["nation"] * count,
        "entity_id": ["100000"] * count,
        "year": [years[index] for index in at],
    }
    return Adapted(
        # One row of the file holds a whole series, so errors name the row of years.
        table=text_table(out, [rows[start][0]] * count),
        headers={name: cells[0] or name for name, (_, cells) in series.items() if name in columns},
        units={name: unit for name, unit in from_units.items() if name in columns},
        notes=(f"series left out: {', '.join(left_out)}",) if left_out else (),
    )


def _quotient(above: str | None, below: str | None, factor: float) -> str | None:
    """Divide two cells; text that is no number goes through, for the check to refuse it."""
    if not above or not below:
        return None
    try:
        return repr(float(above) / float(below) * factor)
    except ValueError:
        return f"{above} / {below}"
    except ZeroDivisionError:
        return f"{above} / 0"


FORMATS = (
    Format(
        name="nbsc_yearbook",
        kind="drivers",
        suffixes=(".csv", ".xlsx"),
        layout="NBS of China: national series, one row per indicator, one column per year",
        adapt=adapt,
    ),
)
