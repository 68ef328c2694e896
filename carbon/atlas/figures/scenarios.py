"""Scenarios of the coming decades, and the skill of the forecast."""

from __future__ import annotations

from collections.abc import Callable

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.answer import draw_fan
from carbon.atlas.figures.parts import TG, chart_on, spec_of, year_axis
from carbon.atlas.figures.plate import Drawing, Plate


def _scenario_lines(
    column: str,
    title: str,
    low: str = "",
    high: str = "",
    percent: bool = False,
) -> Callable[[Published], Drawing]:
    def draw(db: Published) -> Drawing:
        table = db.table("fct_scenario_carbon_budgets", column)
        names = [
            row["scenario"]
            for row in db.ask(table.select("scenario").distinct().order_by("scenario")).rows
        ]
        colours = ["$accent", "$deficit", "$ecs", "$rcs", "$nep", "$ink"]
        colour = alt.Color(
            "scenario:N",
            title="Scenario",
            scale=alt.Scale(
                domain=names, range=[colours[i % len(colours)] for i in range(len(names))]
            ),
            legend=alt.Legend(orient="top", symbolType="stroke", symbolOpacity=1),
        )
        base = chart_on("scenarios", 300).transform_filter(
            f"datum.is_headline && isValid(datum.{column})"
        )
        shown = column
        if percent:
            base = base.transform_calculate(shown=f"100 * datum.{column}")
            shown = "shown"
        layers = []
        if low and low in table.columns and high in table.columns:
            layers.append(
                base.mark_area(opacity=0.18).encode(
                    x=year_axis(), y=alt.Y(f"{low}:Q"), y2=f"{high}:Q", color=colour
                )
            )
        layers.append(
            base.mark_line(strokeWidth=2.4).encode(
                x=year_axis(),
                y=alt.Y(f"{shown}:Q", title=title),
                color=colour,
                tooltip=[
                    alt.Tooltip("scenario:N", title="Scenario"),
                    alt.Tooltip("year:O", title="Year"),
                    alt.Tooltip(f"{shown}:Q", title=title, format=",.1f"),
                ],
            )
        )
        if column == "ce_tgco2":
            others = chart_on("scenarios", 300).transform_filter(
                f"!datum.is_headline && isValid(datum.{column})"
            )
            layers.append(
                others.mark_line(strokeWidth=1.4, opacity=0.85, strokeDash=[2, 3]).encode(
                    x=year_axis(),
                    y=alt.Y(f"{column}:Q"),
                    color=colour,
                    detail="model:N",
                    tooltip=[
                        alt.Tooltip("scenario:N", title="Scenario"),
                        alt.Tooltip("model:N", title="Model"),
                        alt.Tooltip("year:O", title="Year"),
                        alt.Tooltip(f"{column}:Q", title=title, format=",.1f"),
                    ],
                )
            )
        return Drawing(spec_of(alt.layer(*layers)))

    return draw


_MODELS = (
    "{kaya_fuel_mix: 'Kaya identity, fuel mix', kaya_constant: 'Kaya identity, energy alone',"
    " bp_network: 'Network (BP)', stirpat_ridge: 'STIRPAT regression',"
    " damped_trend: 'Damped trend', last_value: 'Last value'}[datum.model] || datum.model"
)


def _draw_skill(db: Published) -> Drawing:
    chart = (
        chart_on("skill", 260)
        .transform_filter("datum.horizon <= 5")
        .transform_calculate(
            shown="100 * datum.mean_absolute_error_ratio",
            told="datum.drivers == 'known' ? 'told the later energy' : 'left to itself'",
            rule=_MODELS,
        )
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("horizon:O", title="Years ahead"),
            y=alt.Y("shown:Q", title="Mean error (%)"),
            color=alt.Color(
                "rule:N",
                title=None,
                scale=alt.Scale(range=["$accent", "$ce", "$ecs", "$rcs", "$nep", "$ink"]),
                legend=alt.Legend(orient="top", columns=3),
            ),
            strokeDash=alt.StrokeDash(
                "told:N", title=None, legend=alt.Legend(orient="top", columns=2)
            ),
            tooltip=[
                alt.Tooltip("rule:N", title="Model"),
                alt.Tooltip("told:N", title="Drivers"),
                alt.Tooltip("horizon:O", title="Years ahead"),
                alt.Tooltip("shown:Q", title="Mean error (%)", format=".1f"),
                alt.Tooltip("origin_count:Q", title="Origins"),
            ],
        )
    )
    return Drawing(spec_of(chart))


_SCENARIO_INPUTS = ("cnc", "drivers")
SCENARIO_PLATES = (
    Plate(
        "fan",
        "From the past to 2060",
        "Emissions and uptake as they were, and as each scenario takes them on. Dashes tell the"
        " scenarios apart; the band is the range of emissions.",
        ("scenarios", "national_years"),
        draw_fan,
        "",
        _SCENARIO_INPUTS,
        True,
    ),
    Plate(
        "fig-7a",
        "Emissions under each scenario",
        "Line and band: the headline model with its 90 % band, from its errors on past years and"
        " the range of the growth rates. Dotted: the other models. The rates are assumptions.",
        ("scenarios",),
        _scenario_lines("ce_tgco2", TG, "ce_low_tgco2", "ce_high_tgco2"),
        "Counterpart of Fig. 7a. The paper's growth rates are not public, so its curves are not"
        " reproduced, and its sustainable scenario peaks implausibly above 20 Pg.",
        _SCENARIO_INPUTS,
        True,
    ),
    Plate(
        "fig-7b",
        "Land carbon sink under each scenario",
        "ECS from the scenarios' climate and plant growth.",
        ("scenarios",),
        _scenario_lines("ecs_tgco2", TG, "ecs_low_tgco2", "ecs_high_tgco2"),
        "Counterpart of Fig. 7b.",
        ("ecs",),
        True,
    ),
    Plate(
        "fig-7c",
        "Carbon balance under each scenario",
        "Uptake minus emissions: below zero is a deficit.",
        ("scenarios",),
        _scenario_lines("cnc_tgco2", TG, "cnc_low_tgco2", "cnc_high_tgco2"),
        "Counterpart of Fig. 7c.",
        _SCENARIO_INPUTS,
        True,
    ),
    Plate(
        "fig-7d",
        "Share of emissions that land absorbs",
        "ECS as a percentage of emissions.",
        ("scenarios",),
        _scenario_lines(
            "absorbed_ratio",
            "Absorbed share of emissions (%)",
            percent=True,
        ),
        "Counterpart of Fig. 7d.",
        _SCENARIO_INPUTS,
        True,
    ),
    Plate(
        "skill",
        "Is the forecast better than a simple one?",
        "Mean error of each model by years ahead, over all years from which it was let loose. One"
        " that is told the energy of the later years has seen most of the answer.",
        ("skill",),
        _draw_skill,
        "The paper reports errors within 10 %.",
        ("ce", "drivers"),
    ),
)
