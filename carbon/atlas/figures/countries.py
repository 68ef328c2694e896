"""Countries beside each other."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.parts import TG, TG_SHORT, chart_on, spec_of, year_axis
from carbon.atlas.figures.plate import Drawing, Plate


def _country_lines(column: str, title: str) -> Callable[[Published], Drawing]:
    def draw(db: Published) -> Drawing:
        table = db.table("fct_country_comparisons", column)
        name = "country_name" if "country_name" in table.columns else "country_code"
        chart = (
            chart_on("countries", 300)
            .transform_filter(f"isValid(datum.{column})")
            .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2)
            .encode(
                x=year_axis(),
                y=alt.Y(f"{column}:Q", title=title),
                color=alt.Color(f"{name}:N", title=None, legend=alt.Legend(orient="top")),
                tooltip=[
                    alt.Tooltip(f"{name}:N", title="Country"),
                    alt.Tooltip("year:O", title="Year"),
                    alt.Tooltip(f"{column}:Q", title=title, format=",.3~f"),
                ],
            )
        )
        return Drawing(spec_of(chart))

    return draw


def _draw_country_scatter(db: Published) -> Drawing:
    table = db.table("fct_country_comparisons", "ecs_tgco2", "ce_tgco2")
    name = "country_name" if "country_name" in table.columns else "country_code"
    chart = (
        chart_on("countries", 320)
        .transform_filter("isValid(datum.ecs_tgco2) && isValid(datum.ce_tgco2)")
        .mark_point(filled=True, size=50, opacity=0.8)
        .encode(
            x=alt.X("ce_tgco2:Q", title=f"Emissions (CE), {TG_SHORT}"),
            y=alt.Y("ecs_tgco2:Q", title=f"Land carbon sink (ECS), {TG_SHORT}"),
            color=alt.Color(f"{name}:N", title=None, legend=alt.Legend(orient="top")),
            tooltip=[
                alt.Tooltip(f"{name}:N", title="Country"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("ce_tgco2:Q", title="CE", format=",.1f"),
                alt.Tooltip("ecs_tgco2:Q", title="ECS", format=",.1f"),
            ],
        )
    )
    return Drawing(spec_of(chart))


COUNTRY_PLATES = (
    Plate(
        "fig-6a",
        "Emissions for each dollar of output",
        "Kilograms of CO₂ per current US dollar. Inflation and exchange rates are part of its"
        " fall.",
        ("countries",),
        _country_lines("co2_intensity_kg_usd", "kg CO₂ per current US$"),
        "Counterpart of Fig. 6a.",
        ("countries", "ce"),
    ),
    Plate(
        "fig-6b",
        "Emissions for each person",
        "Tonnes of CO₂ per person and year.",
        ("countries",),
        _country_lines("co2_per_capita_t", "t CO₂ per person and year"),
        "Counterpart of Fig. 6b.",
        ("countries", "ce"),
    ),
    Plate(
        "fig-6c",
        "Carbon balance of countries",
        "Land uptake minus emissions. A country without a given sink has no curve.",
        ("countries",),
        _country_lines("cnc_tgco2", TG),
        "Counterpart of Fig. 6c. The paper does not say where other countries' sinks are from.",
        ("countries", "cnc"),
    ),
    Plate(
        "fig-6d",
        "Sinks against emissions",
        "Each point is one country in one year, where a sink is given.",
        ("countries",),
        _draw_country_scatter,
        "Counterpart of Fig. 6d.",
        ("countries", "cnc"),
    ),
)
