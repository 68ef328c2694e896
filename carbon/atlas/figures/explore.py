"""The one figure that shows any measure of any place in any year, in six ways."""

from __future__ import annotations

from typing import Any

from carbon.atlas.database import AbsentTable, Published
from carbon.atlas.datasets import INDICATORS, LEVELS, verdict_rows
from carbon.atlas.figures.parts import MEASURES, measure_options, numbers_of
from carbon.atlas.figures.plate import Drawing, Plate

LEVEL_LABELS = {"city": "Cities", "province": "Provinces", "region": "Regions"}
TABS = (
    ("map", "Map"),
    ("lines", "Lines"),
    ("ranking", "Ranking"),
    ("scatter", "Scatter"),
    ("table", "Table"),
    ("sources", "Sources"),
)
VERDICTS = (
    ("robust surplus", "surely in surplus"),
    ("likely surplus", "probably in surplus"),
    ("undecided", "cannot be told"),
    ("likely deficit", "probably in deficit"),
    ("robust deficit", "surely in deficit"),
)


def verdict_measure(db: Published) -> dict[str, Any]:
    """Describe the verdicts as a measure of the script."""
    return {
        "label": "Verdict on the mean of the years",
        "unit": "",
        "categories": [list(verdict) for verdict in VERDICTS],
        "scheme": "verdicts",
        "explained": "Whether the balance of a place is above or below zero, in every reading of"
        " the method and within the uncertainty of its inputs.",
        "synthetic": db.synthetic_inputs(["cnc"]),
    }


def has_verdicts(db: Published, level: str) -> bool:
    """Whether the file has verdicts on the places of a level."""
    try:
        return bool(db.first(verdict_rows(db, level)))
    except AbsentTable:
        return False


def draw_verdicts(db: Published) -> Drawing:
    """Draw the verdict on every city."""
    verdict_rows(db, "city")
    return Drawing(
        {},
        "choropleth",
        (),
        {
            "levels": {"city": {"dataset": "verdicts_city", "id": "city_id", "shapes": "city"}},
            "measures": {"verdict": verdict_measure(db)},
        },
    )


def explore_datasets(db: Published) -> list[str]:
    """Name the data sets that the figure may ask for."""
    levels = _present_levels(db)
    names = [f"{level}_{measure.column}" for level in levels for measure in MEASURES]
    if db.has("fct_budget_uncertainties", "value_tgco2", "low_tgco2", "high_tgco2"):
        names += [f"range_{level}_{one.lower()}" for level in levels for one in INDICATORS.values()]
    names += [f"verdicts_{level}" for level in levels if has_verdicts(db, level)]
    return names


def _present_levels(db: Published) -> list[str]:
    return [level for level in LEVELS if db.has(f"fct_{level}_carbon_budgets", "cnc_tgco2")]


def _mean_indicators(db: Published) -> set[str]:
    """Name the indicators whose mean of the years has bounds in the file."""
    name = "fct_budget_uncertainties"
    if not db.has(name, "value_tgco2", "low_tgco2", "high_tgco2"):
        return set()
    return {row["indicator"] for row in db.ask(db.table(name).select("indicator").distinct()).rows}


def _draw(db: Published) -> Drawing:
    levels = _present_levels(db)
    columns = tuple(measure.column for measure in MEASURES)
    values = {
        level: numbers_of(db, db.table(f"fct_{level}_carbon_budgets", *columns), columns)
        for level in levels
    }
    years = db.ask(
        db.table("fct_city_carbon_budgets").select("year").distinct().order_by("year")
    ).rows
    measures = measure_options(db, MEASURES, values)
    bounded = _mean_indicators(db)
    for column, indicator in INDICATORS.items():
        if indicator in bounded:
            measures[column]["mean"] = indicator
    if any(has_verdicts(db, level) for level in levels):
        measures["verdict"] = verdict_measure(db)
    provinces = []
    if db.has("dim_provinces", "province_id", "province_name"):
        table = db.table("dim_provinces").select("province_id", "province_name")
        provinces = db.ask(table.order_by("province_name")).rows
    return Drawing(
        {},
        "explore",
        (),
        {
            "levels": {level: {"label": LEVEL_LABELS[level]} for level in levels},
            "measures": measures,
            "years": [row["year"] for row in years],
            "tabs": TABS,
            "provinces": [[row["province_id"], row["province_name"]] for row in provinces],
            "units": {column: db.units.get(column, "Tg CO2 yr-1") for column in INDICATORS}
            | {"value_tgco2": "Tg CO2 yr-1", "cnc_ktco2_km2": "10^3 t CO2 km-2 yr-1"},
        },
    )


EXPLORE_PLATES = (
    Plate(
        "explore",
        "Explore",
        "Point at a place for its value, click it to compare, walk with the arrow keys. Classes"
        " stay the same through the years, so that colours can be compared.",
        ("city_cnc_tgco2",),
        _draw,
    ),
)
