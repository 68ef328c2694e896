"""Every figure of the atlas: what it asks, what it says, and how Altair draws it.

A specification holds no data and no colour. The page puts the rows of its data sets in place of
the named data, and the colours of the reader's theme in place of words such as ``$deficit``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from atlas.database import Published
from atlas.datasets import cell_block, city_means, province_trends, region_means
from atlas.text import nice_breaks

TG = "Tg CO₂ per year (million t)"
TG_SHORT = "Tg CO₂ yr⁻¹"
FLUX = "10³ t CO₂ km⁻² yr⁻¹"
GRAM = "g C m⁻² yr⁻¹"
SLOPE = "Tg CO₂ yr⁻¹ per year"


@dataclass(frozen=True)
class Control:
    """A choice the reader has above a figure.

    Attributes
    ----------
    name : str
        Its name within the figure.
    label : str
        What the reader sees.
    options : tuple of (value, label)
        The choices; the first is taken.
    columns : tuple of str
        Rows are kept whose values in these columns, joined by ``/``, equal the choice. Without
        columns the choice is a measure, a level or a place, which the drawing understands.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """A column that a map or curve can show.

    Attributes
    ----------
    column, label, unit : str
        Its name in the data set, its name for a reader, its unit.
    quantity : str
        What it rests on, a key of ``INPUTS_OF_QUANTITY``.
    diverging : bool
        Whether zero is its middle.
    scale : float
        Factor for the reader: 100 shows a ratio as a percentage.
    """

    column: str
    label: str
    unit: str
    quantity: str
    diverging: bool = False
    scale: float = 1.0


@dataclass(frozen=True)
class Drawing:
    """How a figure is drawn.

    Attributes
    ----------
    spec : dict
        Vega-Lite.
    kind : str
        Which part of the script feeds it: chart, choropleth, cells or curves.
    controls : tuple of Control
        The reader's choices.
    options : dict
        What the script needs besides.
    """

    spec: dict[str, Any]
    kind: str = "chart"
    controls: tuple[Control, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Plate:
    """A figure before it is drawn.

    Attributes
    ----------
    anchor : str
        Its id within the page.
    title, caption : str
        A sentence that says what is seen, and how to read it.
    datasets : tuple of str
        Keys of ``DATASETS``; the first is offered as CSV and SQL.
    draw : callable
        Makes the drawing from the published file.
    paper : str
        Its counterpart in the paper, and where the paper differs.
    quantities : tuple of str
        What it rests on.
    collections : bool
        True if it rests on the scenario collections too.
    """

    anchor: str
    title: str
    caption: str
    datasets: tuple[str, ...]
    draw: Callable[[Published], Drawing]
    paper: str = ""
    quantities: tuple[str, ...] = ("cnc",)
    collections: bool = False


MEASURES = (
    Measure("cnc_tgco2", "Carbon balance (CNC): uptake minus emissions", TG_SHORT, "cnc", True),
    Measure("cnc_ktco2_km2", "Carbon balance per area", FLUX, "cnc", True),
    Measure("absorbed_ratio", "Share of emissions absorbed", "%", "cnc", True, 100.0),
    Measure("ce_tgco2", "Emissions (CE)", TG_SHORT, "ce"),
    Measure("ecs_tgco2", "Land carbon sink (ECS)", TG_SHORT, "ecs", True),
    Measure("nep_tgco2", "Ecosystem uptake (NEP)", TG_SHORT, "nep", True),
    Measure("rcs_tgco2", "Rock weathering sink (RCS)", TG_SHORT, "rcs"),
    Measure("npp_tgco2", "Plant growth (NPP)", TG_SHORT, "npp"),
    Measure("rh_tgco2", "Soil respiration (RH)", TG_SHORT, "rh"),
    Measure("npp_coverage_ratio", "Area with plant growth data", "%", "npp", False, 100.0),
)
INDICATOR_LABELS = {
    "CNC": "Carbon balance (CNC)",
    "CE": "Emissions (CE)",
    "ECS": "Land carbon sink (ECS)",
    "NEP": "Ecosystem uptake (NEP)",
    "NPP": "Plant growth (NPP)",
    "RCS": "Rock weathering sink (RCS)",
}
# Okabe and Ito's colours are told apart by colour-blind readers; the script holds them by place.
SERIES = ("CE", "ECS", "NEP", "RCS", "CNC")
CLUSTERS = (
    ("HH", "High among high"),
    ("LL", "Low among low"),
    ("HL", "High among low"),
    ("LH", "Low among high"),
    ("ns", "Not significant"),
)
HOT_SPOTS = (
    ("hot_99", "Hot spot, 99 %"),
    ("hot_95", "Hot spot, 95 %"),
    ("hot_90", "Hot spot, 90 %"),
    ("ns", "Not significant"),
    ("cold_90", "Cold spot, 90 %"),
    ("cold_95", "Cold spot, 95 %"),
    ("cold_99", "Cold spot, 99 %"),
)


def _named(name: str) -> Any:
    return alt.NamedData(name=name)


def _spec(chart: Any) -> dict[str, Any]:
    spec: dict[str, Any] = chart.to_dict()
    # The page sets the theme and the version is that of the bundled library.
    for key in ("config", "$schema"):
        spec.pop(key, None)
    return spec


def _chart(data: str, height: Any = 300) -> Any:
    return alt.Chart(_named(data), width="container", height=height)


def _years(title: str = "Year") -> Any:
    return alt.X(
        "year:Q",
        title=title,
        axis=alt.Axis(format="d", grid=False, tickMinStep=1),
        scale=alt.Scale(zero=False, nice=False, padding=6),
    )


def _series_colour(domain: tuple[str, ...] = SERIES, legend: bool = True) -> Any:
    return alt.Color(
        "series:N",
        title=None,
        scale=alt.Scale(domain=list(domain), range=[f"${name.lower()}" for name in domain]),
        legend=alt.Legend(orient="top") if legend else None,
    )


# ------------------------------------------------------------------------------ overview


def _national_lines(names: dict[str, str], height: int) -> Any:
    return (
        _chart("national_years", height)
        .transform_fold(list(names), as_=["column", "value"])
        .transform_calculate(series="upper(split(datum.column, '_')[0])")
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2.2)
        .encode(
            x=_years(),
            y=alt.Y("value:Q", title=TG),
            color=_series_colour(tuple(names.values())),
            tooltip=[
                alt.Tooltip("series:N", title="Quantity"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title=TG_SHORT, format=",.1f"),
            ],
        )
    )


