"""What the first page says: rows of the marts, put into a few sentences and tiles."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from carbon.atlas.database import AbsentTable, Published
from carbon.atlas.text import listed, number, percent


@dataclass(frozen=True)
class Tile:
    """One number of the first page, with its range or the sentence that there is none."""

    label: str
    value: str
    note: str
    interval: str = ""


@dataclass(frozen=True)
class FrontPage:
    """What the first page says before its figures.

    Attributes
    ----------
    finding : str
        The answer as a heading; empty if the file holds none.
    lead : str
        Then and now.
    tiles : tuple of Tile
        Now, then, how sure, and 2060, as far as the file knows.
    sentences : list of dict
        The rows of ``fct_headlines``.
    """

    finding: str
    lead: str
    tiles: tuple[Tile, ...] = ()
    sentences: list[dict[str, Any]] = field(default_factory=list)


def front_page(db: Published) -> FrontPage:
    """Put the answer together.

    Parameters
    ----------
    db : Published
        The open file.

    Returns
    -------
    FrontPage
        From ``fct_headlines``, ``fct_national_carbon_budgets`` and the scenarios; what the file
        lacks is left out.
    """
    years = _whole_years(db)
    if not years:
        return FrontPage(
            "", "The published file has no year with both emissions and sinks of the whole country."
        )
    first, last = years[0], years[-1]
    headlines = {row["headline_id"]: row for row in headline_rows(db)}
    tiles = (_now(last, headlines), _then(first, last, headlines), _sure(headlines), _later(db))
    return FrontPage(
        _finding(headlines, last),
        _lead(first, last),
        tuple(tile for tile in tiles if tile),
        list(headlines.values()),
    )


def headline_rows(db: Published) -> list[dict[str, Any]]:
    """Read the sentences of the front page, or none if the file has no such mart."""
    try:
        table = db.table(
            "fct_headlines",
            "headline_id",
            "sentence",
            "value",
            "low",
            "high",
            "unit",
            "input_grade",
        )
    except AbsentTable:
        return []
    order = "position" if "position" in table.columns else "headline_id"
    return db.ask(table.order_by(order)).rows


def _whole_years(db: Published) -> list[dict[str, Any]]:
    table = db.table("fct_national_carbon_budgets", "ce_tgco2", "ecs_tgco2", "cnc_tgco2")
    rows = db.ask(table.order_by("year")).rows
    return [row for row in rows if row["cnc_tgco2"] is not None and row["ce_tgco2"]]


def _finding(headlines: dict[str, dict[str, Any]], last: dict[str, Any]) -> str:
    sure = headlines.get("robust_surplus_city_count")
    if not sure or sure["value"] is None:
        return ""
    if sure["value"] == 0:
        return f"No city in {last['nation_name']} can be shown to absorb the CO₂ it emits"
    return (
        f"{number(sure['value'])} cities in {last['nation_name']} surely absorb the CO₂ they emit"
    )


def _lead(first: dict[str, Any], last: dict[str, Any]) -> str:
    now = f"In {last['year']}, land in {last['nation_name']} absorbed {percent(_share(last))} of"
    if first["year"] == last["year"]:
        return f"{now} the CO₂ that was emitted."
    return (
        f"{now} the CO₂ that was emitted; in {first['year']} it was {percent(_share(first))}."
        " A city here is a prefecture, with its forests and fields."
    )


def _share(row: dict[str, Any]) -> float:
    return float(row["ecs_tgco2"] / row["ce_tgco2"])


def _now(last: dict[str, Any], headlines: dict[str, dict[str, Any]]) -> Tile:
    mean = headlines.get("absorbed_ratio")
    interval = ""
    if mean and mean["low"] is not None:
        interval = (
            f"mean of the years {percent(mean['value'], 0)}, between {percent(mean['low'], 0)} and"
            f" {percent(mean['high'], 0)}: even the sign of the uptake is not known"
            if mean["low"] < 0 < mean["high"]
            else f"mean of the years {percent(mean['value'], 0)}, between"
            f" {percent(mean['low'], 0)} and {percent(mean['high'], 0)}"
        )
    return Tile(
        f"Share absorbed, {last['year']}",
        percent(_share(last)),
        f"{number(last['ce_tgco2'])} Mt emitted, {number(last['ecs_tgco2'])} Mt absorbed",
        interval,
    )


def _then(
    first: dict[str, Any], last: dict[str, Any], headlines: dict[str, dict[str, Any]]
) -> Tile | None:
    then, now = first.get("surplus_city_count"), last.get("surplus_city_count")
    if then is None or now is None:
        return None
    value = f"{now}" if first["year"] == last["year"] else f"{then} → {now}"
    count = headlines.get("surplus_city_count")
    interval = (
        f"on the mean of the years {number(count['value'])}, between {number(count['low'])} and"
        f" {number(count['high'])}"
        if count and count["low"] is not None
        else ""
    )
    return Tile(
        f"Cities in surplus, {first['year']} and {last['year']}"
        if first["year"] != last["year"]
        else f"Cities in surplus, {last['year']}",
        value,
        f"of {last['ce_city_count']} on the central estimate",
        interval,
    )


def _sure(headlines: dict[str, dict[str, Any]]) -> Tile | None:
    counts = [
        headlines.get(f"{name}_city_count")
        for name in ("robust_surplus", "undecided", "robust_deficit")
    ]
    if not all(counts):
        return None
    surplus, undecided, deficit = (number(row["value"]) for row in counts if row)
    return Tile(
        "How sure is that?",
        f"{surplus} surely",
        f"in surplus; {deficit} surely in deficit, {undecided} cannot be told. The rest is likely"
        " one or the other.",
        "every reading of the method, errors of all inputs",
    )


def scenario_rows(db: Published) -> list[dict[str, Any]]:
    """Read the headline rows of the scenarios, or none."""
    try:
        table = db.table("fct_scenario_carbon_budgets", "scenario", "year", "ce_tgco2", "cnc_tgco2")
    except AbsentTable:
        return []
    if "is_headline" in table.columns:
        table = table.filter(table.is_headline)
    return db.ask(table.order_by("scenario", "year")).rows


def _later(db: Published) -> Tile | None:
    rows = [row for row in scenario_rows(db) if row["cnc_tgco2"] is not None]
    if not rows:
        return None
    year = max(row["year"] for row in rows)
    then = [row for row in rows if row["year"] == year]
    shares = [row["ecs_tgco2"] / row["ce_tgco2"] for row in then if row["ce_tgco2"]]
    if not shares:
        return None
    low, high = min(shares), max(shares)
    balances = listed(
        [f"{row['scenario']} {number(row['cnc_tgco2'] / 1000, 1)} Gt" for row in then]
    )
    ranges = [
        f"{row['scenario']} {number(row['cnc_low_tgco2'] / 1000, 1)} to"
        f" {number(row['cnc_high_tgco2'] / 1000, 1)}"
        for row in then
        if row.get("cnc_low_tgco2") is not None and row.get("cnc_high_tgco2") is not None
    ]
    reached = any(row["cnc_tgco2"] >= 0 for row in then)
    return Tile(
        f"Share absorbed in {year}",
        percent(low) if percent(low) == percent(high) else f"{percent(low)} to {percent(high)}",
        f"balance: {balances}. "
        + ("At least one path is neutral by then." if reached else "No path reaches neutrality."),
        listed(ranges),
    )


def outlook(db: Published) -> dict[str, Any]:
    """Gather what the page of the future says in words.

    Parameters
    ----------
    db : Published
        The open file.

    Returns
    -------
    dict
        ``scenarios``, for each its name, its values in 2030 and at its end and what neutrality
        would take; and the name of the model that gives them.
    """
    scenarios: list[dict[str, Any]] = []
    rows = [row for row in scenario_rows(db) if row["cnc_tgco2"] is not None]
    paths = {row["scenario"]: row for row in _national_paths(db)}
    for name in dict.fromkeys(row["scenario"] for row in rows):
        own = [row for row in rows if row["scenario"] == name]
        years = [row for row in own if row["year"] in (2030, own[-1]["year"])]
        scenarios.append(
            {
                "name": name,
                "words": _growth_words(db, name),
                "years": [
                    {
                        "year": row["year"],
                        "emitted": number(row["ce_tgco2"]),
                        "absorbed": number(row["ecs_tgco2"]),
                        "balance": number(row["cnc_tgco2"]),
                        "share": percent(row["ecs_tgco2"] / row["ce_tgco2"]),
                        "interval": _interval(row, "cnc_low_tgco2", "cnc_high_tgco2"),
                    }
                    for row in years
                ],
                "neutral": _neutral_words(paths.get(name)),
            }
        )
    return {"scenarios": scenarios, "model": rows[0].get("model", "") if rows else ""}


def _interval(row: dict[str, Any], low: str, high: str) -> str:
    if row.get(low) is None or row.get(high) is None:
        return ""
    return f"{number(row[low])} to {number(row[high])}"


def _national_paths(db: Published) -> list[dict[str, Any]]:
    try:
        table = db.table("fct_neutrality_paths", "entity_level", "scenario", "neutrality_year")
    except AbsentTable:
        return []
    return db.ask(table.filter(table.entity_level == "nation").order_by("scenario")).rows


def _neutral_words(path: dict[str, Any] | None) -> str:
    if path is None:
        return ""
    if path["neutrality_year"] is not None:
        return f"The balance reaches zero in {path['neutrality_year']}."
    cut = path.get("ce_cut_2060_ratio")
    if cut is None:
        return "The balance stays below zero to the end."
    bounds = [path.get("ce_cut_2060_low_ratio"), path.get("ce_cut_2060_high_ratio")]
    known = [percent(one, 0) for one in bounds if one is not None]
    between = f" ({known[0]} to {known[1]})" if len(known) == len(bounds) else ""
    return (
        "The balance stays below zero to the end: for neutrality in 2060 another"
        f" {percent(cut, 0)}{between} of the path's emissions would have to go."
    )


def _growth_words(db: Published, scenario: str) -> str:
    """Say what a scenario assumes, from the cited growth rates, as far as the file has them."""
    try:
        table = db.table("ref_scenario_growth_rates", "scenario", schema="ref")
    except AbsentTable:
        return ""
    rows = db.ask(table.filter(table.scenario == scenario)).rows
    words = next((key for key in ("meaning", "description", "note") if rows and key in rows[0]), "")
    return str(rows[0][words] or "") if words else ""
