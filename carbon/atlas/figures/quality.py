"""How sure the numbers are, and where data is missing."""

from __future__ import annotations

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.parts import (
    INDICATOR_LABELS,
    LAYER_LABELS,
    TG,
    TG_SHORT,
    area_options,
    chart_on,
    indicator_control,
    spec_of,
    year_bands,
)
from carbon.atlas.figures.plate import Control, Drawing, Plate


def _draw_layers(db: Published) -> Drawing:
    chart = (
        chart_on("quality_layers", {"step": 26})
        .transform_calculate(shown="100 * datum.valid_ratio")
        .mark_rect()
        .encode(
            x=year_bands("year"),
            y=alt.Y(
                "layer:N",
                title=None,
                axis=alt.Axis(labelExpr=f"{LAYER_LABELS}[datum.label] || datum.label"),
            ),
            color=alt.Color(
                "shown:Q",
                title="Mean share of a city's area with data (%)",
                scale=alt.Scale(range="ramp", domain=[0, 100]),
                legend=alt.Legend(orient="top", gradientLength=200, titleLimit=320),
            ),
            tooltip=[
                alt.Tooltip("layer:N", title="Layer"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("shown:Q", title="Mean valid share (%)", format=".2f"),
                alt.Tooltip("city_count:Q", title="Cities"),
            ],
        )
    )
    return Drawing(spec_of(chart))


def _draw_uncertainties(db: Published) -> Drawing:
    table = db.table("fct_budget_uncertainties", "low_tgco2", "high_tgco2")
    base = chart_on("uncertainties", {"step": 34})
    axis = alt.Axis(labelExpr=f"{INDICATOR_LABELS}[datum.value]")
    tooltip = [
        alt.Tooltip("indicator:N", title="Indicator"),
        alt.Tooltip("low_tgco2:Q", title="Low", format=",.1f"),
        alt.Tooltip("high_tgco2:Q", title="High", format=",.1f"),
    ]
    layers = [
        base.mark_rule(strokeWidth=6, color="$accent", opacity=0.55).encode(
            y=alt.Y("indicator:N", title=None, sort=list(INDICATOR_LABELS), axis=axis),
            x=alt.X("low_tgco2:Q", title=TG),
            x2="high_tgco2:Q",
            tooltip=tooltip,
        )
    ]
    if "value_tgco2" in table.columns:
        layers.append(
            base.mark_point(filled=True, size=90, color="$ink", opacity=1).encode(
                y=alt.Y("indicator:N", title=None, sort=list(INDICATOR_LABELS), axis=axis),
                x="value_tgco2:Q",
                tooltip=tooltip,
            )
        )
    return Drawing(
        spec_of(alt.layer(*layers)),
        "chart",
        (Control("place", "Place", area_options(db), ("entity_level", "entity_id")),),
    )


def _draw_components(db: Published) -> Drawing:
    chart = (
        chart_on("components", {"step": 26})
        .transform_filter("isValid(datum.variance_ratio)")
        .transform_calculate(
            shown="100 * datum.variance_ratio", part="replace(datum.component, /_/g, ' ')"
        )
        .mark_bar(size=15, color="$accent")
        .encode(
            y=alt.Y("part:N", title=None, sort="-x"),
            x=alt.X("shown:Q", title="Share of the variance (%)"),
            tooltip=[
                alt.Tooltip("part:N", title="Component"),
                alt.Tooltip("shown:Q", title="Share of the variance (%)", format=".1f"),
                alt.Tooltip("sigma_tgco2:Q", title=f"Standard uncertainty, {TG_SHORT}",
                            format=",.1f"),
            ],
        )
    )  # fmt: skip
    return Drawing(
        spec_of(chart),
        "chart",
        (
            Control("place", "Place", area_options(db), ("entity_level", "entity_id")),
            indicator_control(db, "fct_uncertainty_components"),
        ),
    )


def _draw_sensitivities(db: Published) -> Drawing:
    chart = (
        chart_on("sensitivities", {"step": 50})
        .transform_calculate(
            reading="(datum.rh_time_base == 'monthly' ? 'month by month' : 'year times 12')"
            " + ', ' + (datum.npp_gap_policy == 'valid' ? 'planted cells' : 'bare cells as zero')"
            " + ', ' + (datum.sink_unit_booking == 'co2' ? 'CO₂ as CO₂' : 'C taken for CO₂')"
        )
        .mark_bar(size=14)
        .encode(
            y=alt.Y("reading:N", title=None, axis=alt.Axis(labelExpr="split(datum.label, ', ')")),
            x=alt.X("nep_tgco2:Q", title=f"Ecosystem uptake (NEP), {TG}"),
            color=alt.Color(
                "is_headline:N",
                title="Reading of the headline",
                scale=alt.Scale(domain=[True, False], range=["$accent", "$faintpoint"]),
                legend=alt.Legend(orient="top", labelExpr="datum.value ? 'yes' : 'no'"),
            ),
            tooltip=[
                alt.Tooltip("reading:N", title="Reading"),
                alt.Tooltip("nep_tgco2:Q", title="NEP", format=",.1f"),
                alt.Tooltip("cnc_tgco2:Q", title="CNC", format=",.1f"),
                alt.Tooltip("surplus_city_count:Q", title="Cities in surplus"),
            ],
        )
    )
    return Drawing(
        spec_of(chart),
        "chart",
        (Control("place", "Place", area_options(db), ("entity_level", "entity_id")),),
    )


QUALITY_PLATES = (
    Plate(
        "uncertainty",
        "How sure are the numbers?",
        "Low and high bound of the mean of the study years."
        " The sizes of some components are assumptions.",
        ("uncertainties",),
        _draw_uncertainties,
        "The paper gives 15 to 27 %, without its components.",
    ),
    Plate(
        "components",
        "Where the uncertainty comes from",
        "Share of each component in the variance of the mean.",
        ("components",),
        _draw_components,
    ),
    Plate(
        "sensitivity",
        "How much the answer depends on how the method is read",
        "Ecosystem uptake under every reading of the printed method: the time base of"
        " respiration, the treatment of cells without plant growth, and the unit in which sinks"
        " are booked.",
        ("sensitivities",),
        _draw_sensitivities,
    ),
    Plate(
        "layers",
        "Where data is missing",
        "Mean share of a city's area that has data, by layer and year.",
        ("quality_layers",),
        _draw_layers,
        "",
        ("cnc",),
    ),
)
