"""What several figures share: units, measures, axes, colours and choices."""

from __future__ import annotations

from typing import Any

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.figures.plate import Control, Measure
from carbon.atlas.text import nice_breaks

TG = "Mt CO₂ a year"
TG_SHORT = "Mt CO₂"
FLUX = "1,000 t CO₂ per km²"
GRAM = "g C m⁻² yr⁻¹"
SLOPE = "Mt CO₂ a year, each year"
MEASURES = (
    Measure("cnc_tgco2", "Carbon balance", TG_SHORT, "cnc", True, total=True,
            explained="What land takes up minus what is emitted (CNC = ECS − CE). Above zero is"
            " a surplus, below zero a deficit."),
    Measure("cnc_ktco2_km2", "Carbon balance per area", FLUX, "cnc", True,
            explained="The balance divided by the area, so that large and small places compare."),
    Measure("absorbed_ratio", "Share of emissions absorbed", "%", "cnc", True, 100.0,
            explained="Land uptake as a share of emissions: 100 % is neutral.",
            middle=100.0, limits=(0.0, 10.0, 25.0, 50.0, 100.0, 200.0)),
    Measure("ce_tgco2", "Emissions", TG_SHORT, "ce", total=True,
            explained="CO₂ from burning fuel (CE), without cement, land use or other gases."),
    Measure("ecs_tgco2", "Land uptake", TG_SHORT, "ecs", True, total=True,
            explained="Ecosystem uptake and rock weathering together (ECS = NEP + RCS)."),
    Measure("nep_tgco2", "Ecosystem uptake", TG_SHORT, "nep", True, total=True,
            explained="What plants bind minus what soils breathe out (NEP = NPP − RH). Harvest"
            " and fire are not counted."),
    Measure("rcs_tgco2", "Rock weathering sink", TG_SHORT, "rcs", total=True,
            explained="CO₂ bound when rain dissolves rock (RCS)."),
    Measure("npp_tgco2", "Plant growth", TG_SHORT, "npp", total=True,
            explained="Net primary productivity (NPP): what plants bind and keep."),
    Measure("rh_tgco2", "Soil respiration", TG_SHORT, "rh", total=True,
            explained="What soils breathe out (RH)."),
    Measure("npp_coverage_ratio", "Area with plant growth data", "%", "npp", False, 100.0,
            explained="The share of the area for which the input has a value.",
            limits=(50.0, 80.0, 90.0, 95.0, 99.0)),
)  # fmt: skip
INDICATOR_LABELS = {
    "CNC": "Carbon balance (CNC)",
    "CE": "Emissions (CE)",
    "ECS": "Land carbon sink (ECS)",
    "NEP": "Ecosystem uptake (NEP)",
    "NPP": "Plant growth (NPP)",
    "RCS": "Rock weathering sink (RCS)",
}
LAYER_LABELS = {
    "emissions": "emissions",
    "evapotranspiration_mm": "evapotranspiration",
    "lithology": "rock types",
    "npp_gc_m2": "plant growth (NPP)",
    "precipitation_mm": "precipitation",
    "runoff_mm": "runoff",
    "temperature_c": "temperature",
}
# Okabe and Ito's colours are told apart by colour-blind readers; the script holds them by place.
SERIES = ("CE", "ECS", "NEP", "RCS", "CNC")


def named(name: str) -> Any:
    """Name a data set that the page puts in place."""
    return alt.NamedData(name=name)


def spec_of(chart: Any) -> dict[str, Any]:
    """Write a chart as Vega-Lite, without what the page decides."""
    spec: dict[str, Any] = chart.to_dict()
    # The page sets the theme and the version is that of the bundled library.
    for key in ("config", "$schema"):
        spec.pop(key, None)
    return spec


def chart_on(data: str, height: Any = 300) -> Any:
    """Begin a chart on a data set: as wide as the page; ``height`` in pixels, or in steps."""
    return alt.Chart(named(data), width="container", height=height)


