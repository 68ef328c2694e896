"""The first page: a map of verdicts, and a story in five steps beside one figure that stays."""

from __future__ import annotations

from typing import Any

import altair as alt

from carbon.atlas.database import AbsentTable, Published
from carbon.atlas.datasets import region_means
from carbon.atlas.figures.explore import draw_verdicts, has_verdicts
from carbon.atlas.figures.maps import draw_city_means
from carbon.atlas.figures.parts import (
    TG,
    TG_SHORT,
    chart_on,
    named,
    series_colour,
    spec_of,
    year_axis,
)
from carbon.atlas.figures.plate import Drawing, Plate
from carbon.atlas.headlines import scenario_rows
from carbon.atlas.text import number, percent


def _national_lines(names: dict[str, str], height: int) -> Any:
    return (
        chart_on("national_years", height)
        .transform_fold(list(names), as_=["column", "value"])
        .transform_calculate(series="upper(split(datum.column, '_')[0])")
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2.2)
        .encode(
            x=year_axis(),
            y=alt.Y("value:Q", title=TG),
            color=series_colour(tuple(names.values())),
            tooltip=[
                alt.Tooltip("series:N", title="Quantity"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title=TG_SHORT, format=",.1f"),
            ],
        )
    )


def _draw_national(db: Published, names: dict[str, str] | None = None) -> Drawing:
    gap = (
        chart_on("national_years", 340)
        .mark_area(opacity=0.13, color="$deficit")
        .encode(x=year_axis(), y=alt.Y("ecs_tgco2:Q"), y2="ce_tgco2:Q")
    )
    shown = names or {"ce_tgco2": "CE", "ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(spec_of(alt.layer(gap, _national_lines(shown, 340))))


def _draw_sinks(db: Published) -> Drawing:
    names = {"ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(spec_of(_national_lines(names, 240)))


def _draw_regions(db: Published) -> Drawing:
    """Draw emissions and uptake of each region as a dumbbell, with the gap between them."""
    order = [row["region_name"] for row in db.ask(region_means(db)).rows]
    y = alt.Y("region_name:N", title=None, sort=order)
    base = chart_on("region_means", {"step": 36})
    gap = base.mark_rule(strokeWidth=5, color="$faint").encode(
        y=y, x=alt.X("ecs_tgco2:Q", title=TG), x2="ce_tgco2:Q"
    )
    dots = (
        base.transform_calculate(CE="datum.ce_tgco2", ECS="datum.ecs_tgco2")
        .transform_fold(["CE", "ECS"], as_=["series", "value"])
        .mark_point(filled=True, size=130, opacity=1)
        .encode(
            y=y,
            x=alt.X("value:Q", title=TG),
            color=series_colour(("CE", "ECS")),
            tooltip=[
                alt.Tooltip("region_name:N", title="Region"),
                alt.Tooltip("ce_tgco2:Q", title="Emissions (CE)", format=",.1f"),
                alt.Tooltip("ecs_tgco2:Q", title="Land uptake (ECS)", format=",.1f"),
                alt.Tooltip("cnc_tgco2:Q", title="Balance (CNC)", format=",.1f"),
            ],
        )
    )
    zero = (
        alt.Chart(named("region_means"))
        .mark_rule(color="$muted")
        .encode(x=alt.datum(0, type="quantitative"))
    )
    return Drawing(spec_of(alt.layer(zero, gap, dots)))


def _fan() -> Any:
    """Emissions and uptake of the past, and those of the scenarios after them."""
    past = {"ce_tgco2": "CE", "ecs_tgco2": "ECS"}
    later = chart_on("scenarios", 360).transform_filter("datum.is_headline !== false")
    x = year_axis()
    colour = series_colour(("CE", "ECS"))
    band = later.mark_area(opacity=0.14, color="$ce").encode(
        x=x, y=alt.Y("ce_low_tgco2:Q", title=TG), y2="ce_high_tgco2:Q", detail="scenario:N"
    )
    lines = (
        later.transform_fold(list(past), as_=["column", "value"])
        .transform_calculate(series="upper(split(datum.column, '_')[0])")
        .transform_filter("isValid(datum.value)")
        .mark_line(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("value:Q", title=TG),
            color=colour,
            strokeDash=alt.StrokeDash(
                "scenario:N", title="Scenario", legend=alt.Legend(orient="top")
            ),
            tooltip=[
                alt.Tooltip("scenario:N", title="Scenario"),
                alt.Tooltip("series:N", title="Quantity"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title=TG_SHORT, format=",.0f"),
            ],
        )
    )
    return alt.layer(band, _national_lines(past, 360), lines)


def draw_fan(db: Published) -> Drawing:
    """Draw the scenarios, joined to the years before them."""
    db.table("fct_scenario_carbon_budgets", "ce_tgco2", "ce_low_tgco2", "ecs_tgco2")
    return Drawing(spec_of(_fan()))


def _readings() -> Any:
    base = chart_on("sensitivities", 300).transform_calculate(
        reading="(datum.rh_time_base == 'monthly' ? 'month by month' : 'year times 12')"
        " + ', ' + (datum.npp_gap_policy == 'valid' ? 'planted cells' : 'bare cells as zero')"
        " + ', ' + (datum.sink_unit_booking == 'co2' ? 'CO₂ as CO₂' : 'C taken for CO₂')",
    )
    dots = base.mark_point(filled=True, size=170, opacity=0.85).encode(
        x=alt.X("nep_tgco2:Q", title=f"Ecosystem uptake, {TG}"),
        y=alt.Y("reading:N", title=None, sort="x", axis=alt.Axis(labelLimit=330)),
        color=alt.Color(
            "is_headline:N",
            title=None,
            scale=alt.Scale(domain=[True, False], range=["$accent", "$muted"]),
            legend=alt.Legend(
                orient="top", labelExpr="datum.value ? 'this atlas' : 'another reading'"
            ),
        ),
        tooltip=[
            alt.Tooltip("reading:N", title="Reading"),
            alt.Tooltip("nep_tgco2:Q", title=f"Ecosystem uptake, {TG_SHORT}", format=",.0f"),
            alt.Tooltip("cnc_tgco2:Q", title=f"Balance, {TG_SHORT}", format=",.0f"),
            alt.Tooltip("surplus_city_count:Q", title="Cities in surplus"),
        ],
    )
    zero = (
        alt.Chart(named("sensitivities"))
        .mark_rule(color="$ink", strokeDash=[4, 3])
        .encode(x=alt.datum(0, type="quantitative"))
    )
    return alt.layer(zero, dots)


def _draw_answer_map(db: Published) -> Drawing:
    """Draw the verdicts; a file without them shows the mean balance."""
    return draw_verdicts(db) if has_verdicts(db, "city") else draw_city_means(db)


def _draw_story(db: Published) -> Drawing:
    table = db.table("fct_national_carbon_budgets", "ce_tgco2", "surplus_city_count")
    years = [row for row in db.ask(table.order_by("year")).rows if row["cnc_tgco2"] is not None]
    if not years:
        raise AbsentTable("fct_national_carbon_budgets", "has no year with a balance")
    first, last = years[0], years[-1]
    count, all_cities = last["surplus_city_count"], last["ce_city_count"]
    steps: list[dict[str, Any]] = [
        {
            "kind": "dots",
            "title": f"Every dot is a city: {first['year']}",
            "text": f"To the left of the line a city emits more CO₂ than its land absorbs, to the"
            f" right less. In {first['year']}, {first['surplus_city_count']} of"
            f" {first['ce_city_count']} lay to the right.",
        }
    ]
    if first["year"] != last["year"]:
        steps.append(
            {
                "kind": "dots",
                "moves": True,
                "title": f"They move to the left: {count} remain",
                "text": f"Until {last['year']} emissions grew and land did not. {count} of"
                f" {all_cities} cities still absorb more than they emit, on the central estimate.",
            }
        )
    steps.append(
        {
            "kind": "chart",
            "title": f"Emissions grew {number(last['ce_tgco2'] / first['ce_tgco2'], 1)} times",
            "text": f"The nation emitted {number(first['ce_tgco2'])} Mt in {first['year']} and"
            f" {number(last['ce_tgco2'])} Mt in {last['year']}. Land took up"
            f" {number(last['ecs_tgco2'])} Mt, that is {percent(last['absorbed_ratio'])}.",
            "spec": _draw_national(db, {"ce_tgco2": "CE", "ecs_tgco2": "ECS"}).spec,
            "datasets": ["national_years"],
        }
    )
    if scenario_rows(db):
        rows = [row for row in scenario_rows(db) if row["cnc_tgco2"] is not None]
        end = max((row["year"] for row in rows), default=0)
        gaps = [row["cnc_tgco2"] for row in rows if row["year"] == end]
        if gaps:
            steps.append(
                {
                    "kind": "chart",
                    "title": f"{end}: the gap stays" if max(gaps) < 0 else f"{end}: a gap closes",
                    "text": f"Under the scenarios the balance in {end} lies between"
                    f" {number(min(gaps))} and {number(max(gaps))} Mt a year. Dashes tell the"
                    " scenarios apart; the band is the range of emissions.",
                    "spec": spec_of(_fan()),
                    "datasets": ["scenarios", "national_years"],
                }
            )
    readings = _national_readings(db)
    if readings:
        below = sum(row["nep_tgco2"] < 0 for row in readings)
        steps.append(
            {
                "kind": "chart",
                "title": "How sure is it?",
                "text": f"The printed method can be read in {len(readings)} ways. In {below} of"
                " them ecosystems give off more CO₂ than they take up.",
                "spec": spec_of(_readings()),
                "datasets": ["sensitivities"],
                "where": {"entity_level": "nation"},
            }
        )
    return Drawing(
        {},
        "story",
        (),
        {
            "steps": steps,
            "story_years": [row["year"] for row in years],
            "has_verdicts": has_verdicts(db, "city"),
        },
    )


def _national_readings(db: Published) -> list[dict[str, Any]]:
    try:
        table = db.table("fct_budget_sensitivities", "entity_level", "nep_tgco2")
    except AbsentTable:
        return []
    rows = db.ask(table.filter(table.entity_level == "nation")).rows
    return [row for row in rows if row["nep_tgco2"] is not None]


ANSWER_PLATES = (
    Plate(
        "verdict-map",
        "Which cities absorb what they emit?",
        "The verdict on the mean of the years. Point at a city, or tap it, for its balance and its"
        " page.",
        ("city_means", "verdicts_city"),
        _draw_answer_map,
    ),
    Plate(
        "story",
        "The course of twenty years, and what comes next",
        "Scroll through the steps; the figure follows.",
        ("national_years", "scenarios", "sensitivities", "city_cnc_tgco2"),
        _draw_story,
    ),
)
COURSE_PLATES = (
    Plate(
        "fig-1d",
        "Emissions and uptake, year by year",
        "The shaded gap is the carbon dioxide that was emitted and not taken up by land. CE is"
        " emissions, NEP what ecosystems take up, RCS what weathering rocks take up, and ECS"
        " their sum.",
        ("national_years",),
        _draw_national,
        "Counterpart of Fig. 1d. The paper draws three axes; here one axis shows the true"
        " proportions.",
    ),
    Plate(
        "sinks",
        "The uptake by itself",
        "The same sinks on an axis of their own.",
        ("national_years",),
        _draw_sinks,
        quantities=("ecs",),
    ),
    Plate(
        "fig-3",
        "Emissions and uptake of each region",
        "Mean of the study years. The bar between the dots is the gap.",
        ("region_means",),
        _draw_regions,
        "Counterpart of Fig. 3. In the paper the sign is reversed: its positive bars are deficits.",
    ),
)
