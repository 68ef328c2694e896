"""The course of the years: curves, trends, persistence and turning points."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.datasets import province_trends
from carbon.atlas.figures.parts import (
    SLOPE,
    TG_SHORT,
    area_options,
    chart_on,
    indicator_control,
    named,
    numbers_of,
    spec_of,
    year_axis,
    year_bands,
)
from carbon.atlas.figures.plate import Control, Drawing, Plate
from carbon.atlas.text import nice_breaks


def _spread(step: int, count: int) -> int:
    """Which of five shades a step of a side takes, so that few steps still use all of them."""
    return 2 if count == 1 else round(4 * step / (count - 1))


def _class_names(breaks: list[float]) -> list[str]:
    """Name the classes that limits part: open below and closed above, as on the maps."""
    limits = [f"{limit:g}".replace("-", "−") for limit in breaks]
    between = [f"{low} to {high}" for low, high in pairwise(limits)]
    return [f"up to {limits[0]}", *between, f"above {limits[-1]}"]


def _draw_heat(db: Published) -> Drawing:
    table = db.table("fct_province_carbon_budgets", "cnc_tgco2", "in_study")
    breaks = nice_breaks(numbers_of(db, table, ("cnc_tgco2",))["cnc_tgco2"], True)
    classes = _class_names(breaks)
    below = sum(limit < 0 for limit in breaks) + 1
    above = len(classes) - below
    most = max(below, above)
    colours = [
        *(f"$negative{_spread(most - below + step, most)}" for step in range(below)),
        *(f"$positive{_spread(step, most)}" for step in range(above)),
    ]
    position = " + ".join(f"(datum.cnc_tgco2 > {limit:g})" for limit in breaks)
    chart = (
        chart_on("province_years", {"step": 17})
        .transform_filter("datum.in_study")
        .transform_calculate(
            balance=f"isValid(datum.cnc_tgco2) ? {classes}[{position}] : 'no data'"
        )
        .mark_rect()
        .encode(
            x=year_bands("year"),
            y=alt.Y(
                "province_name:N",
                title=None,
                sort=alt.EncodingSortField(field="cnc_tgco2", op="mean", order="ascending"),
            ),
            color=alt.Color(
                "balance:N",
                title=f"Balance, {TG_SHORT}",
                scale=alt.Scale(domain=[*classes, "no data"], range=[*colours, "$nodata"]),
                legend=alt.Legend(orient="top", symbolType="square", columns=6),
            ),
            tooltip=[
                alt.Tooltip("province_name:N", title="Province"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("cnc_tgco2:Q", title=f"CNC, {TG_SHORT}", format=",.2f"),
            ],
        )
    )
    return Drawing(spec_of(chart))


def _provinces_by(db: Published, column: str, sign: int) -> list[str]:
    """Names of the provinces in the study, in the order of a column of their balance's trend."""
    rows = [row for row in db.ask(province_trends(db)).rows if row["indicator"] == "CNC"]
    known = [row for row in rows if row[column] is not None]
    known.sort(key=lambda row: (sign * row[column], row["entity_name"]))
    return [row["entity_name"] for row in known]


