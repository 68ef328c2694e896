"""Patterns in space: clusters, hot spots and grid cells."""

from __future__ import annotations

from typing import Any

import altair as alt

from carbon.atlas.database import Published
from carbon.atlas.datasets import cell_block, city_means
from carbon.atlas.figures.parts import (
    GRAM,
    SERIES,
    TG_SHORT,
    chart_on,
    indicator_control,
    indicators_of,
    level_of,
    measure_options,
    numbers_of,
    spec_of,
    year_bands,
)
from carbon.atlas.figures.plate import Control, Drawing, Measure, Plate

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


def draw_city_means(db: Published) -> Drawing:
    """Draw the mean of the years of each city."""
    measures = (
        Measure("cnc_tgco2", "Mean carbon balance (CNC)", TG_SHORT, "cnc", True),
        Measure("ecs_tgco2", "Mean land carbon sink (ECS)", TG_SHORT, "ecs", True),
        Measure("ce_tgco2", "Mean emissions (CE)", TG_SHORT, "ce"),
    )
    values = {"city": numbers_of(db, city_means(db), tuple(m.column for m in measures))}
    return Drawing(
        {},
        "choropleth",
        (Control("measure", "Measure", tuple((m.column, m.label) for m in measures)),),
        {
            "levels": {"city": {**level_of("city"), "dataset": "city_means"}},
            "measures": measure_options(db, measures, values),
        },
    )


def _draw_states(db: Published) -> Drawing:
    chart = (
        chart_on("city_states", {"step": 30})
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
    return Drawing(spec_of(chart))


def _cells(column: str, label: str, unit: str, quantity: str, dataset: str) -> Any:
    def draw(db: Published) -> Drawing:
        name = "fct_cell_carbon_sinks" if dataset == "cells" else "fct_cell_trends"
        values = {"cell": numbers_of(db, db.table(name, column), (column,))}
        measure = Measure(column, label, unit, quantity, True)
        resolution = None
        block = cell_block(db)
        if str(db.build.get("grid_crs", "")).upper() in ("EPSG:4326", "OGC:CRS84"):
            resolution = float(db.build["grid_resolution"]) * block
        return Drawing(
            {},
            "cells",
            (),
            {
                "column": column,
                "dataset": dataset,
                "measures": measure_options(db, (measure,), values),
                "resolution": resolution,
                "block": block,
            },
        )

    return draw


def _draw_category(column: str, label: str, categories: Any, scheme: str) -> Any:
    def draw(db: Published) -> Drawing:
        db.table("fct_city_clusters", column)
        return Drawing(
            {},
            "choropleth",
            (indicator_control(db, "fct_city_clusters"),),
            {
                "levels": {"city": {**level_of("city"), "dataset": "clusters"}},
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
    present = indicators_of(db, "fct_spatial_autocorrelations")
    shown = tuple(name for name in SERIES if name in present)
    base = chart_on("autocorrelations", 280).transform_filter("!datum.is_period_mean")
    lines = base.mark_line(point=True, strokeWidth=2).encode(
        x=year_bands("period"),
        y=alt.Y("morans_i:Q", title="Global Moran's I (no unit)"),
        color=alt.Color(
            "indicator:N",
            title=None,
            scale=alt.Scale(domain=list(shown), range=[f"${name.lower()}" for name in shown]),
            legend=alt.Legend(orient="top"),
        ),
        tooltip=[
            alt.Tooltip("indicator:N", title="Indicator"),
            alt.Tooltip("period:N", title="Year"),
            alt.Tooltip("morans_i:Q", title="Moran's I", format=".3f"),
            alt.Tooltip("p_sim:Q", title="p (permutations)", format=".3f"),
        ],
    )
    return Drawing(spec_of(lines))


MAP_PLATES = (
    Plate(
        "fig-2a",
        "Where the mean balance is above zero",
        "Mean carbon balance of each city over the study years: uptake minus emissions. The"
        " line between the two hues is zero.",
        ("city_means",),
        draw_city_means,
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
        "Clusters of similar cities",
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
        "Mean net ecosystem productivity (NEP) of each grid cell. Below zero a cell releases more"
        " carbon than its plants bind.",
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
