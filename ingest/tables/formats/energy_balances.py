"""Energy balances of provinces: fuel burnt, by fuel, in the natural units of the yearbook.

Two layouts are read. Wide: ``province_id``, ``year`` and one column per fuel; a blank cell means
that the balance does not list the fuel. Tidy: ``province_id``, ``year``, ``fuel``, ``consumption``
and, if the units differ from the natural ones, ``activity_unit``.
"""

from __future__ import annotations

import re
from typing import Any

import ibis

from ingest.catalogue import units
from ingest.tables.kinds import (
    FUEL_UNITS,
    HUNDRED_MILLION_M3,
    SOURCE_COLUMN,
    SOURCE_ROW,
    TEN_THOUSAND_TONNES,
    TableKind,
)
from ingest.tables.reading import (
    Adapted,
    Format,
    TableRequest,
    found,
    read_sheet,
    select_columns,
)
from workspace.errors import InputError

_OTHER_COLUMNS = ("province_name", "province_name_zh", "province", "source", "note", "notes")
_SPELT_UNITS = {"_10k_t": TEN_THOUSAND_TONNES, "_100m_m3": HUNDRED_MILLION_M3}
_WITH_UNIT = re.compile(r"^(.*?)\s*[(（\[](.+)[)）\]]$")


def adapt(request: TableRequest, kind: TableKind) -> Adapted:
    """Bring a balance into one row per province, year and fuel.

    Raises
    ------
    InputError
        If a column or value names a fuel that no factor is known for, or a unit does not fit.
    """
    sheet = read_sheet(request)
    lowered = {header.lower(): header for header in sheet.headers}
    if "fuel" in lowered or "fuel" in request.columns:
        return _tidy(select_columns(sheet, request, kind), request)
    declared = set(request.columns.values())
    fuels: dict[str, tuple[str, str]] = {}
    for header in sheet.headers:
        name = header.strip().lower()
        if header in declared or name in ("province_id", "year", *_OTHER_COLUMNS):
            continue
        fuel, unit = _fuel_of(name)
        if fuel not in FUEL_UNITS:
            raise InputError(
                f"the column {header!r} is not a known fuel",
                where=request.where,
                fix=f"known: {', '.join(FUEL_UNITS)}",
            )
        if fuel in (known for known, _ in fuels.values()):
            raise InputError(f"two columns hold the fuel {fuel!r}", where=request.where)
        fuels[header] = (fuel, unit or FUEL_UNITS[fuel])
    if not fuels:
        raise InputError(
            "there is neither a column 'fuel' nor one column per fuel",
            where=request.where,
            fix=found(sheet, "coal"),
        )
    named = select_columns(sheet, request, kind, keep=tuple(fuels))
    long = named.table.pivot_longer(
        ibis.selectors.cols(*fuels), names_to=SOURCE_COLUMN, values_to="consumption"
    )
    long = long.filter(long.consumption.strip().nullif("").notnull())
    lines = {
        header: units.conversion(
            unit, FUEL_UNITS[fuel], where=f"{request.where}, column {header!r}"
        )
        for header, (fuel, unit) in fuels.items()
    }
    factors = {header: line.factor for header, line in lines.items()}
    long = _converted(long, long[SOURCE_COLUMN], factors)
    header = long[SOURCE_COLUMN]
    long = long.mutate(
        fuel=header.cases(*((name, fuel) for name, (fuel, _) in fuels.items())),
        activity_unit=header.cases(
            *((name, FUEL_UNITS[fuel]) for name, (fuel, _) in fuels.items())
        ),
    )
    return Adapted(table=long, headers=named.headers)


def _tidy(adapted: Adapted, request: TableRequest) -> Adapted:
    """Settle the units of a tidy balance, row by row."""
    table = adapted.table
    if "fuel" not in table.columns or "consumption" not in table.columns:
        return adapted
    fuel = table.fuel.strip()
    if "activity_unit" not in table.columns:
        # An unknown fuel gets any unit here; the check of fuels refuses it by name.
        natural = fuel.cases(*FUEL_UNITS.items(), else_=TEN_THOUSAND_TONNES)
        return Adapted(table=table.mutate(activity_unit=natural), headers=adapted.headers)
    pairs = (
        table.select(fuel=fuel, unit=table.activity_unit.strip(), row=table[SOURCE_ROW])
        .group_by("fuel", "unit")
        .aggregate(row=ibis._.row.min())
        .order_by("row")
        .to_pyarrow()
        .to_pylist()
    )
    factors = {}
    for pair in pairs:
        if pair["fuel"] in FUEL_UNITS and pair["unit"]:
            line = units.conversion(
                pair["unit"],
                FUEL_UNITS[pair["fuel"]],
                where=f"{request.where}, row {pair['row']}, fuel {pair['fuel']!r}",
            )
            factors[f"{pair['fuel']}|{pair['unit']}"] = line.factor
    table = _converted(table, fuel + "|" + table.activity_unit.strip(), factors)
    unit = table.activity_unit.strip().nullif("")
    natural = table.fuel.strip().cases(*FUEL_UNITS.items(), else_=TEN_THOUSAND_TONNES)
    return Adapted(
        table=table.mutate(activity_unit=ibis.ifelse(unit.isnull(), None, natural)),
        headers=adapted.headers,
    )


def _converted(table: Any, which: Any, factors: dict[str, float]) -> Any:
    """Multiply the text of ``consumption`` where the factor is not 1, leaving other text alone."""
    changed = [(name, factor) for name, factor in factors.items() if factor != 1.0]
    if not changed:
        return table
    factor = which.cases(*changed, else_=1.0)
    number = table.consumption.strip().try_cast("float64")
    return table.mutate(
        consumption=ibis.ifelse(
            number.isnull() | (factor == 1.0), table.consumption, (number * factor).cast("string")
        )
    )


def _fuel_of(name: str) -> tuple[str, str | None]:
    """Split a header into fuel and unit.

    Examples
    --------
    >>> _fuel_of("natural gas (10^8 m3)"), _fuel_of("coal_10k_t"), _fuel_of("coke")
    (('natural_gas', '10^8 m3'), ('coal', '10^4 t'), ('coke', None))
    """
    unit = None
    if match := _WITH_UNIT.match(name):
        name, unit = match[1], match[2]
    for suffix, spelt in _SPELT_UNITS.items():
        if name.endswith(suffix):
            name, unit = name.removesuffix(suffix), spelt
    return re.sub(r"[\s_-]+", "_", name.strip()), unit


FORMATS = (
    Format(
        name="energy_balances",
        kind="energy_balances",
        suffixes=(".xlsx", ".xlsm", ".csv", ".tsv", ".parquet"),
        layout="one row per province and year with a column per fuel, or one row per fuel",
        adapt=adapt,
    ),
)
