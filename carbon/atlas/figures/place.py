"""The page of one city, province, region or nation: its figures, and the one file of its data."""

from __future__ import annotations

from typing import Any

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.parts import (
    TG,
    TG_SHORT,
    chart_on,
    indicator_choice,
    named,
    series_colour,
    spec_of,
    year_axis,
)
from carbon.atlas.figures.plate import Drawing, Plate
from carbon.atlas.figures.time import mann_kendall_spec


def _zero() -> Any:
    return (
        alt.Chart(named("place_years"))
        .mark_rule(color="$muted")
        .encode(y=alt.datum(0, type="quantitative"))
    )


def _lines(names: dict[str, str]) -> Any:
    return (
        chart_on("place_years", 280)
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
                alt.Tooltip("value:Q", title=TG_SHORT, format=",.2f"),
            ],
        )
    )


def _draw_flows(db: Published) -> Drawing:
    names = {"ce_tgco2": "CE", "ecs_tgco2": "ECS"}
    return Drawing(spec_of(alt.layer(_zero(), _lines(names))), "place")


def _draw_uptake(db: Published) -> Drawing:
    names = {"ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(spec_of(alt.layer(_zero(), _lines(names))), "place")


def _draw_siblings(db: Published) -> Drawing:
    chart = (
        chart_on("place_siblings", {"step": 20})
        .mark_bar(size=13)
        .encode(
            y=alt.Y("name:N", title=None, sort="-x"),
            x=alt.X("cnc_tgco2:Q", title=f"Balance in the last year, {TG}"),
            color=alt.condition("datum.own", alt.value("$accent"), alt.value("$faint")),
            tooltip=[
                alt.Tooltip("name:N", title="Place"),
                alt.Tooltip("cnc_tgco2:Q", title=TG_SHORT, format=",.2f"),
            ],
        )
    )
    return Drawing(spec_of(chart), "place")


def _draw_locator(db: Published) -> Drawing:
    return Drawing({}, "locator")


def _draw_place_curves(db: Published) -> Drawing:
    db.table("fct_mann_kendall_curves", "uf", "ub")
    return Drawing(
        mann_kendall_spec(db, "place_curves", ""),
        "place",
        (indicator_choice(("CNC", "CE", "ECS")),),
    )


PLACE_PLATES = (
    Plate("place-map", "Where it lies", "", ("place_years",), _draw_locator, quantities=()),
    Plate(
        "place-budget",
        "Emissions and uptake",
        "CE is emissions, ECS what land takes up. The gap between the lines is the balance.",
        ("place_years",),
        _draw_flows,
    ),
    Plate(
        "place-uptake",
        "What takes it up",
        "NEP is ecosystems, RCS weathering rocks, ECS both; on an axis of their own.",
        ("place_years",),
        _draw_uptake,
        quantities=("ecs",),
    ),
    Plate(
        "place-siblings",
        "Its balance among its neighbours in the same province",
        "Places that belong together, from the highest balance to the lowest.",
        ("place_siblings",),
        _draw_siblings,
    ),
    Plate(
        "place-curves",
        "When did the course change?",
        "Sequential Mann-Kendall test; beyond ±1.96 a trend is significant.",
        ("place_curves",),
        _draw_place_curves,
    ),
)
