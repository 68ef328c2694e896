"""The questions the atlas asks, each an Ibis expression on the marts.

A data set is what one or more figures draw, what their CSV holds and what their SQL returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis
import pyarrow as pa

from carbon.atlas.database import Answer, Published

Question = Callable[[Published], Any]

BUDGET_MEASURES = (
    "ce_tgco2",
    "npp_tgco2",
    "rh_tgco2",
    "nep_tgco2",
    "rcs_tgco2",
    "ecs_tgco2",
    "cnc_tgco2",
    "cnc_ktco2_km2",
    "absorbed_ratio",
    "npp_coverage_ratio",
)
# More points than this are slow to draw, and heavy: larger grids are averaged in blocks.
MAXIMUM_CELLS = 40_000
LEVELS = ("city", "province", "region")
# The indicator of a measure in the marts that have one row for each.
INDICATORS = {
    "ce_tgco2": "CE",
    "npp_tgco2": "NPP",
    "nep_tgco2": "NEP",
    "rcs_tgco2": "RCS",
    "ecs_tgco2": "ECS",
    "cnc_tgco2": "CNC",
}


def encode(answer: Answer, units: dict[str, str]) -> dict[str, Any]:
    """Write rows as a page reads them: by column, text that repeats only once.

    Parameters
    ----------
    answer : Answer
        Rows and their SQL.
    units : dict
        Unit by column name.

    Returns
    -------
    dict
        ``columns`` (name, unit), ``values`` (a list for each column, or ``{"d": distinct, "i":
        positions}`` for text), ``rows`` (how many) and ``sql``.

    Examples
    --------
    >>> table = pa.table({"name": ["a", "a", None], "x_km2": [1.5, float("nan"), 3.0]})
    >>> encode(Answer("select 1", table), {"x_km2": "km2"})["values"]
    [{'d': ['a'], 'i': [0, 0, None]}, [1.5, None, 3.0]]
    """
    values: list[Any] = []
    for column in answer.table.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            codes = column.combine_chunks().dictionary_encode()
            if isinstance(codes, pa.ChunkedArray):
                codes = codes.combine_chunks()
            values.append({"d": codes.dictionary.to_pylist(), "i": codes.indices.to_pylist()})
        elif pa.types.is_floating(column.type):
            # JSON has no NaN or infinity; a mart keeps none either.
            values.append([None if v is None or v - v != 0 else v for v in column.to_pylist()])
        elif pa.types.is_temporal(column.type):
            values.append([None if v is None else v.isoformat() for v in column.to_pylist()])
        else:
            values.append(column.to_pylist())
    return {
        "columns": [
            {"name": name, "unit": units.get(name, "")} for name in answer.table.column_names
        ],
        "values": values,
        "rows": answer.table.num_rows,
        "sql": answer.sql,
    }


def national_years(db: Published) -> Any:
    """Ask for the nation's budget, by year."""
    table = db.table("fct_national_carbon_budgets", *BUDGET_MEASURES)
    return table.select(
        "nation_id", "nation_name", "year", *BUDGET_MEASURES, "city_count", "ce_city_count",
        "surplus_city_count",
    ).order_by("year")  # fmt: skip


def region_years(db: Published) -> Any:
    """Ask for the regions' budgets, by year."""
    table = db.table("fct_region_carbon_budgets", *BUDGET_MEASURES)
    return table.select("region_id", "region_name", "year", *BUDGET_MEASURES).order_by(
        "region_id", "year"
    )


def province_years(db: Published) -> Any:
    """Ask for the provinces' budgets, by year."""
    table = db.table("fct_province_carbon_budgets", *BUDGET_MEASURES)
    return table.select(
        "province_id", "province_name", "region_id", "in_study", "year", *BUDGET_MEASURES
    ).order_by("province_id", "year")


def measure_years(level: str, column: str) -> Question:
    """Build the question for one measure of all places of a level, by year."""

    def question(db: Published) -> Any:
        table = db.table(f"fct_{level}_carbon_budgets", column)
        return table.select(f"{level}_id", "year", column).order_by(f"{level}_id", "year")

    return question


def measure_ranges(level: str, indicator: str) -> Question:
    """Build the question for the mean of the years of an indicator, with its bounds."""

    def question(db: Published) -> Any:
        table = db.table("fct_budget_uncertainties", "value_tgco2", "low_tgco2", "high_tgco2")
        own = table.filter(table.entity_level == level, table.indicator == indicator)
        return own.select(
            own.entity_id.name(f"{level}_id"), "value_tgco2", "low_tgco2", "high_tgco2"
        ).order_by(f"{level}_id")

    return question


