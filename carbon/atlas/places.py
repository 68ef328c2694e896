"""All that the page of a place shows, as rows by place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import pyarrow as pa

from carbon.atlas.database import AbsentTable, Answer, Published, older_files_have_gaps
from carbon.atlas.datasets import BUDGET_MEASURES, encode, verdict_rows

Key = tuple[str, str]
LEVELS = ("nation", "region", "province", "city")
BUDGETS = {
    "nation": "fct_national_carbon_budgets",
    **{level: f"fct_{level}_carbon_budgets" for level in LEVELS[1:]},
}


def place_files(
    db: Published, keys: list[Key]
) -> tuple[list[dict[str, Any]], dict[str, dict[str, str]]]:
    """Gather the data of every place: a question is one Ibis expression or several.

    Parameters
    ----------
    db : Published
        The open file.
    keys : list of (level, id)
        The places.

    Returns
    -------
    list of dict
        For each key its parts by name, each as :func:`carbon.atlas.datasets.encode` writes it
        without the SQL; a part without rows is there only if every page shows it.
    dict
        By part and level the SQL that gives the rows, with ``{level}`` and ``{id}`` to fill in.
    """
    parts = {name: _part(db, question) for name, question in QUESTIONS.items()}
    empty = Answer("", pa.table({}))
    queries: dict[str, dict[str, str]] = {}
    for name, rows in parts.items():
        queries[name] = {level: answer.sql for (level, _), answer in rows.items()}
    files = [
        {
            name: encode(Answer("", rows.get(key, empty).table), db.units)
            for name, rows in parts.items()
            if key in rows or name in ALWAYS
        }
        for key in keys
    ]
    return files, queries


def _part(db: Published, question: Callable[[Published], Any]) -> dict[Key, Answer]:
    """Ask one question for all places at once and part its rows by place."""
    try:
        with older_files_have_gaps():
            asked = question(db)
            answers = [db.ask(one) for one in (asked if isinstance(asked, list) else [asked])]
    except AbsentTable:
        return {}
    parted: dict[Key, Answer] = {}
    for answer in answers:
        sql = (
            f"select * exclude (place_level, place_id)\nfrom (\n{answer.sql}\n) as atlas\n"
            "where place_level = '{level}' and place_id = '{id}'"
        )
        for key, rows in _parted(answer.table).items():
            parted[key] = Answer(sql, rows)
    return parted


def _parted(table: pa.Table) -> dict[Key, pa.Table]:
    """Part rows by the place they belong to, each part in the order of the rows."""
    table = table.combine_chunks()
    levels, places = (
        table[name].cast(pa.string()).to_pylist() for name in ("place_level", "place_id")
    )
    positions: dict[Key, list[int]] = {}
    for position, key in enumerate(zip(levels, places, strict=True)):
        positions.setdefault(key, []).append(position)
    rows = table.drop_columns(["place_level", "place_id"])
    return {key: rows.take(own) for key, own in positions.items()}


def _years(db: Published) -> Any:
    """Ask for the budgets of all places, by year."""
    asked = []
    for level, name in BUDGETS.items():
        if db.has(name, "cnc_tgco2"):
            table = db.table(name, *BUDGET_MEASURES)
            asked.append(
                table.select(
                    place_level=ibis.literal(level), place_id=table[f"{level}_id"],
                    year=table.year, **{column: table[column] for column in BUDGET_MEASURES},
                )
            )  # fmt: skip
    return asked


def _by_entity(name: str, *columns: str, order: str = "indicator") -> Callable[[Published], Any]:
    """Build the question for a mart with one key for places of every level."""

    def question(db: Published) -> Any:
        table = db.table(name, "entity_level", "entity_id", *columns)
        return table.select(
            place_level=table.entity_level, place_id=table.entity_id,
            **{column: table[column] for column in columns},
        ).order_by(order)  # fmt: skip

    return question


def _rank(db: Published) -> Any:
    """Ask for the rank of every place by its balance in the last year, 1 the highest."""
    asked = []
    for level in LEVELS[1:]:
        if not db.has(BUDGETS[level], "cnc_tgco2"):
            continue
        table = _last_year(db.table(BUDGETS[level], "cnc_tgco2"))
        within = table.province_id if level == "city" else ibis.literal(None, "string")
        table = table.mutate(part=within.cast("string"))
        ordered = {"order_by": ibis.desc("cnc_tgco2")}
        whole, part = ibis.window(**ordered), ibis.window(group_by="part", **ordered)
        ranked = table.mutate(
            rank=(ibis.rank().over(whole) + 1).cast("int64"),
            ranked=table.count().over(ibis.window()).cast("int64"),
            rank_within=(ibis.rank().over(part) + 1).cast("int64"),
            ranked_within=table.count().over(ibis.window(group_by="part")).cast("int64"),
        )
        known = ranked.part.notnull()
        asked.append(
            ranked.select(
                place_level=ibis.literal(level), place_id=ranked[f"{level}_id"],
                year=ranked.year, rank=ranked["rank"], ranked=ranked.ranked,
                rank_within=known.ifelse(ranked.rank_within, None),
                ranked_within=known.ifelse(ranked.ranked_within, None),
            )
        )  # fmt: skip
    if not asked:
        raise AbsentTable("fct_province_carbon_budgets", "is empty in the published file")
    return asked


def _last_year(table: Any) -> Any:
    known = table.filter(table.cnc_tgco2.notnull())
    return known.filter(known.year == known.year.max().as_scalar())


def _siblings(db: Published) -> Any:
    """Ask for the balance of the cities of the same province, and of provinces among each other."""
    asked = []
    for level, group in (("city", "province_id"), ("province", None), ("region", None)):
        if not db.has(BUDGETS[level], "cnc_tgco2"):
            continue
        table = _last_year(db.table(BUDGETS[level], "cnc_tgco2"))
        key = f"{level}_id"
        own = table.select(
            own_id=table[key], own_part=table[group] if group else ibis.literal("all")
        )
        other = table.select(
            id=table[key], part=table[group] if group else ibis.literal("all"),
            year=table.year, cnc_tgco2=table.cnc_tgco2,
        )  # fmt: skip
        joined = own.join(other, own.own_part == other.part)
        asked.append(
            joined.select(
                place_level=ibis.literal(level), place_id=joined.own_id, id=joined.id,
                year=joined.year, cnc_tgco2=joined.cnc_tgco2,
            )
        )  # fmt: skip
    if not asked:
        raise AbsentTable("fct_city_carbon_budgets", "is empty in the published file")
    return [one.order_by(ibis.desc("cnc_tgco2"), "id") for one in asked]


def _neighbours(db: Published) -> Any:
    """Ask for the cities that touch a city."""
    table = db.table("dim_neighbours", "city_id", "neighbour_id")
    own = table.select(
        place_level=ibis.literal("city"), place_id=table.city_id, neighbour_id=table.neighbour_id
    )
    return [own.order_by("neighbour_id")]


def _quality(db: Published) -> Any:
    """Ask how well each layer covers each city, as a mean of the years."""
    table = db.table("fct_data_quality", "valid_ratio", "centre_rule_difference_ratio")
    means = table.group_by("city_id", "layer").aggregate(
        valid_ratio=table.valid_ratio.mean(),
        cell_count=table.cell_count.mean(),
        centre_rule_difference_ratio=table.centre_rule_difference_ratio.mean(),
    )
    return means.select(
        place_level=ibis.literal("city"), place_id=means.city_id, layer=means.layer,
        valid_ratio=means.valid_ratio, cell_count=means.cell_count,
        centre_rule_difference_ratio=means.centre_rule_difference_ratio,
    ).order_by("layer")  # fmt: skip


def _curves(db: Published) -> Any:
    """Ask for the Mann-Kendall curves of emissions, uptake and balance."""
    table = db.table("fct_mann_kendall_curves", "uf", "ub")
    own = table.filter(table.indicator.isin(["CE", "ECS", "CNC"]))
    return own.select(
        place_level=own.entity_level, place_id=own.entity_id, indicator=own.indicator,
        year=own.year, uf=own.uf, ub=own.ub,
    ).order_by("indicator", "year")  # fmt: skip


def _verdict(db: Published) -> Any:
    """Ask for the verdict on every place, for the mean of the years."""
    asked = []
    for level in LEVELS:
        try:
            rows = verdict_rows(db, level)
        except AbsentTable:
            continue
        asked.append(
            rows.select(
                place_level=ibis.literal(level), place_id=rows.entity_id, verdict=rows.verdict,
                surplus_probability=rows.surplus_probability, cnc_low_tgco2=rows.cnc_low_tgco2,
                cnc_high_tgco2=rows.cnc_high_tgco2,
            )
        )  # fmt: skip
    if not asked:
        raise AbsentTable("fct_city_verdicts", "is not in the published file")
    return asked


OUTLOOK_YEARS = (2030, 2060)


def _outlook(db: Published) -> Any:
    """Ask for the scenarios of every city in 2030 and 2060."""
    table = db.table("fct_city_scenario_budgets", "scenario", "year", "ce_tgco2", "cnc_tgco2")
    own = table.filter(table.year.isin(OUTLOOK_YEARS))
    return own.select(
        place_level=ibis.literal("city"), place_id=own.city_id, scenario=own.scenario,
        year=own.year, ce_tgco2=own.ce_tgco2, ecs_tgco2=own.ecs_tgco2, cnc_tgco2=own.cnc_tgco2,
        verdict=own.verdict,
    ).order_by("scenario", "year")  # fmt: skip


QUESTIONS: dict[str, Callable[[Published], Any]] = {
    "years": _years,
    "ranges": _by_entity(
        "fct_budget_uncertainties", "indicator", "value_tgco2", "low_tgco2", "high_tgco2"
    ),
    "trends": _by_entity(
        "fct_trends", "indicator", "mean_tgco2", "slope_tgco2_yr", "slope_grade", "mk_p_value",
        "hurst_raw", "hurst_detrended", "first_significant_year",
    ),
    "rank": _rank,
    "siblings": _siblings,
    "neighbours": _neighbours,
    "quality": _quality,
    "curves": _curves,
    "verdict": _verdict,
    "outlook": _outlook,
    "neutrality": _by_entity(
        "fct_neutrality_paths", "scenario", "neutrality_year", "ce_cut_2060_ratio",
        order="scenario",
    ),
}  # fmt: skip
ALWAYS = ("years", "ranges", "trends", "rank", "siblings", "curves")
