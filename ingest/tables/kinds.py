"""The kinds of tables, as data: columns, types, units and limits of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pyarrow as pa

#: Column of every relation: the row of the file (or sheet) that a value was read from, from 1.
SOURCE_ROW = "source_row"
#: Column of relations made from a wide layout: the header the value stood under.
SOURCE_COLUMN = "source_column"

ColumnType = Literal["text", "integer", "number", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of a table kind.

    Attributes
    ----------
    name : str
        Name in the ``raw`` schema.
    type : {'text', 'integer', 'number', 'flag'}
        Stored as VARCHAR, INTEGER, DOUBLE and BOOLEAN.
    meaning : str
        One line for documentation.
    unit : str, optional
        Unit stored; values are converted to it.
    also_unit : str, optional
        A second target for files that name the same thing less precisely (``Mt`` for ``MtCO2``).
    key : bool
        Part of the key: never blank, and unique together with the other key columns.
    nullable : bool
        Whether a value may be blank and the column absent.
    minimum, maximum : float, optional
        Believable range, in ``unit``, both ends included.
    one_of : tuple of str
        The only values allowed, if any are given.
    aliases : mapping
        Other headers this column is found under, each with the unit that header implies (or None).
    """

    name: str
    type: ColumnType
    meaning: str
    unit: str | None = None
    also_unit: str | None = None
    key: bool = False
    nullable: bool = False
    minimum: float | None = None
    maximum: float | None = None
    one_of: tuple[str, ...] = ()
    aliases: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class TableKind:
    """One table of the ``raw`` schema that is filled from statistics files.

    Attributes
    ----------
    name : str
        The table's name in ``raw`` and its key under ``tables`` in a catalogue.
    meaning : str
        One line, with the grain.
    columns : tuple of Column
        In the order of the table; ``source_id`` comes first and is filled from the request.
    value : str, optional
        The one measured column whose unit a catalogue declares. Kinds without it take units from
        the headers of the file.
    any_of : tuple of str
        Columns of which each row needs at least one.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    value: str | None = None
    any_of: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the key columns, ``source_id`` first."""
        return tuple(column.name for column in self.columns if column.key)

    def column(self, name: str) -> Column:
        """Return one column by its name."""
        return next(column for column in self.columns if column.name == name)


TEN_THOUSAND_TONNES, HUNDRED_MILLION_M3 = "10^4 t", "10^8 m3"

#: The 14 fuels of eq. 1 and the natural unit of each, in the order of the factor tables.
FUEL_UNITS = {
    "coal": TEN_THOUSAND_TONNES,
    "coke": TEN_THOUSAND_TONNES,
    "coke_oven_gas": HUNDRED_MILLION_M3,
    "blast_furnace_gas": HUNDRED_MILLION_M3,
    "converter_gas": HUNDRED_MILLION_M3,
    "other_gas": HUNDRED_MILLION_M3,
    "crude_oil": TEN_THOUSAND_TONNES,
    "gasoline": TEN_THOUSAND_TONNES,
    "kerosene": TEN_THOUSAND_TONNES,
    "diesel": TEN_THOUSAND_TONNES,
    "fuel_oil": TEN_THOUSAND_TONNES,
    "liquefied_petroleum_gas": TEN_THOUSAND_TONNES,
    "natural_gas": HUNDRED_MILLION_M3,
    "liquefied_natural_gas": TEN_THOUSAND_TONNES,
}

_SOURCE = Column("source_id", "text", "Source card the row comes from", key=True)
_YEAR = Column("year", "integer", "Calendar year", key=True, minimum=1900, maximum=2100)

_EMISSIONS = TableKind(
    name="emissions",
    meaning="CO2 emitted by a county, city or other unit in a year; one row per unit and year",
    value="ce_mtco2",
    any_of=("city_id", "province_id", "province_name"),
    columns=(
        _SOURCE,
        Column(
            "unit_id",
            "text",
            "Unit the emissions are reported for",
            key=True,
            aliases={"county_id": None, "id": None},
        ),
        Column(
            "unit_name",
            "text",
            "Its name, as the source spells it",
            nullable=True,
            aliases={"county_name": None, "name": None},
        ),
        Column(
            "city_id", "text", "City the unit lies in; blank if it cannot be known", nullable=True
        ),
        Column(
            "city_name",
            "text",
            "Its name, as the source spells it",
            nullable=True,
            aliases={"city": None},
        ),
        Column("province_id", "text", "Province the unit lies in", nullable=True),
        Column(
            "province_name",
            "text",
            "Its name, as the source spells it",
            nullable=True,
            aliases={"province": None},
        ),
        _YEAR,
        Column(
            "ce_mtco2",
            "number",
            "Carbon dioxide emitted in the year",
            unit="MtCO2",
            also_unit="Mt",
            minimum=0,
            aliases={"value": None, "ce": None, "emissions": None, "co2": None},
        ),
    ),
)

_PROVINCES = TableKind(
    name="provinces",
    meaning="Provinces and the economic region each belongs to; one row per province",
    columns=(
        _SOURCE,
        Column("province_id", "text", "Six-digit adcode", key=True),
        Column("province_name", "text", "English name"),
        Column("province_name_zh", "text", "Chinese name", nullable=True),
        Column(
            "region_name",
            "text",
            "Economic region; blank outside the study",
            nullable=True,
            aliases={"economic_region": None, "region": None},
        ),
        Column("in_study", "flag", "Whether the study covers the province"),
    ),
)