def verdicts(level: str) -> Question:
    """Build the question for the verdicts on the places of a level, for the mean of the years."""

    def question(db: Published) -> Any:
        own = verdict_rows(db, level)
        return (
            own.select(*_VERDICT_COLUMNS)
            .rename({f"{level}_id": "entity_id"})
            .order_by(f"{level}_id")
        )

    return question


_VERDICT_COLUMNS = (
    "entity_id",
    "verdict",
    "surplus_probability",
    "cnc_low_tgco2",
    "cnc_tgco2",
    "cnc_high_tgco2",
)


def verdict_rows(db: Published, level: str) -> Any:
    """Ask for the verdicts of a level on the mean of the years, one row for each place."""
    needed = (*_VERDICT_COLUMNS[1:], "is_period_mean")
    if level == "city":
        table = db.table("fct_city_verdicts", "city_id", *needed)
        table = table.mutate(entity_id=table.city_id)
    else:
        table = db.table("fct_entity_verdicts", "entity_level", "entity_id", *needed)
        table = table.filter(table.entity_level == level)
    return table.filter(table.is_period_mean)


def city_means(db: Published) -> Any:
    """Mean balance of every city in the study over its years, and on which side of zero it is."""
    table = db.table("fct_city_carbon_budgets", "cnc_tgco2")
    table = table.filter(table.in_study)
    means = table.group_by("city_id", "city_name", "province_id", "region_name").aggregate(
        ce_tgco2=table.ce_tgco2.mean(),
        ecs_tgco2=table.ecs_tgco2.mean(),
        cnc_tgco2=table.cnc_tgco2.mean(),
        year_count=table.cnc_tgco2.count(),
    )
    return means.mutate(
        carbon_state=ibis.cases(
            (means.cnc_tgco2 > 0, "surplus"),
            (means.cnc_tgco2 <= 0, "deficit"),
            else_=None,
        )
    ).order_by("city_id")


def city_states(db: Published) -> Any:
    """How many cities of each region are in surplus and in deficit, by their mean balance."""
    means = city_means(db)
    known = means.filter(means.carbon_state.notnull())
    return (
        known.group_by("region_name", "carbon_state")
        .aggregate(city_count=known.count())
        .order_by("region_name", "carbon_state")
    )


def region_means(db: Published) -> Any:
    """Mean emissions, sinks and balance of each region."""
    table = db.table("fct_region_carbon_budgets", "cnc_tgco2")
    return (
        table.group_by("region_id", "region_name")
        .aggregate(
            ce_tgco2=table.ce_tgco2.mean(),
            ecs_tgco2=table.ecs_tgco2.mean(),
            cnc_tgco2=table.cnc_tgco2.mean(),
        )
        .order_by("cnc_tgco2")
    )


def cells(db: Published) -> Any:
    """Mean sinks of the grid cells; of blocks of cells where the grid is large."""
    table = db.table("fct_cell_carbon_sinks", "nep_gc_m2", "rcs_gc_m2", "ecs_gc_m2")
    measures = ("nep_gc_m2", "rcs_gc_m2", "ecs_gc_m2")
    block = cell_block(db)
    if block == 1:
        return table.select("cell_id", "longitude", "latitude", "area_km2", *measures).order_by(
            "cell_id"
        )
    return _blocks(db, table, block, measures)


def cell_trends(db: Published) -> Any:
    """Trend of NEP of the grid cells; of blocks of cells where the grid is large."""
    table = db.table("fct_cell_trends", "nep_slope_gc_m2_yr")
    block = cell_block(db)
    if block == 1:
        return table.select(
            "cell_id", "longitude", "latitude", "area_km2", "nep_mean_gc_m2", "nep_slope_gc_m2_yr"
        ).order_by("cell_id")
    return _blocks(db, table, block, ("nep_mean_gc_m2", "nep_slope_gc_m2_yr"))


def cell_block(db: Published) -> int:
    """How many cells a side are averaged into one for the pixel maps; 1 keeps each cell."""
    count = db.table("fct_cell_carbon_sinks").count().to_pyarrow().as_py()
    block = 1
    while count / block**2 > MAXIMUM_CELLS:
        block += 1
    return block


