"""Inequality among the cities of a province."""

from __future__ import annotations

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.parts import chart_on, indicator_choice, spec_of, year_bands
from carbon.atlas.figures.plate import Drawing, Plate


def _draw_gini(db: Published) -> Drawing:
    y = alt.Y("province_name:N", title=None, sort=alt.EncodingSortField(
        field="gini_weighted", op="max", order="descending"))  # fmt: skip
    base = chart_on("inequalities", {"step": 18}).transform_filter(
        "datum.is_period_mean && isValid(datum.gini_weighted)"
    )
    tooltip = [
        alt.Tooltip("province_name:N", title="Province"),
        alt.Tooltip("gini_weighted:Q", title="Gini, weighted (headline)", format=".3f"),
        alt.Tooltip("gini_eq16:Q", title="Gini, eq. 16 as printed", format=".3f"),
        alt.Tooltip("gini_rsv:Q", title="Gini over all signs", format=".3f"),
        alt.Tooltip("polarisation:N", title="Class"),
        alt.Tooltip("city_count:Q", title="Cities"),
    ]
    forms = {
        "gini_weighted": "weighted (headline)",
        "gini_eq16": "eq. 16 as printed",
        "gini_rsv": "all signs at once",
    }
    domain = list(forms.values())
    bars = base.mark_bar(size=11, color="$accent", opacity=0.75).encode(
        y=y, x=alt.X("gini_weighted:Q", title="Gini coefficient (no unit)"), tooltip=tooltip
    )
    points = (
        base.transform_fold(list(forms), as_=["column", "value"])
        .transform_calculate(form=f"{forms}[datum.column]")
        .mark_point(filled=True, size=58, opacity=1)
        .encode(
            y=y,
            x="value:Q",
            color=alt.Color(
                "form:N",
                title=None,
                scale=alt.Scale(domain=domain, range=["$accent", "$ce", "$ink"]),
                legend=alt.Legend(orient="top", columns=3),
            ),
            shape=alt.Shape(
                "form:N",
                title=None,
                scale=alt.Scale(domain=domain, range=["square", "diamond", "circle"]),
            ),
            tooltip=tooltip,
        )
    )
    return Drawing(
        spec_of(alt.layer(bars, points)),
        "chart",
        (indicator_choice(("CNC", "CE", "ECS")),),
    )


def _draw_gini_years(db: Published) -> Drawing:
    chart = (
        chart_on("inequalities", {"step": 17})
        .transform_filter("!datum.is_period_mean && isValid(datum.gini_weighted)")
        .mark_rect()
        .encode(
            x=year_bands("period"),
            y=alt.Y(
                "province_name:N",
                title=None,
                sort=alt.EncodingSortField(field="gini_weighted", op="mean", order="descending"),
            ),
            color=alt.Color(
                "gini_weighted:Q",
                title="Gini (no unit)",
                scale=alt.Scale(range="ramp"),
                legend=alt.Legend(orient="top", gradientLength=200),
            ),
            tooltip=[
                alt.Tooltip("province_name:N", title="Province"),
                alt.Tooltip("period:N", title="Year"),
                alt.Tooltip("gini_weighted:Q", title="Gini", format=".3f"),
                alt.Tooltip("polarisation:N", title="Class"),
            ],
        )
    )
    return Drawing(spec_of(chart), "chart", (indicator_choice(("CNC", "CE", "ECS")),))


INEQUALITY_PLATES = (
    Plate(
        "fig-5b",
        "How unequal the cities of a province are",
        "Gini coefficient among the cities, for the mean of the study years. The bars weigh deficit"
        " and surplus cities by their number. Eq. 16 as printed can exceed 1; the form that takes"
        " all signs at once sees the gap between deficit and surplus. A"
        " province with one city has no inequality and is left out.",
        ("inequalities",),
        _draw_gini,
        "Counterpart of Fig. 5b.",
    ),
    Plate(
        "gini-years",
        "Inequality through the years",
        "Weighted Gini coefficient among the cities of each province.",
        ("inequalities",),
        _draw_gini_years,
    ),
)