_ENERGY_BALANCES = TableKind(
    name="energy_balances",
    meaning="Fuel burnt in a province in a year; one row per province, year and fuel",
    columns=(
        _SOURCE,
        Column("province_id", "text", "Six-digit adcode", key=True),
        _YEAR,
        Column("fuel", "text", "Fuel, as in the factor tables", key=True, one_of=tuple(FUEL_UNITS)),
        Column(
            "consumption",
            "number",
            "Fuel burnt for energy, in activity_unit",
            minimum=0,
            aliases={"value": None},
        ),
        Column(
            "activity_unit",
            "text",
            "Natural unit of the fuel",
            one_of=("10^4 t", "10^8 m3"),
        ),
    ),
)

_DRIVERS = TableKind(
    name="drivers",
    meaning="What drives emissions; one row per entity and year",
    columns=(
        _SOURCE,
        Column(
            "entity_level",
            "text",
            "Level of the entity",
            key=True,
            one_of=("nation", "region", "province", "city"),
        ),
        Column("entity_id", "text", "Adcode of the entity; 100000 is the nation", key=True),
        _YEAR,
        Column(
            "population_persons",
            "number",
            "People at the end of the year",
            unit="persons",
            nullable=True,
            minimum=0,
            aliases={"population_10k": "10^4 persons", "population": "persons"},
        ),
        Column(
            "urban_ratio",
            "number",
            "Share of people who live in towns",
            unit="1",
            nullable=True,
            minimum=0,
            maximum=1,
            aliases={"urban_ratio_pct": "pct", "urban_pct": "pct"},
        ),
        Column(
            "gdp_lcu",
            "number",
            "Gross domestic product, current prices",
            unit="yuan",
            nullable=True,
            minimum=0,
            aliases={
                "gdp_100m_yuan_current": "10^8 yuan",
                "gdp_100m_yuan": "10^8 yuan",
                "gdp_yuan": "yuan",
            },
        ),
        Column(
            "gdp_volume_ratio",
            "number",
            "GDP at constant prices over that of the year before",
            unit="1",
            nullable=True,
            minimum=0.2,
            maximum=5,
            aliases={
                "gdp_index_preceding_year_100": "pct",
                "gdp_index_previous_year_100": "pct",
            },
        ),
        Column(
            "secondary_industry_ratio",
            "number",
            "Share of secondary industry in GDP",
            unit="1",
            nullable=True,
            minimum=0,
            maximum=1,
            aliases={"secondary_industry_pct": "pct"},
        ),
        Column(
            "energy_tce",
            "number",
            "Energy consumed",
            unit="tce",
            nullable=True,
            minimum=0,
            aliases={
                "energy_consumption_10k_tce": "10^4 tce",
                "energy_10k_tce": "10^4 tce",
                "energy_consumption_tce": "tce",
            },
        ),
        Column(
            "coal_ratio",
            "number",
            "Share of coal in energy consumed",
            unit="1",
            nullable=True,
            minimum=0,
            maximum=1,
            aliases={"coal_share_pct": "pct", "coal_pct": "pct"},
        ),
    ),
)

_INVENTORIES = TableKind(
    name="inventories",
    meaning="Provincial CO2 by sector and fuel; one row per province, year, sector and fuel",
    value="ce_mtco2",
    columns=(
        _SOURCE,
        Column("province_id", "text", "Six-digit adcode", key=True),
        Column("province_name", "text", "English name"),
        _YEAR,
        Column("sector", "text", "Sector, or the total of all", key=True),
        Column("fuel", "text", "Fuel, Process, or a total of scope 1 or 2", key=True),
        Column(
            "ce_mtco2",
            "number",
            "Carbon dioxide emitted in the year",
            unit="MtCO2",
            also_unit="Mt",
            minimum=0,
        ),
    ),
)

_COUNTRIES = TableKind(
    name="countries",
    meaning="World Bank indicators; one row per country, indicator and year",
    columns=(
        _SOURCE,
        Column("country_code", "text", "ISO 3166-1 alpha-3, or a World Bank aggregate", key=True),
        Column("country_name", "text", "English name"),
        Column("indicator", "text", "World Bank indicator code", key=True),
        Column("indicator_name", "text", "Indicator and its unit, as published"),
        _YEAR,
        Column("value", "number", "Value in the unit of the indicator"),
    ),
)

#: Every table kind by name.
KINDS: dict[str, TableKind] = {
    kind.name: kind
    for kind in (_EMISSIONS, _PROVINCES, _ENERGY_BALANCES, _DRIVERS, _INVENTORIES, _COUNTRIES)
}

_ARROW = {
    "text": pa.string(),
    "integer": pa.int32(),
    "number": pa.float64(),
    "flag": pa.bool_(),
}


def arrow_schema(kind: str) -> pa.Schema:
    """Return the Arrow schema of a kind, which is also that of its ``raw`` table.

    Examples
    --------
    >>> arrow_schema("energy_balances").names
    ['source_id', 'province_id', 'year', 'fuel', 'consumption', 'activity_unit']
    """
    return pa.schema([(column.name, _ARROW[column.type]) for column in KINDS[kind].columns])


def empty_table(kind: str) -> pa.Table:
    """Return a table of a kind without rows.

    Examples
    --------
    >>> empty_table("emissions").num_rows
    0
    """
    return arrow_schema(kind).empty_table()
