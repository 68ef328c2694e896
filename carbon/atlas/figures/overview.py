"""The first page: the balance of the cities, of the nation by year and of the regions."""

from __future__ import annotations

from typing import Any

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.datasets import region_means
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


def _draw_national(db: Published) -> Drawing:
    gap = (
        chart_on("national_years", 340)
        .mark_area(opacity=0.13, color="$deficit")
        .encode(x=year_axis(), y=alt.Y("ecs_tgco2:Q"), y2="ce_tgco2:Q")
    )
    names = {"ce_tgco2": "CE", "ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(spec_of(alt.layer(gap, _national_lines(names, 340))))


def _draw_sinks(db: Published) -> Drawing:
    names = {"ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(spec_of(_national_lines(names, 240)))


def _draw_regions(db: Published) -> Drawing:
    order = [row["region_name"] for row in db.ask(region_means(db)).rows]
    y = alt.Y("region_name:N", title=None, sort=order)
    base = chart_on("region_means", {"step": 34})
    bars = (
        base.transform_calculate(CE="-datum.ce_tgco2", ECS="datum.ecs_tgco2")
        .transform_fold(["CE", "ECS"], as_=["series", "value"])
        .mark_bar(size=18)
        .encode(
            y=y,
            x=alt.X("value:Q", title=f"{TG}: emissions to the left, uptake to the right"),
            color=series_colour(("CE", "ECS")),
            tooltip=[
                alt.Tooltip("region_name:N", title="Region"),
                alt.Tooltip("ce_tgco2:Q", title="Emissions (CE)", format=",.1f"),
                alt.Tooltip("ecs_tgco2:Q", title="Land sink (ECS)", format=",.1f"),
                alt.Tooltip("cnc_tgco2:Q", title="Balance (CNC)", format=",.1f"),
            ],
        )
    )
    balance = base.mark_tick(thickness=3, size=26, color="$ink").encode(y=y, x="cnc_tgco2:Q")
    zero = (
        alt.Chart(named("region_means"))
        .mark_rule(color="$muted")
        .encode(x=alt.datum(0, type="quantitative"))
    )
    return Drawing(spec_of(alt.layer(bars, balance, zero)))


OVERVIEW_PLATES = (
    Plate(
        "overview-map",
        "The balance of each city",
        "Mean balance of each city over the study years: brown emits more than it absorbs, blue"
        " green absorbs more than it emits. Click a city for its page.",
        ("city_means",),
        draw_city_means,
    ),
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
        "Mean of the study years. Bars to the left are emissions, bars to the right uptake; the"
        " dark tick is the balance.",
        ("region_means",),
        _draw_regions,
        "Counterpart of Fig. 3. The paper turns the sign over there: its positive bars are"
        " deficits.",
    ),
)