def year_axis(title: str = "Year") -> Any:
    """Years from left to right, on an axis that begins at the first."""
    return alt.X(
        "year:Q",
        title=title,
        axis=alt.Axis(format="d", grid=False, tickMinStep=1),
        scale=alt.Scale(zero=False, nice=False, padding=6),
    )


def year_bands(column: str) -> Any:
    """Years from left to right, each a band of its own, as bars and tiles need them."""
    return alt.X(f"{column}:O", title="Year", axis=alt.Axis(labelAngle=-60, labelOverlap=True))


def series_colour(domain: tuple[str, ...] = SERIES, legend: bool = True) -> Any:
    """Colour the quantities of the budget, each always in its own colour."""
    return alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=list(domain), range=[f"${name.lower()}" for name in domain]),
        legend=alt.Legend(orient="top") if legend else None,
    )


def numbers_of(db: Published, table: Any, columns: tuple[str, ...]) -> dict[str, list[float]]:
    """Collect the values that columns have, without what is missing."""
    answer = db.ask(table.select(*columns)).table
    return {
        name: [value for value in answer.column(name).to_pylist() if value is not None]
        for name in columns
    }


def measure_options(
    db: Published, measures: tuple[Measure, ...], values: dict[str, dict[str, list[float]]]
) -> dict[str, Any]:
    """Describe measures for the script: label, unit, class limits by level, synthetic inputs."""
    return {
        measure.column: {
            "label": measure.label,
            "unit": measure.unit,
            "scale": measure.scale,
            "diverging": measure.diverging,
            "middle": measure.middle,
            "total": measure.total,
            "explained": measure.explained,
            "synthetic": db.synthetic_inputs([measure.quantity]),
            "breaks": {
                level: _breaks(measure, [value * measure.scale for value in own[measure.column]])
                for level, own in values.items()
            },
        }
        for measure in measures
    }


def _breaks(measure: Measure, values: list[float]) -> list[float]:
    """Choose the class limits of a measure: those that people use, or by the values."""
    if measure.limits:
        inside = [limit for limit in measure.limits if values and min(values) < limit < max(values)]
        if measure.middle and measure.middle not in inside:
            inside = sorted([*inside, measure.middle])
        return inside or [measure.limits[-1]]
    # Nothing below zero: then the two-sided scale would waste a side.
    two_sided = measure.diverging and any(value < 0 for value in values)
    return nice_breaks(values, two_sided, classes=5 if two_sided else 7)


def level_of(value: str) -> dict[str, str]:
    """Where the script finds places of a level: data set, key, name and shapes."""
    return {
        "dataset": f"{value}_years",
        "id": f"{value}_id",
        "name": f"{value}_name",
        "shapes": value,
    }


def area_options(db: Published) -> tuple[tuple[str, str], ...]:
    """List the nation, regions and provinces as choices."""
    options: list[tuple[str, str]] = []
    nation = db.first(db.table("fct_national_carbon_budgets").select("nation_id", "nation_name"))
    if nation:
        options.append((f"nation/{nation['nation_id']}", nation["nation_name"]))
    for level in ("region", "province"):
        if db.has(f"dim_{level}s"):
            table = db.table(f"dim_{level}s")
            options += [
                (f"{level}/{row[f'{level}_id']}", row[f"{level}_name"] or row[f"{level}_id"])
                for row in db.ask(
                    table.select(f"{level}_id", f"{level}_name").order_by(f"{level}_name")
                ).rows
            ]
    return tuple(options)


def indicators_of(db: Published, table: str) -> set[str]:
    """Name the indicators that a mart holds."""
    rows = db.ask(db.table(table, "indicator").select("indicator").distinct()).rows
    return {row["indicator"] for row in rows}


def indicator_control(db: Published, table: str) -> Control:
    """Offer the indicators that a mart holds."""
    present = indicators_of(db, table)
    return indicator_choice(tuple(name for name in INDICATOR_LABELS if name in present))


def indicator_choice(names: tuple[str, ...]) -> Control:
    """Offer these indicators."""
    return Control(
        "indicator",
        "Indicator",
        tuple((name, INDICATOR_LABELS[name]) for name in names),
        ("indicator",),
    )
