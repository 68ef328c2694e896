"""The answer in one sentence and three numbers, each with its uncertainty where there is one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from carbon.atlas.database import AbsentTable, Published
from carbon.atlas.datasets import city_means
from carbon.atlas.text import number, percent


@dataclass(frozen=True)
class Card:
    """One headline number."""

    label: str
    value: str
    unit: str
    note: str
    interval: str = ""


@dataclass(frozen=True)
class Overview:
    """What the first page says before its figures."""

    answer: str
    cards: tuple[Card, ...]
    certainty: str
    has_intervals: bool = False


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
    one_year = first["year"] == last["year"]
    period = f"{last['year']}" if one_year else f"{first['year']} to {last['year']}"
    mean_of = period if one_year else f"mean of {period}"
    nation = last["nation_name"]
    bounds = _bounds(db, last["nation_id"])
    surplus, known, close = _surplus_cities(db)
    answer = (
        f"{'In' if one_year else 'From'} {period}, land in {nation} absorbed"
        f" {percent(absorbed / emitted)} of the CO₂ that was emitted."
        f" {surplus} of {known} cities absorbed more than they emitted."
    )
    cards = (
        Card(
            f"Carbon balance, {mean_of}",
            number(balance),
            "million t of CO₂ a year",
            f"{number(emitted)} emitted, {number(absorbed)} absorbed.",
            _between(bounds.get("CNC")),
        ),
        Card(
            f"Share absorbed, {mean_of}",
            percent(absorbed / emitted),
            "",
            _first_and_last(first, last) + ("The interval is the sink's." if bounds else ""),
            _share_between(bounds.get("ECS"), emitted),
        ),
        Card(
            "Cities in surplus, by their mean",
            f"{surplus}",
            f"of {known}",
            f"{close} lie within 1 million t of zero, so the count is not sharp.",
            _surplus_interval(db),
        ),
    )
    certainty = (
        _coverage(db)
        if bounds
        else "This file has no table of uncertainties (marts.fct_budget_uncertainties), so these"
        " numbers stand without an interval."
    )
    return Overview(answer, cards, certainty, bool(bounds))


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
    return f"{number(bounds[0])} to {number(bounds[1])}"


def _share_between(sink: tuple[float, float] | None, emitted: float) -> str:
    if sink is None or emitted <= 0:
        return ""
    return f"{percent(sink[0] / emitted)} to {percent(sink[1] / emitted)}"


def _first_and_last(first: dict[str, Any], last: dict[str, Any]) -> str:
    if first["year"] == last["year"]:
        return ""
    then, now = (percent(row["ecs_tgco2"] / row["ce_tgco2"]) for row in (first, last))
    return f"{then} in {first['year']}, {now} in {last['year']}. "


def _coverage(db: Published) -> str:
    """Say what the intervals are: 1.96 standard uncertainties on either side are 95 %."""
    factor = float(db.variables.get("uncertainty_coverage_factor") or "nan")
    share = math.erf(factor / math.sqrt(2))
    width = (
        "" if math.isnan(share) else f" of {percent(share, 0)} ({factor:g} standard uncertainties)"
    )
    return f"Intervals{width} come from the uncertainty model; see"


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
    return f"{number(row[low])} to {number(row[high])}"