def _blocks(db: Published, table: Any, block: int, measures: tuple[str, ...]) -> Any:
    """Means of blocks of cells, weighted by area; a cell without a value has no weight."""
    width = int(db.build["grid_width"])
    placed = table.mutate(
        block_row=(table.cell_id // width) // block,
        block_column=(table.cell_id % width) // block,
    )
    sums = {
        name: (placed[name] * placed.area_km2).sum()
        / placed.area_km2.sum(where=placed[name].notnull())
        for name in measures
    }
    return (
        placed.group_by("block_row", "block_column")
        .aggregate(
            longitude=placed.longitude.mean(),
            latitude=placed.latitude.mean(),
            area_km2=placed.area_km2.sum(),
            **sums,
        )
        .order_by("block_row", "block_column")
    )


def province_trends(db: Published) -> Any:
    """Trend, persistence and significance of CE, ECS and CNC of the provinces in the study."""
    table = db.table("fct_trends", "slope_tgco2_yr", "slope_grade", "hurst_raw", "hurst_detrended")
    return (
        table.filter(table.entity_level == "province", table.in_study)
        .filter(table.indicator.isin(["CE", "ECS", "CNC"]))
        .select(
            "entity_id", "entity_name", "indicator", "mean_tgco2", "slope_tgco2_yr", "slope_grade",
            "sen_slope_tgco2_yr", "mk_z", "mk_p_value", "hurst_raw", "hurst_detrended",
            "persistence", "persistence_detrended",
        )
        .order_by("entity_id", "indicator")
    )  # fmt: skip


def area_curves(db: Published) -> Any:
    """Mann-Kendall curves of the nation, the regions and the provinces."""
    table = db.table("fct_mann_kendall_curves", "uf", "ub")
    return (
        table.filter(table.entity_level != "city")
        .select("entity_level", "entity_id", "indicator", "year", "uf", "ub")
        .order_by("entity_level", "entity_id", "indicator", "year")
    )


def area_mutations(db: Published) -> Any:
    """Crossings of the Mann-Kendall curves of the nation, the regions and the provinces."""
    table = db.table("fct_mutation_points", "crossing_year", "crossing_value", "is_valid")
    return (
        table.filter(table.entity_level != "city")
        .select(
            "entity_level", "entity_id", "entity_name", "in_study", "indicator", "crossing_year",
            "crossing_value", "is_valid", "first_significant_year",
        )
        .order_by("entity_level", "entity_id", "indicator", "crossing_year")
    )  # fmt: skip


def clusters(db: Published) -> Any:
    """Clusters and hot spots of the cities, for the mean of the study years."""
    table = db.table("fct_city_clusters", "cluster_type", "hot_spot", "is_period_mean")
    return (
        table.filter(table.is_period_mean)
        .select(
            "city_id", "city_name", "indicator", "period", "value_tgco2", "local_i", "p_sim",
            "cluster_type", "gi_star_z", "hot_spot",
        )
        .order_by("indicator", "city_id")
    )  # fmt: skip


def autocorrelations(db: Published) -> Any:
    """Global Moran's I by year, under the headline's island policy."""
    table = db.table("fct_spatial_autocorrelations", "morans_i", "is_period_mean", "is_headline")
    return (
        table.filter(table.is_headline)
        .select(
            "indicator", "period", "is_period_mean", "island_policy", "morans_i", "expected_i",
            "z_norm", "p_norm", "p_sim", "city_count",
        )
        .order_by("indicator", "period")
    )  # fmt: skip


def inequalities(db: Published) -> Any:
    """Inequality among the cities of each province: every indicator, every year and the mean."""
    table = db.table("fct_inequalities", "gini_weighted", "gini_eq16", "gini_rsv", "is_period_mean")
    return (
        table.filter(table.indicator.isin(["CE", "ECS", "CNC"]))
        .select(
            "province_id", "province_name", "indicator", "period", "is_period_mean",
            "gini_weighted", "gini_eq16", "gini_rsv", "polarisation", "city_count", "null_reason",
        )
        .order_by("indicator", "period", "province_id")
    )  # fmt: skip


def quality_layers(db: Published) -> Any:
    """How much of the area each layer covers, by year."""
    table = db.table("fct_data_quality", "valid_ratio", "valid_area_km2")
    return (
        table.group_by("layer", "year")
        .aggregate(
            valid_ratio=table.valid_ratio.mean(),
            worst_city_valid_ratio=table.valid_ratio.min(),
            city_count=table.city_id.nunique(),
        )
        .order_by("layer", "year")
    )


def inventories(db: Published) -> Any:
    """Provincial emissions in the inventories that are compared."""
    table = db.table("fct_emission_inventory_comparisons", "ipcc_tgco2", "ceads_tgco2")
    return table.order_by("period", "province_id")


def fuel_years(db: Published) -> Any:
    """Ask for the emissions of the nation by fuel, by the factors of the paper."""
    table = db.table("fct_energy_emissions", "fuel", "factor_set", "year", "co2_tgco2")
    return (
        table.group_by("factor_set", "fuel", "year")
        .aggregate(co2_tgco2=table.co2_tgco2.sum())
        .order_by("factor_set", "fuel", "year")
    )


def province_fuels(db: Published) -> Any:
    """Ask for the emissions of the provinces by fuel in the last year."""
    table = db.table("fct_energy_emissions", "province_id", "fuel", "factor_set", "co2_tgco2")
    last = table.filter(table.year == table.year.max().as_scalar())
    names = db.table("dim_provinces", "province_name").select("province_id", "province_name")
    return (
        last.join(names, "province_id")
        .select("province_id", "province_name", "year", "fuel", "factor_set", "co2_tgco2")
        .order_by("factor_set", "province_id", "fuel")
    )


def _whole(
    name: str, *columns: str, order: tuple[str, ...] = (), without_cities: bool = False
) -> Question:
    """Build the question for a whole mart, or for all but its cities, whose pages have them."""

    def question(db: Published) -> Any:
        table = db.table(name, *columns)
        if without_cities:
            table = table.filter(table.entity_level != "city")
        return table.order_by(*(order or columns[:1]))

    return question


def scenarios(db: Published) -> Any:
    """Ask for the scenarios' budgets."""
    table = db.table(
        "fct_scenario_carbon_budgets",
        "scenario",
        "year",
        "model",
        "is_headline",
        "ce_tgco2",
        "ecs_tgco2",
        "cnc_tgco2",
    )
    return table.order_by("scenario", "year", "model")


DATASETS: dict[str, Question] = {
    "national_years": national_years,
    "region_years": region_years,
    "province_years": province_years,
    "city_means": city_means,
    "city_states": city_states,
    "region_means": region_means,
    "cells": cells,
    "cell_trends": cell_trends,
    "province_trends": province_trends,
    "area_curves": area_curves,
    "area_mutations": area_mutations,
    "clusters": clusters,
    "autocorrelations": autocorrelations,
    "inequalities": inequalities,
    "quality_layers": quality_layers,
    "inventories": inventories,
    "scenarios": scenarios,
    "skill": _whole("fct_forecast_skill", "drivers", "horizon", "model"),
    "emission_drivers": _whole(
        "fct_emission_drivers",
        "entity_level",
        "entity_id",
        "year",
        "factor",
        "effect_tgco2",
        order=("entity_level", "entity_id", "year", "factor"),
    ),
    "components": _whole(
        "fct_uncertainty_components",
        "entity_level",
        "entity_id",
        "indicator",
        "component",
        "variance_ratio",
        order=("entity_level", "entity_id", "indicator", "component"),
        without_cities=True,
    ),
    "uncertainties": _whole(
        "fct_budget_uncertainties",
        "entity_level",
        "entity_id",
        "indicator",
        "low_tgco2",
        "high_tgco2",
        order=("entity_level", "entity_id", "indicator"),
        without_cities=True,
    ),
    "sensitivities": _whole(
        "fct_budget_sensitivities",
        "entity_level",
        "entity_id",
        "rh_time_base",
        "npp_gap_policy",
        "sink_unit_booking",
        "nep_tgco2",
        "cnc_tgco2",
        order=("entity_level", "entity_id", "rh_time_base", "npp_gap_policy", "sink_unit_booking"),
    ),
    "countries": _whole(
        "fct_country_comparisons",
        "country_code",
        "year",
        "co2_intensity_kg_usd",
        "co2_per_capita_t",
        order=("country_code", "year"),
    ),
    "claims": _whole("fct_paper_claims", "claim_id", "paper_value", "warehouse_value", "verdict"),
}
DATASETS |= {
    "fuel_years": fuel_years,
    "province_fuels": province_fuels,
    **{
        f"{level}_{column}": measure_years(level, column)
        for level in LEVELS
        for column in BUDGET_MEASURES
    },
    **{
        f"range_{level}_{indicator.lower()}": measure_ranges(level, indicator)
        for level in LEVELS
        for indicator in INDICATORS.values()
    },
    **{f"verdicts_{level}": verdicts(level) for level in LEVELS},
}
