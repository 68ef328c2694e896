"""The page of one city, province, region or nation."""

from __future__ import annotations

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.maps import map_spec
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


def _draw_place_budget(db: Published) -> Drawing:
    names = {"ce_tgco2": "CE", "ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS",
             "cnc_tgco2": "CNC"}  # fmt: skip
    zero = (
        alt.Chart(named("place_years"))
        .mark_rule(color="$muted")
        .encode(y=alt.datum(0, type="quantitative"))
    )
    lines = (
        chart_on("place_years", 320)
        .transform_fold(list(names), as_=["column", "value"])
        .transform_calculate(series="upper(split(datum.column, '_')[0])")
        .mark_line(point=alt.OverlayMarkDef(size=20), strokeWidth=2)
        .encode(
            x=year_axis(),
            y=alt.Y("value:Q", title=TG),
            color=series_colour(),
            tooltip=[
                alt.Tooltip("series:N", title="Quantity"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title=TG_SHORT, format=",.2f"),
            ],
        )
    )
    return Drawing(spec_of(alt.layer(zero, lines)), "place")


def _draw_locator(db: Published) -> Drawing:
    return Drawing(map_spec(), "locator")


def _draw_place_curves(db: Published) -> Drawing:
    db.table("fct_mann_kendall_curves", "uf", "ub")
    return Drawing(
        mann_kendall_spec("place_curves", ""),
        "place",
        (indicator_choice(("CNC", "CE", "ECS")),),
    )


PLACE_PLATES = (
    Plate(
        "place-map",
        "Where it lies",
        "The place among the provinces.",
        ("city_years",),
        _draw_locator,
        quantities=(),
    ),
    Plate(
        "place-budget",
        "Carbon budget through the years",
        "CE is emissions, ECS = NEP + RCS what land takes up, CNC = ECS − CE the balance.",
        ("city_years",),
        _draw_place_budget,
    ),
    Plate(
        "place-curves",
        "When did the course change?",
        "Sequential Mann-Kendall test; beyond ±1.96 a trend is significant.",
        ("city_curves",),
        _draw_place_curves,
    ),
)