def _draw_slopes(db: Published) -> Drawing:
    y = alt.Y("entity_name:N", title=None, sort=_provinces_by(db, "slope_tgco2_yr", 1))
    base = chart_on("province_trends", {"step": 18})
    bars = (
        base.transform_filter("datum.indicator == 'CNC'")
        .mark_bar(size=11)
        .encode(
            y=y,
            x=alt.X("slope_tgco2_yr:Q", title=SLOPE),
            color=alt.Color(
                "slope_grade:N",
                title=None,
                scale=alt.Scale(
                    domain=[
                        "sharp decrease",
                        "significant decrease",
                        "slight decrease",
                        "stable",
                        "increase",
                    ],
                    range=["$grade1", "$grade2", "$grade3", "$muted", "$surplus"],
                ),
                legend=alt.Legend(orient="top", columns=2, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("entity_name:N", title="Province"),
                alt.Tooltip("slope_tgco2_yr:Q", title=f"Slope of CNC, {SLOPE}", format=".2f"),
                alt.Tooltip("sen_slope_tgco2_yr:Q", title="Sen's slope", format=".2f"),
                alt.Tooltip("mk_p_value:Q", title="Mann-Kendall p", format=".3~g"),
            ],
        )
    )
    points = (
        base.transform_filter("datum.indicator != 'CNC'")
        .mark_point(size=62, filled=True, opacity=1)
        .encode(
            y=y,
            x="slope_tgco2_yr:Q",
            shape=alt.Shape(
                "indicator:N",
                title="Slope of",
                scale=alt.Scale(domain=["CE", "ECS"], range=["diamond", "circle"]),
                legend=alt.Legend(
                    orient="top",
                    columns=2,
                    labelExpr="datum.value == 'CE' ? 'emissions (CE)' : 'land sink (ECS)'",
                ),
            ),
            fill=alt.Fill(
                "indicator:N",
                title="Slope of",
                scale=alt.Scale(domain=["CE", "ECS"], range=["$ce", "$ecs"]),
            ),
            tooltip=[
                alt.Tooltip("entity_name:N", title="Province"),
                alt.Tooltip("indicator:N", title="Indicator"),
                alt.Tooltip("slope_tgco2_yr:Q", title=f"Slope, {SLOPE}", format=".2f"),
            ],
        )
    )
    return Drawing(spec_of(alt.layer(bars, points)))


def _draw_hurst(db: Published) -> Drawing:
    base = chart_on("province_trends", {"step": 18}).transform_filter("datum.indicator == 'CNC'")
    # The same order as in the figure of the slopes, so that both can be read across.
    y = alt.Y("entity_name:N", title=None, sort=_provinces_by(db, "slope_tgco2_yr", 1))
    points = (
        base.transform_fold(["hurst_raw", "hurst_detrended"], as_=["column", "value"])
        .transform_calculate(
            form="datum.column == 'hurst_raw' ? 'as the paper computes it' : 'trend removed first'"
        )
        .mark_point(filled=True, size=60, opacity=0.9)
        .encode(
            y=y,
            x=alt.X(
                "value:Q",
                title="Hurst exponent (no unit)",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(tickCount=8),
            ),
            color=alt.Color(
                "form:N",
                title=None,
                scale=alt.Scale(
                    domain=["as the paper computes it", "trend removed first"],
                    range=["$accent", "$rcs"],
                ),
                legend=alt.Legend(orient="top", columns=1),
            ),
            shape=alt.Shape("form:N", title=None, legend=None),
            tooltip=[
                alt.Tooltip("entity_name:N", title="Province"),
                alt.Tooltip("form:N", title="Form"),
                alt.Tooltip("value:Q", title="Hurst exponent", format=".3f"),
            ],
        )
    )
    half = (
        alt.Chart(named("province_trends"))
        .mark_rule(strokeDash=[4, 4], color="$muted")
        .encode(x=alt.datum(0.5, type="quantitative"))
    )
    return Drawing(spec_of(alt.layer(points, half)))


def mann_kendall_spec(db: Published, data: str, points: str) -> dict[str, Any]:
    """Draw the two curves of the test, and where they cross if ``points`` names a data set."""
    # A file of an older version has the lines of that version, 1.96.
    critical = float(db.variables.get("mann_kendall_critical_value", 1.96))
    base = chart_on(data, 300)
    lines = (
        base.transform_fold(["uf", "ub"], as_=["column", "value"])
        .transform_calculate(
            curve="datum.column == 'uf' ? 'UF, forwards in time' : 'UB, backwards in time'"
        )
        .mark_line(point=alt.OverlayMarkDef(size=20), strokeWidth=2.2)
        .encode(
            x=year_axis(),
            y=alt.Y("value:Q", title="Sequential Mann-Kendall statistic (no unit)"),
            color=alt.Color(
                "curve:N",
                title=None,
                scale=alt.Scale(
                    domain=["UF, forwards in time", "UB, backwards in time"],
                    range=["$accent", "$rcs"],
                ),
                legend=alt.Legend(orient="top", columns=1),
            ),
            strokeDash=alt.StrokeDash("curve:N", legend=None, sort="descending"),
            tooltip=[
                alt.Tooltip("curve:N", title="Curve"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title="Statistic", format=".2f"),
            ],
        )
    )
    limits = [
        alt.Chart(named(data))
        .mark_rule(strokeDash=[5, 4], color="$muted")
        .encode(y=alt.datum(limit, type="quantitative"))
        for limit in (-critical, critical)
    ]
    layers = [*limits, lines]
    if points:
        layers.append(
            alt.Chart(named(points))
            .mark_point(size=130, filled=True, opacity=1, stroke="$paper")
            .encode(
                x="crossing_year:Q",
                y="crossing_value:Q",
                fill=alt.condition(
                    "datum.is_valid", alt.value("$surplus"), alt.value("$faintpoint")
                ),
                tooltip=[
                    alt.Tooltip("crossing_year:Q", title="Curves cross", format=".1f"),
                    alt.Tooltip("is_valid:N", title="Between the critical lines"),
                ],
            )
        )
    return spec_of(alt.layer(*layers))


def _draw_mann_kendall(db: Published) -> Drawing:
    return Drawing(
        mann_kendall_spec(db, "area_curves", "area_mutations"),
        "chart",
        (
            Control("place", "Place", area_options(db), ("entity_level", "entity_id")),
            indicator_control(db, "fct_mann_kendall_curves"),
        ),
    )


def _draw_mutations(db: Published) -> Drawing:
    base = chart_on("area_mutations", {"step": 17}).transform_filter(
        "datum.entity_level == 'province' && datum.in_study"
    )
    y = alt.Y("entity_name:N", title=None)
    points = base.mark_point(filled=True, size=70).encode(
        y=y,
        x=alt.X("crossing_year:Q", title="Year", axis=alt.Axis(format="d"),
                scale=alt.Scale(zero=False)),
        color=alt.Color(
            "is_valid:N",
            title="Between the critical lines",
            scale=alt.Scale(domain=[True, False], range=["$accent", "$faintpoint"]),
            legend=alt.Legend(orient="top", labelExpr="datum.value ? 'yes: a mutation' : 'no'"),
        ),
        tooltip=[
            alt.Tooltip("entity_name:N", title="Province"),
            alt.Tooltip("crossing_year:Q", title="Curves cross", format=".1f"),
            alt.Tooltip("crossing_value:Q", title="UF there", format=".2f"),
            alt.Tooltip("first_significant_year:Q", title="First significant year", format="d"),
        ],
    )  # fmt: skip
    return Drawing(spec_of(points), "chart", (indicator_control(db, "fct_mutation_points"),))


TIME_PLATES = (
    Plate(
        "fig-4a",
        "The balance of each province through the years",
        "Brown is a deficit, blue green a surplus; the classes are centred on zero. The largest"
        " mean deficit comes first.",
        ("province_years",),
        _draw_heat,
        "Counterpart of Fig. 4a.",
    ),
    Plate(
        "fig-4b",
        "How fast the balance changes, and why",
        "Bars are the slope of the balance, diamonds that of emissions, circles that of the land"
        " sink. Where the circle stays near zero, the balance falls because emissions rise.",
        ("province_trends",),
        _draw_slopes,
        "Counterpart of Fig. 4b. The paper says the four municipalities rise slightly; its own"
        " emissions show that all four fall.",
    ),
    Plate(
        "fig-4c",
        "Does the trend persist?",
        "Above 0.5 a rise tends to follow a rise. A trend alone drives the plain form towards 1:"
        " with the trend removed first, less of the persistence remains.",
        ("province_trends",),
        _draw_hurst,
        "Counterpart of Fig. 4c. The paper uses the plain form (H > 0.8).",
    ),
    Plate(
        "mann-kendall",
        "When did the course change?",
        "Sequential Mann-Kendall test. Beyond the dashed lines (±1.96) a trend is significant."
        " Where the curves cross between the lines, the course changed.",
        ("area_curves", "area_mutations"),
        _draw_mann_kendall,
        "Counterpart of Fig. S1 of the paper's supplement.",
    ),
    Plate(
        "mutations",
        "Turning points of the provinces",
        "Every crossing of the two Mann-Kendall curves. Only one between the critical lines is a"
        " turning point; the others are shown pale.",
        ("area_mutations",),
        _draw_mutations,
        "The paper also counts crossings outside the critical lines.",
    ),
)