def _draw_national(db: Published) -> Drawing:
    gap = (
        _chart("national_years", 340)
        .mark_area(opacity=0.13, color="$deficit")
        .encode(x=_years(), y=alt.Y("ecs_tgco2:Q"), y2="ce_tgco2:Q")
    )
    names = {"ce_tgco2": "CE", "ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(_spec(alt.layer(gap, _national_lines(names, 340))))


def _draw_sinks(db: Published) -> Drawing:
    names = {"ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS"}
    return Drawing(_spec(_national_lines(names, 240)))


def _draw_regions(db: Published) -> Drawing:
    order = [row["region_name"] for row in db.ask(region_means(db)).rows]
    y = alt.Y("region_name:N", title=None, sort=order)
    base = _chart("region_means", {"step": 34})
    bars = (
        base.transform_calculate(CE="-datum.ce_tgco2", ECS="datum.ecs_tgco2")
        .transform_fold(["CE", "ECS"], as_=["series", "value"])
        .mark_bar(size=18)
        .encode(
            y=y,
            x=alt.X("value:Q", title=f"{TG}: emissions to the left, uptake to the right"),
            color=_series_colour(("CE", "ECS")),
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
        alt.Chart(_named("region_means"))
        .mark_rule(color="$muted")
        .encode(x=alt.datum(0, type="quantitative"))
    )
    return Drawing(_spec(alt.layer(bars, balance, zero)))


# ---------------------------------------------------------------------------------- maps


def _map_spec(of_cells: bool = False) -> dict[str, Any]:
    # Cells are outlined in their own colour, or hairlines of the paper would show between them.
    stroke: Any = alt.Stroke("fill:N", scale=None, legend=None) if of_cells else alt.value("$paper")
    ground = alt.Chart(_named("borders")).mark_geoshape(fill="$nodata", tooltip=None).encode()
    shapes = (
        alt.Chart(_named("places"))
        .mark_geoshape(strokeWidth=0.7 if of_cells else 0.4)
        .encode(
            fill=alt.Fill("fill:N", scale=None, legend=None),
            stroke=stroke,
            tooltip=[
                alt.Tooltip("label:N", title="Place"),
                alt.Tooltip("shown:N", title="Value"),
            ],
        )
    )
    borders = (
        alt.Chart(_named("borders"))
        .mark_geoshape(filled=False, stroke="$border", strokeWidth=0.8, tooltip=None)
        .encode()
    )
    layers = [ground, shapes, borders] if of_cells else [shapes, borders]
    chart = alt.layer(*layers).properties(width="container", height=400)
    return _spec(chart.project(type="azimuthalEqualArea"))


def _level(value: str) -> dict[str, str]:
    return {
        "dataset": f"{value}_years",
        "id": f"{value}_id",
        "name": f"{value}_name",
        "shapes": value,
    }


LEVEL_LABELS = {"city": "Cities", "province": "Provinces", "region": "Regions"}


def _present_levels(db: Published) -> list[str]:
    return [level for level in LEVEL_LABELS if db.has(f"fct_{level}_carbon_budgets", "cnc_tgco2")]


def _measure_options(
    db: Published, measures: tuple[Measure, ...], values: dict[str, dict[str, list[float]]]
) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for measure in measures:
        options[measure.column] = {
            "label": measure.label,
            "unit": measure.unit,
            "scale": measure.scale,
            "diverging": measure.diverging,
            "synthetic": db.synthetic_inputs([measure.quantity]),
            "breaks": {
                level: nice_breaks(
                    [value * measure.scale for value in columns[measure.column]],
                    # Nothing below zero: then the two-sided scale would waste a side.
                    measure.diverging and any(value < 0 for value in columns[measure.column]),
                    classes=5 if measure.diverging else 7,
                )
                for level, columns in values.items()
            },
        }
    return options


def _numbers(db: Published, table: Any, columns: tuple[str, ...]) -> dict[str, list[float]]:
    answer = db.ask(table.select(*columns)).table
    return {
        name: [value for value in answer.column(name).to_pylist() if value is not None]
        for name in columns
    }


def _draw_explorer(db: Published) -> Drawing:
    levels = _present_levels(db)
    columns = tuple(measure.column for measure in MEASURES)
    values = {
        level: _numbers(db, db.table(f"fct_{level}_carbon_budgets", *columns), columns)
        for level in levels
    }
    years = db.ask(
        db.table("fct_city_carbon_budgets").select("year").distinct().order_by("year")
    ).rows
    return Drawing(
        _map_spec(),
        "choropleth",
        (
            Control("measure", "Measure", tuple((m.column, m.label) for m in MEASURES)),
            Control("level", "Level", tuple((level, LEVEL_LABELS[level]) for level in levels)),
        ),
        {
            "levels": {level: _level(level) for level in levels},
            "measures": _measure_options(db, MEASURES, values),
            "years": [row["year"] for row in years],
        },
    )


def _draw_city_means(db: Published) -> Drawing:
    measures = (
        Measure("cnc_tgco2", "Mean carbon balance (CNC)", TG_SHORT, "cnc", True),
        Measure("ecs_tgco2", "Mean land carbon sink (ECS)", TG_SHORT, "ecs", True),
        Measure("ce_tgco2", "Mean emissions (CE)", TG_SHORT, "ce"),
    )
    values = {"city": _numbers(db, city_means(db), tuple(m.column for m in measures))}
    return Drawing(
        _map_spec(),
        "choropleth",
        (Control("measure", "Measure", tuple((m.column, m.label) for m in measures)),),
        {
            "levels": {"city": {**_level("city"), "dataset": "city_means"}},
            "measures": _measure_options(db, measures, values),
        },
    )


def _draw_states(db: Published) -> Drawing:
    chart = (
        _chart("city_states", {"step": 30})
        .mark_bar()
        .encode(
            y=alt.Y("region_name:N", title=None, sort=alt.EncodingSortField(
                field="city_count", op="sum", order="descending")),
            x=alt.X("city_count:Q", title="Number of cities"),
            color=alt.Color(
                "carbon_state:N",
                title="Mean balance",
                scale=alt.Scale(domain=["deficit", "surplus"], range=["$deficit", "$surplus"]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                alt.Tooltip("region_name:N", title="Region"),
                alt.Tooltip("carbon_state:N", title="Mean balance"),
                alt.Tooltip("city_count:Q", title="Cities"),
            ],
        )
    )  # fmt: skip
    return Drawing(_spec(chart))


def _cells(column: str, label: str, unit: str, quantity: str, dataset: str) -> Any:
    def draw(db: Published) -> Drawing:
        name = "fct_cell_carbon_sinks" if dataset == "cells" else "fct_cell_trends"
        values = {"cell": _numbers(db, db.table(name, column), (column,))}
        measure = Measure(column, label, unit, quantity, True)
        resolution = None
        block = cell_block(db)
        if str(db.build.get("grid_crs", "")).upper() in ("EPSG:4326", "OGC:CRS84"):
            resolution = float(db.build["grid_resolution"]) * block
        return Drawing(
            _map_spec(True),
            "cells",
            (),
            {
                "column": column,
                "dataset": dataset,
                "measures": _measure_options(db, (measure,), values),
                "resolution": resolution,
                "block": block,
            },
        )

    return draw


def _draw_category(column: str, label: str, categories: Any, scheme: str) -> Any:
    def draw(db: Published) -> Drawing:
        present = db.ask(
            db.table("fct_city_clusters").select("indicator").distinct().order_by("indicator")
        ).rows
        found = [name for name in ("CNC", "CE", "ECS", "NEP", "NPP", "RCS")
                 if {"indicator": name} in present]  # fmt: skip
        return Drawing(
            _map_spec(),
            "choropleth",
            (
                Control(
                    "indicator",
                    "Indicator",
                    tuple((name, INDICATOR_LABELS[name]) for name in found),
                    ("indicator",),
                ),
            ),
            {
                "levels": {"city": {**_level("city"), "dataset": "clusters"}},
                "measures": {
                    column: {
                        "label": label,
                        "unit": "",
                        "synthetic": db.synthetic_inputs(["cnc"]),
                        "categories": [list(category) for category in categories],
                        "scheme": scheme,
                    }
                },
            },
        )

    return draw


def _draw_moran(db: Published) -> Drawing:
    base = _chart("autocorrelations", 280).transform_filter("!datum.is_period_mean")
    lines = base.mark_line(point=True, strokeWidth=2).encode(
        x=alt.X("period:O", title="Year", axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
        y=alt.Y("morans_i:Q", title="Global Moran's I (no unit)"),
        color=alt.Color(
            "indicator:N",
            title=None,
            scale=alt.Scale(domain=list(SERIES), range=[f"${name.lower()}" for name in SERIES]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("indicator:N", title="Indicator"),
            alt.Tooltip("period:N", title="Year"),
            alt.Tooltip("morans_i:Q", title="Moran's I", format=".3f"),
            alt.Tooltip("p_sim:Q", title="p (permutations)", format=".3f"),
        ],
    )
    return Drawing(_spec(lines))


# ---------------------------------------------------------------------------------- time


def _draw_curves(db: Published) -> Drawing:
    measures = tuple(measure for measure in MEASURES if measure.column != "npp_coverage_ratio")
    levels = {
        level: {**_level(level), "dataset": f"{level}_years"}
        for level in ("region", "province")
        if db.has(f"fct_{level}_carbon_budgets", "cnc_tgco2")
    }
    levels = {
        "nation": {
            "dataset": "national_years",
            "id": "nation_id",
            "name": "nation_name",
            "shapes": "nation",
        },
        **levels,
    }
    chart = (
        _chart("curves", 340)
        .mark_line(point=alt.OverlayMarkDef(size=18))
        .encode(
            x=_years(),
            y=alt.Y("value:Q", title="value"),
            detail="id:N",
            color=alt.condition("datum.chosen", alt.value("$accent"), alt.value("$faint")),
            strokeWidth=alt.condition("datum.chosen", alt.value(3), alt.value(1.2)),
            order=alt.Order("year:Q"),
            tooltip=[
                alt.Tooltip("name:N", title="Place"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title="Value", format=",.3~f"),
            ],
        )
    )
    labels = {"nation": "Whole country", "region": "Regions", "province": "Provinces"}
    return Drawing(
        _spec(chart),
        "curves",
        (
            Control("level", "Level", tuple((level, labels[level]) for level in levels)),
            Control("measure", "Measure", tuple((m.column, m.label) for m in measures)),
            Control("place", "Highlight", ()),
        ),
        {
            "levels": levels,
            "measures": {
                m.column: {
                    "label": m.label,
                    "unit": m.unit,
                    "scale": m.scale,
                    "synthetic": db.synthetic_inputs([m.quantity]),
                }
                for m in measures
            },
        },
    )


def _spread(step: int, count: int) -> int:
    """Which of five shades a step of a side takes, so that few steps still use all of them."""
    return 2 if count == 1 else round(4 * step / (count - 1))


def _draw_heat(db: Published) -> Drawing:
    breaks = nice_breaks(
        _numbers(db, db.table("fct_province_carbon_budgets", "cnc_tgco2"), ("cnc_tgco2",))[
            "cnc_tgco2"
        ],
        True,
    )
    side = len(breaks) // 2
    colours = [
        *(f"$negative{_spread(step, side + 1)}" for step in range(side + 1)),
        *(f"$positive{_spread(step, side + 1)}" for step in range(side + 1)),
    ]
    chart = (
        _chart("province_years", {"step": 17})
        .transform_filter("datum.in_study")
        .mark_rect()
        .encode(
            x=alt.X("year:O", title="Year", axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
            y=alt.Y(
                "province_name:N",
                title=None,
                sort=alt.EncodingSortField(field="cnc_tgco2", op="mean", order="ascending"),
            ),
            color=alt.Color(
                "cnc_tgco2:Q",
                title=TG_SHORT,
                scale=alt.Scale(type="threshold", domain=breaks, range=colours),
                legend=alt.Legend(orient="top", gradientLength=300, gradientThickness=12),
            ),
            tooltip=[
                alt.Tooltip("province_name:N", title="Province"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("cnc_tgco2:Q", title=f"CNC, {TG_SHORT}", format=",.2f"),
            ],
        )
    )
    return Drawing(_spec(chart))


def _provinces_by(db: Published, column: str, sign: int) -> list[str]:
    """Names of the provinces in the study, in the order of a column of their balance's trend."""
    rows = [row for row in db.ask(province_trends(db)).rows if row["indicator"] == "CNC"]
    known = [row for row in rows if row[column] is not None]
    known.sort(key=lambda row: (sign * row[column], row["entity_name"]))
    return [row["entity_name"] for row in known]


def _draw_slopes(db: Published) -> Drawing:
    y = alt.Y("entity_name:N", title=None, sort=_provinces_by(db, "slope_tgco2_yr", 1))
    base = _chart("province_trends", {"step": 18})
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
        .mark_point(size=44, filled=True, strokeWidth=1)
        .encode(
            y=y,
            x="slope_tgco2_yr:Q",
            shape=alt.Shape(
                "indicator:N",
                title="Slope of",
                scale=alt.Scale(domain=["CE", "ECS"], range=["diamond", "circle"]),
                legend=alt.Legend(orient="top"),
            ),
            fill=alt.condition("datum.indicator == 'CE'", alt.value("$ce"), alt.value("$ecs")),
            tooltip=[
                alt.Tooltip("entity_name:N", title="Province"),
                alt.Tooltip("indicator:N", title="Indicator"),
                alt.Tooltip("slope_tgco2_yr:Q", title=f"Slope, {SLOPE}", format=".2f"),
            ],
        )
    )
    return Drawing(_spec(alt.layer(bars, points)))


def _draw_hurst(db: Published) -> Drawing:
    base = _chart("province_trends", {"step": 18}).transform_filter("datum.indicator == 'CNC'")
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
        alt.Chart(_named("province_trends"))
        .mark_rule(strokeDash=[4, 4], color="$muted")
        .encode(x=alt.datum(0.5, type="quantitative"))
    )
    return Drawing(_spec(alt.layer(points, half)))


def _area_options(db: Published) -> tuple[tuple[str, str], ...]:
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


def _mann_kendall_spec(data: str, points: str) -> dict[str, Any]:
    base = _chart(data, 300)
    lines = (
        base.transform_fold(["uf", "ub"], as_=["column", "value"])
        .transform_calculate(
            curve="datum.column == 'uf' ? 'UF, forwards in time' : 'UB, backwards in time'"
        )
        .mark_line(point=alt.OverlayMarkDef(size=20), strokeWidth=2.2)
        .encode(
            x=_years(),
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
        alt.Chart(_named(data))
        .mark_rule(strokeDash=[5, 4], color="$muted")
        .encode(y=alt.datum(limit, type="quantitative"))
        for limit in (-1.96, 1.96)
    ]
    layers = [*limits, lines]
    if points:
        layers.append(
            alt.Chart(_named(points))
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
    return _spec(alt.layer(*layers))


def _indicators(db: Published, table: str) -> set[str]:
    rows = db.ask(db.table(table).select("indicator").distinct()).rows
    return {row["indicator"] for row in rows}


def _indicator_control(db: Published, table: str) -> Control:
    present = {
        row["indicator"] for row in db.ask(db.table(table).select("indicator").distinct()).rows
    }
    return Control(
        "indicator",
        "Indicator",
        tuple((name, label) for name, label in INDICATOR_LABELS.items() if name in present),
        ("indicator",),
    )


def _draw_mann_kendall(db: Published) -> Drawing:
    return Drawing(
        _mann_kendall_spec("area_curves", "area_mutations"),
        "chart",
        (
            Control("place", "Place", _area_options(db), ("entity_level", "entity_id")),
            _indicator_control(db, "fct_mann_kendall_curves"),
        ),
    )


def _draw_mutations(db: Published) -> Drawing:
    base = _chart("area_mutations", {"step": 17}).transform_filter(
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
    return Drawing(_spec(points), "chart", (_indicator_control(db, "fct_mutation_points"),))


# ---------------------------------------------------------------------------- inequality


def _draw_gini(db: Published) -> Drawing:
    y = alt.Y("province_name:N", title=None, sort=alt.EncodingSortField(
        field="gini_weighted", op="max", order="descending"))  # fmt: skip
    base = _chart("inequalities", {"step": 18}).transform_filter(
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
    bars = base.mark_bar(size=11, color="$accent").encode(
        y=y, x=alt.X("gini_weighted:Q", title="Gini coefficient (no unit)"), tooltip=tooltip
    )
    printed = base.mark_point(shape="diamond", filled=True, size=50, color="$deficit").encode(
        y=y, x="gini_eq16:Q", tooltip=tooltip
    )
    other = base.mark_point(shape="circle", size=40, color="$ink").encode(
        y=y, x="gini_rsv:Q", tooltip=tooltip
    )
    return Drawing(
        _spec(alt.layer(bars, printed, other)),
        "chart",
        (_indicator_control_of(("CNC", "CE", "ECS")),),
    )


def _indicator_control_of(names: tuple[str, ...]) -> Control:
    return Control(
        "indicator",
        "Indicator",
        tuple((name, INDICATOR_LABELS[name]) for name in names),
        ("indicator",),
    )


def _draw_gini_years(db: Published) -> Drawing:
    chart = (
        _chart("inequalities", {"step": 17})
        .transform_filter("!datum.is_period_mean && isValid(datum.gini_weighted)")
        .mark_rect()
        .encode(
            x=alt.X("period:O", title="Year", axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
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
    return Drawing(_spec(chart), "chart", (_indicator_control_of(("CNC", "CE", "ECS")),))


# ----------------------------------------------------------------------------- scenarios


def _scenario_lines(
    column: str,
    title: str,
    low: str = "",
    high: str = "",
    other: str = "",
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
            legend=alt.Legend(orient="top"),
        )
        base = _chart("scenarios", 300).transform_filter(f"isValid(datum.{column})")
        shown = column
        if percent:
            base = base.transform_calculate(shown=f"100 * datum.{column}")
            shown = "shown"
        layers = []
        if low and low in table.columns and high in table.columns:
            layers.append(
                base.mark_area(opacity=0.18).encode(
                    x=_years(), y=alt.Y(f"{low}:Q"), y2=f"{high}:Q", color=colour
                )
            )
        layers.append(
            base.mark_line(strokeWidth=2.4).encode(
                x=_years(),
                y=alt.Y(f"{shown}:Q", title=title),
                color=colour,
                tooltip=[
                    alt.Tooltip("scenario:N", title="Scenario"),
                    alt.Tooltip("year:O", title="Year"),
                    alt.Tooltip(f"{shown}:Q", title=title, format=",.1f"),
                ],
            )
        )
        if other and other in table.columns:
            layers.append(
                base.mark_line(strokeWidth=1.4, opacity=0.85, strokeDash=[2, 3]).encode(
                    x=_years(),
                    y=alt.Y(f"{other}:Q"),
                    color=colour,
                    tooltip=[
                        alt.Tooltip("scenario:N", title="Scenario, STIRPAT"),
                        alt.Tooltip("year:O", title="Year"),
                        alt.Tooltip(f"{other}:Q", title=title, format=",.1f"),
                    ],
                )
            )
        return Drawing(_spec(alt.layer(*layers)))

    return draw


def _draw_skill(db: Published) -> Drawing:
    chart = (
        _chart("skill", {"step": 30})
        .mark_bar()
        .transform_calculate(
            shown="100 * datum.max_relative_error_ratio",
            years="datum.split == 'in_sample' ? 'years it was fitted to'"
            " : datum.split == 'holdout' ? 'years it had not seen' : datum.split",
            rule="{bp: 'Network (BP)', stirpat: 'STIRPAT regression', last_value: 'Last value',"
            " linear_drift: 'Straight line'}[datum.model] || datum.model",
        )
        .encode(
            y=alt.Y("rule:N", title=None, sort="x"),
            yOffset="years:N",
            x=alt.X("shown:Q", title="Largest relative error (%)"),
            color=alt.Color(
                "years:N",
                title=None,
                scale=alt.Scale(range=["$accent", "$deficit", "$rcs"]),
                legend=alt.Legend(orient="top", columns=2),
            ),
            tooltip=[
                alt.Tooltip("rule:N", title="Model"),
                alt.Tooltip("years:N", title="Years"),
                alt.Tooltip("shown:Q", title="Largest relative error (%)", format=".1f"),
                alt.Tooltip("r2:Q", title="R squared", format=".3f"),
            ],
        )
    )
    return Drawing(_spec(chart))


# ------------------------------------------------------------------------------- drivers


def _draw_drivers(db: Published) -> Drawing:
    table = db.table("fct_emission_drivers", "effect_tgco2")
    entities = db.ask(
        table.select("entity_level", "entity_id").distinct().order_by("entity_level", "entity_id")
    ).rows
    names = dict(_area_options(db))
    options = sorted(
        (
            (key := f"{row['entity_level']}/{row['entity_id']}", names.get(key, row["entity_id"]))
            for row in entities
        ),
        key=lambda option: (not option[0].startswith("nation"), option[1]),
    )
    chart = (
        _chart("emission_drivers", 340)
        .transform_filter("isValid(datum.effect_tgco2)")
        .transform_calculate(effect="replace(datum.factor, '_', ' ')")
        .mark_bar()
        .encode(
            x=alt.X("year:O", title="Year", axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
            y=alt.Y("sum(effect_tgco2):Q", title="Change of emissions, Tg CO₂ per year"),
            color=alt.Color("effect:N", title=None, legend=alt.Legend(orient="top", columns=2)),
            tooltip=[
                alt.Tooltip("effect:N", title="Factor"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("sum(effect_tgco2):Q", title="Effect, Tg CO₂", format=",.2f"),
            ],
        )
    )
    return Drawing(
        _spec(chart),
        "chart",
        (Control("place", "Place", tuple(options), ("entity_level", "entity_id")),),
    )


# ----------------------------------------------------------------------------- countries


def _country_lines(column: str, title: str) -> Callable[[Published], Drawing]:
    def draw(db: Published) -> Drawing:
        table = db.table("fct_country_comparisons", column)
        name = "country_name" if "country_name" in table.columns else "country_code"
        chart = (
            _chart("countries", 300)
            .transform_filter(f"isValid(datum.{column})")
            .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=2)
            .encode(
                x=_years(),
                y=alt.Y(f"{column}:Q", title=title),
                color=alt.Color(f"{name}:N", title=None, legend=alt.Legend(orient="top")),
                tooltip=[
                    alt.Tooltip(f"{name}:N", title="Country"),
                    alt.Tooltip("year:O", title="Year"),
                    alt.Tooltip(f"{column}:Q", title=title, format=",.3~f"),
                ],
            )
        )
        return Drawing(_spec(chart))

    return draw


def _draw_country_scatter(db: Published) -> Drawing:
    table = db.table("fct_country_comparisons", "ecs_tgco2", "ce_tgco2")
    name = "country_name" if "country_name" in table.columns else "country_code"
    chart = (
        _chart("countries", 320)
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
    return Drawing(_spec(chart))


# -------------------------------------------------------------------- quality and the paper


def _draw_layers(db: Published) -> Drawing:
    chart = (
        _chart("quality_layers", {"step": 26})
        .transform_calculate(shown="100 * datum.valid_ratio")
        .mark_rect()
        .encode(
            x=alt.X("year:O", title="Year", axis=alt.Axis(labelAngle=-60, labelOverlap=True)),
            y=alt.Y(
                "layer:N",
                title=None,
                axis=alt.Axis(
                    labelExpr="{emissions: 'emissions', evapotranspiration_mm:"
                    " 'evapotranspiration', lithology: 'rock types', npp_gc_m2:"
                    " 'plant growth (NPP)', precipitation_mm: 'precipitation', runoff_mm:"
                    " 'runoff', temperature_c: 'temperature'}[datum.label] || datum.label"
                ),
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
    return Drawing(_spec(chart))


def _draw_uncertainties(db: Published) -> Drawing:
    table = db.table("fct_budget_uncertainties", "low_tgco2", "high_tgco2")
    base = _chart("uncertainties", {"step": 34})
    tooltip = [
        alt.Tooltip("indicator:N", title="Indicator"),
        alt.Tooltip("low_tgco2:Q", title="Low", format=",.1f"),
        alt.Tooltip("high_tgco2:Q", title="High", format=",.1f"),
    ]
    layers = [
        base.mark_rule(strokeWidth=6, color="$accent", opacity=0.55).encode(
            y=alt.Y("indicator:N", title=None),
            x=alt.X("low_tgco2:Q", title=TG),
            x2="high_tgco2:Q",
            tooltip=tooltip,
        )
    ]
    if "value_tgco2" in table.columns:
        layers.append(
            base.mark_point(filled=True, size=90, color="$ink", opacity=1).encode(
                y="indicator:N", x="value_tgco2:Q", tooltip=tooltip
            )
        )
    return Drawing(
        _spec(alt.layer(*layers)),
        "chart",
        (Control("place", "Place", _area_options(db), ("entity_level", "entity_id")),),
    )


def _draw_components(db: Published) -> Drawing:
    chart = (
        _chart("components", {"step": 26})
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
    present = {
        row["indicator"]
        for row in db.ask(
            db.table("fct_uncertainty_components").select("indicator").distinct()
        ).rows
    }
    return Drawing(
        _spec(chart),
        "chart",
        (
            Control("place", "Place", _area_options(db), ("entity_level", "entity_id")),
            _indicator_control_of(tuple(name for name in INDICATOR_LABELS if name in present)),
        ),
    )


def _draw_sensitivities(db: Published) -> Drawing:
    chart = (
        _chart("sensitivities", {"step": 50})
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
        _spec(chart),
        "chart",
        (Control("place", "Place", _area_options(db), ("entity_level", "entity_id")),),
    )


def _draw_inventories(db: Published) -> Drawing:
    periods = [
        row["period"]
        for row in db.ask(
            db.table("fct_emission_inventory_comparisons", "period")
            .select("period")
            .distinct()
            .order_by("period")
        ).rows
    ]
    base = _chart("inventories", 340)
    points = base.mark_point(filled=True, size=55, opacity=0.85, color="$accent").encode(
        x=alt.X("ceads_tgco2:Q", title=f"CEADs column of the paper, {TG_SHORT}"),
        y=alt.Y("ipcc_tgco2:Q", title=f"“IPCC” column of the paper, {TG_SHORT}"),
        tooltip=[
            alt.Tooltip("province_name:N", title="Province"),
            alt.Tooltip("ceads_tgco2:Q", title="CEADs", format=",.1f"),
            alt.Tooltip("ipcc_tgco2:Q", title="IPCC", format=",.1f"),
            alt.Tooltip("relative_error_ratio:Q", title="Relative difference", format=".1%"),
        ],
    )
    same = base.mark_line(strokeDash=[4, 4], color="$muted").encode(
        x="ceads_tgco2:Q", y="ceads_tgco2:Q"
    )
    return Drawing(
        _spec(alt.layer(same, points)),
        "chart",
        (Control("period", "Period", tuple((p, p) for p in reversed(periods)), ("period",)),),
    )


def _draw_verdicts(db: Published) -> Drawing:
    db.table("fct_paper_claims", "verdict")
    verdicts = {
        "reproduced": "$surplus",
        "differs": "$deficit",
        "paper inconsistent": "$rcs",
        "needs real data": "$faintpoint",
        "not computable": "$faint",
    }
    chart = (
        _chart("claims", {"step": 30})
        .mark_bar(size=18)
        .encode(
            y=alt.Y("verdict:N", title=None, sort=list(verdicts)),
            x=alt.X("count():Q", title="Claims of the paper", axis=alt.Axis(tickMinStep=1)),
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=list(verdicts), range=list(verdicts.values())),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("verdict:N", title="Verdict"),
                alt.Tooltip("count():Q", title="Claims"),
            ],
        )
    )
    return Drawing(_spec(chart))


# ------------------------------------------------------------------------- page of a place


def _draw_place_budget(db: Published) -> Drawing:
    names = {"ce_tgco2": "CE", "ecs_tgco2": "ECS", "nep_tgco2": "NEP", "rcs_tgco2": "RCS",
             "cnc_tgco2": "CNC"}  # fmt: skip
    zero = (
        alt.Chart(_named("place_years"))
        .mark_rule(color="$muted")
        .encode(y=alt.datum(0, type="quantitative"))
    )
    lines = (
        _chart("place_years", 320)
        .transform_fold(list(names), as_=["column", "value"])
        .transform_calculate(series="upper(split(datum.column, '_')[0])")
        .mark_line(point=alt.OverlayMarkDef(size=20), strokeWidth=2)
        .encode(
            x=_years(),
            y=alt.Y("value:Q", title=TG),
            color=_series_colour(),
            tooltip=[
                alt.Tooltip("series:N", title="Quantity"),
                alt.Tooltip("year:O", title="Year"),
                alt.Tooltip("value:Q", title=TG_SHORT, format=",.2f"),
            ],
        )
    )
    return Drawing(_spec(alt.layer(zero, lines)), "place")


def _draw_locator(db: Published) -> Drawing:
    return Drawing(_map_spec(), "locator")


def _draw_place_curves(db: Published) -> Drawing:
    db.table("fct_mann_kendall_curves", "uf", "ub")
    return Drawing(
        _mann_kendall_spec("place_curves", ""),
        "place",
        (_indicator_control_of(("CNC", "CE", "ECS")),),
    )


OVERVIEW_PLATES = (
    Plate(
        "overview-map",
        "The balance of each city",
        "Mean balance of each city over the study years: brown emits more than it absorbs, blue"
        " green absorbs more than it emits. Click a city for its page.",
        ("city_means",),
        _draw_city_means,
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
MAP_PLATES = (
    Plate(
        "map",
        "Any measure, any year, by city, province or region",
        "Choose a measure and a level, and move through the years. Classes stay the same over"
        " the years, so that colours can be compared. Click a place for its page.",
        ("city_years", "province_years", "region_years"),
        _draw_explorer,
    ),
    Plate(
        "fig-2a",
        "Where the mean balance is above zero",
        "Mean carbon balance of each city over the study years: uptake minus emissions. Blue"
        " green cities take up more than they emit.",
        ("city_means",),
        _draw_city_means,
        "Counterpart of Fig. 2a.",
    ),
    Plate(
        "fig-2b",
        "How many cities are in surplus",
        "Cities by the sign of their mean balance. Many lie close to zero, so that the count"
        " moves with small changes of the inputs.",
        ("city_states",),
        _draw_states,
        "Counterpart of Fig. 2b. The paper counts 28 of 353 Chinese cities in surplus.",
    ),
    Plate(
        "fig-5a",
        "Where like cities lie together",
        "Local Moran's I of the mean of the study years. A high carbon balance is a small"
        " deficit or a surplus. Compare the balance with emissions: where sinks hardly change,"
        " their maps are each other's mirror.",
        ("clusters",),
        _draw_category("cluster_type", "Cluster", CLUSTERS, "clusters"),
        "Counterpart of Fig. 5a.",
    ),
    Plate(
        "fig-5c",
        "Hot and cold spots",
        "Getis-Ord Gi* of the mean of the study years, with its confidence. Hot means a high"
        " carbon balance, that is little deficit.",
        ("clusters",),
        _draw_category("hot_spot", "Hot spot", HOT_SPOTS, "hotspots"),
        "Counterpart of Fig. 5c.",
    ),
    Plate(
        "moran",
        "How strongly neighbours resemble each other",
        "Global Moran's I by year: 0 is no pattern, 1 the strongest.",
        ("autocorrelations",),
        _draw_moran,
        "The paper gives 0.315 for the mean balance, with p = 0; no p is ever 0.",
    ),
    Plate(
        "fig-1a",
        "What ecosystems take up, cell by cell",
        "Mean net ecosystem productivity (NEP) of each grid cell. Brown cells release more carbon"
        " than their plants bind.",
        ("cells",),
        _cells("nep_gc_m2", "Mean NEP", GRAM, "nep", "cells"),
        "Counterpart of Fig. 1a.",
        ("nep",),
    ),
    Plate(
        "fig-1b",
        "What weathering rocks take up, cell by cell",
        "Mean rock weathering carbon sink (RCS) of each grid cell.",
        ("cells",),
        _cells("rcs_gc_m2", "Mean RCS", GRAM, "rcs", "cells"),
        "Counterpart of Fig. 1b.",
        ("rcs",),
    ),
    Plate(
        "fig-1c",
        "Both together: the land carbon sink, cell by cell",
        "Mean land carbon sink (ECS = NEP + RCS) of each grid cell.",
        ("cells",),
        _cells("ecs_gc_m2", "Mean ECS", GRAM, "ecs", "cells"),
        "Counterpart of Fig. 1c, which the paper's caption letters (b) a second time.",
        ("ecs",),
    ),
    Plate(
        "pixel-trend",
        "Where uptake grows and where it shrinks",
        "Slope of NEP of each grid cell over the study years.",
        ("cell_trends",),
        _cells("nep_slope_gc_m2_yr", "Slope of NEP", "g C m⁻² yr⁻¹ per year", "nep", "cell_trends"),
        "",
        ("nep",),
    ),
)
TIME_PLATES = (
    Plate(
        "curves",
        "Any measure through the years",
        "Choose a level and a measure; one place is highlighted, the others stay as context.",
        ("national_years", "region_years", "province_years"),
        _draw_curves,
    ),
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
INEQUALITY_PLATES = (
    Plate(
        "fig-5b",
        "How unequal the cities of a province are",
        "Gini coefficient among the cities, for the mean of the study years. Bars weigh deficit"
        " and surplus cities by their number (headline); diamonds are eq. 16 as printed, which"
        " can exceed 1; circles treat all signs at once and see the gap between deficit and"
        " surplus. A province with one city has no inequality and is left out.",
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
_SCENARIO_INPUTS = ("cnc", "drivers")
SCENARIO_PLATES = (
    Plate(
        "fig-7a",
        "Emissions under each scenario",
        "Line and band: median of the network's ensemble and its 5 to 95 % range. Dotted: the"
        " simpler STIRPAT regression. The growth rates of the drivers are assumptions.",
        ("scenarios",),
        _scenario_lines("ce_tgco2", TG, "ce_low_tgco2", "ce_high_tgco2", "stirpat_ce_tgco2"),
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
        "Largest error of each model, on the years it was fitted to and on years it had not"
        " seen. A network that a simple rule beats on unseen years is no better forecast.",
        ("skill",),
        _draw_skill,
        "The paper reports errors within 10 %.",
        ("ce", "drivers"),
    ),
)
DRIVER_PLATES = (
    Plate(
        "drivers",
        "What moved emissions",
        "Logarithmic mean Divisia index (LMDI): the effects of a year add up to the change of"
        " emissions since the year before.",
        ("emission_drivers",),
        _draw_drivers,
        "The paper names the method and prints no result.",
        ("ce", "drivers", "energy"),
    ),
)
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
        "Land uptake minus emissions, where a sink is given.",
        ("countries",),
        _country_lines("cnc_tgco2", TG),
        "Counterpart of Fig. 6c. The paper does not say where other countries' sinks are from.",
        ("countries", "cnc"),
    ),
    Plate(
        "fig-6d",
        "Sinks against emissions",
        "Each point is one country in one year.",
        ("countries",),
        _draw_country_scatter,
        "Counterpart of Fig. 6d.",
        ("countries", "cnc"),
    ),
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
        "What makes them unsure",
        "Share of each component in the variance of the mean.",
        ("components",),
        _draw_components,
    ),
    Plate(
        "sensitivity",
        "What the reading of the method changes",
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
PAPER_PLATES = (
    Plate(
        "verdicts",
        "Does the warehouse reproduce the paper?",
        "Every number the paper prints, beside the warehouse's own. “Needs real data” means that"
        " an input of this file is synthetic.",
        ("claims",),
        _draw_verdicts,
        "",
        ("cnc",),
    ),
    Plate(
        "table-1",
        "Two emission inventories, province by province",
        "On the dashed line both agree.",
        ("inventories",),
        _draw_inventories,
        "Counterpart of Table 1. Its “IPCC” column is a CEADs inventory that includes cement.",
        ("ce", "energy"),
    ),
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
