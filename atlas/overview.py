"""The answer in one sentence and three numbers, each with its uncertainty where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from atlas.database import AbsentTable, Published
from atlas.datasets import city_means
from atlas.text import number, percent


@dataclass(frozen=True)
class Card:
    """One headline number."""

    label: str
    value: str
    unit: str
    note: str


@dataclass(frozen=True)
class Overview:
    """What the first page says before its figures."""

    answer: str
    cards: tuple[Card, ...]
    certainty: str


def overview(db: Published) -> Overview:
    """Compute the headline of the atlas.

    Parameters
    ----------
    db : Published
        The open file.

    Returns
    -------
    Overview
        Means of the years of the file; intervals from ``fct_budget_uncertainties`` and
        ``fct_budget_sensitivities`` where the file has them, and a sentence where it has not.
    """
    try:
        table = db.table("fct_national_carbon_budgets", "ce_tgco2", "ecs_tgco2", "cnc_tgco2")
    except AbsentTable:
        return Overview("The published file has no national budget yet.", (), "")
    years = db.ask(table.order_by("year")).rows
    whole = [row for row in years if row["cnc_tgco2"] is not None and row["ce_tgco2"]]
    if not whole:
        return Overview(
            "The published file has no year with both emissions and sinks of the whole country.",
            (),
            "",
        )
    first, last = whole[0], whole[-1]
    emitted = _mean(whole, "ce_tgco2")
    absorbed = _mean(whole, "ecs_tgco2")
    balance = _mean(whole, "cnc_tgco2")
    period = f"{first['year']} to {last['year']}"
    nation = last["nation_name"]
    bounds = _bounds(db, last["nation_id"])
    surplus, known, close = _surplus_cities(db)
    interval = _surplus_interval(db)
    answer = (
        f"From {period}, land in {nation} absorbed {percent(absorbed / emitted)} of the CO₂ that"
        f" was emitted. {surplus} of {known} cities absorbed more than they emitted."
    )
    cards = (
        Card(
            f"Carbon balance, mean of {period}",
            number(balance),
            "million t of CO₂ a year",
            _between(bounds.get("CNC"))
            + f"{number(emitted)} emitted, {number(absorbed)} absorbed.",
        ),
        Card(
            f"Share absorbed in {last['year']}",
            percent(last["ecs_tgco2"] / last["ce_tgco2"]),
            "",
            _share_between(bounds, emitted)
            + f"{percent(first['ecs_tgco2'] / first['ce_tgco2'])} in {first['year']}.",
        ),
        Card(
            "Cities in surplus, by their mean",
            f"{surplus}",
            f"of {known}",
            interval + f"{close} cities lie within 1 Tg of zero, so the count is not sharp.",
        ),
    )
    certainty = (
        "Intervals come from the uncertainty model; see Data quality."
        if bounds
        else "This file has no table of uncertainties (marts.fct_budget_uncertainties), so these"
        " numbers stand without an interval."
    )
    return Overview(answer, cards, certainty)


def _mean(rows: list[dict[str, Any]], column: str) -> float:
    values = [row[column] for row in rows if row[column] is not None]
    return float(sum(values) / len(values)) if values else float("nan")


def _bounds(db: Published, nation: str) -> dict[str, tuple[float, float]]:
    """Low and high of the nation's indicators, Tg CO2 a year."""
    try:
        table = db.table(
            "fct_budget_uncertainties",
            "entity_level",
            "entity_id",
            "indicator",
            "low_tgco2",
            "high_tgco2",
        )
    except AbsentTable:
        return {}
    own = table.filter(table.entity_level == "nation", table.entity_id == nation)
    return {
        row["indicator"]: (row["low_tgco2"], row["high_tgco2"])
        for row in db.ask(own.select("indicator", "low_tgco2", "high_tgco2")).rows
        if row["low_tgco2"] is not None and row["high_tgco2"] is not None
    }


def _between(bounds: tuple[float, float] | None) -> str:
    if bounds is None:
        return ""
    return f"Between {number(bounds[0])} and {number(bounds[1])}. "


def _share_between(bounds: dict[str, tuple[float, float]], emitted: float) -> str:
    if "ECS" not in bounds or emitted <= 0:
        return ""
    low, high = bounds["ECS"]
    return (
        f"Mean share between {percent(low / emitted)} and {percent(high / emitted)},"
        " from the uncertainty of the sink. "
    )


def _surplus_cities(db: Published) -> tuple[int, int, int]:
    """Cities with a mean surplus, cities with a known mean, and those within 1 Tg of zero."""
    try:
        values = [
            row["cnc_tgco2"] for row in db.ask(city_means(db)).rows if row["cnc_tgco2"] is not None
        ]
    except AbsentTable:
        return 0, 0, 0
    return (
        sum(value > 0 for value in values),
        len(values),
        sum(abs(value) < 1 for value in values),
    )


def _surplus_interval(db: Published) -> str:
    """Write the interval of the surplus count in the headline reading, if the file has one."""
    low, high = "surplus_city_count_low", "surplus_city_count_high"
    try:
        table = db.table("fct_budget_sensitivities", "is_headline", low, high)
    except AbsentTable:
        return ""
    row = db.first(
        table.filter(table.is_headline, table.entity_level == "nation").select(low, high)
    )
    if not row or row[low] is None:
        return ""
    return f"Between {number(row[low])} and {number(row[high])}. "
