"""A published file in small: two regions, three provinces, six cities, five years, no China.

One city is called ``<script>``, names hold quotes and commas, a province has one city, a city has
no emissions: what the atlas must show as it is. Values follow from formulas of the city's number
and the year, so that a test can say what a figure must hold.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.helpers.workplace import PROJECT

FIRST_YEAR, LAST_YEAR = 2001, 2005
HOSTILE_NAME = "<script>window.broken = 1</script>"
QUOTED_NAME = 'O\'Hara, "the" town'

#: city_id, city_name, city_name_zh, province_id; each is a square of one degree.
CITIES = (
    ("c1", HOSTILE_NAME, "甲城", "p1"),
    ("c2", QUOTED_NAME, "乙城", "p1"),
    ("c3", "Älvdalen", "丙城", "p2"),
    ("c4", "</script><img src=x onerror=alert(1)>", None, "p2"),
    ("c'5", "=1+1", "戊城", "p2"),
    ("c6", "Lone & only", "己城", "p3"),
)
PROVINCES = (
    ("p1", "North <b>", "北", "r1"),
    ("p2", "South", "南", "r1"),
    ("p3", "Isle", "岛", "r2"),
)
REGIONS = (("r1", "Mainland"), ("r2", "Islands"))

_BUDGET = """
    1000.0 as area_km2, ce as ce_tgco2, 3 * s as npp_tgco2, 2 * s as rh_tgco2, s as nep_tgco2,
    s / 10 as rcs_tgco2, 1.1 * s as ecs_tgco2, 1.1 * s - ce as cnc_tgco2,
    (1.1 * s - ce) / 1000 as cnc_ktco2_km2, 1.1 * s / ce as absorbed_ratio,
    0.9::double as npp_coverage_ratio
"""


def _text(value: str | None) -> str:
    return "null" if value is None else "'" + value.replace("'", "''") + "'"


def _values(rows: tuple[tuple[object, ...], ...]) -> str:
    return ", ".join(
        "(" + ", ".join(_text(v) if v is None or isinstance(v, str) else str(v) for v in row) + ")"
        for row in rows
    )


def write_published(path: Path, *, only_budgets: bool = False, bare: bool = False) -> Path:
    """Write the file.

    Parameters
    ----------
    path : Path
        A new file; its stem should be ``carbon_budget``.
    only_budgets : bool
        Leave out diagnostics, scenarios, drivers, uncertainty, countries and claims.
    bare : bool
        Leave out these, all provinces and regions, all but one year and all but three cities.

    Returns
    -------
    Path
        The same path.
    """
    with duckdb.connect(str(path)) as connection:
        for schema in ("marts", "raw", "meta", "ref"):
            connection.execute(f"create schema {schema}")
        _write_places(connection)
        _write_budgets(connection)
        _write_meta(connection)
        if bare:
            _strip(connection)
        elif not only_budgets:
            _write_diagnostics(connection)
            _write_future(connection)
        _use_doubles(connection)
    return path


def _strip(connection: duckdb.DuckDBPyConnection) -> None:
    """Leave three cities, which belong to no province, and one year."""
    tables = connection.execute("""
        select table_name, list(column_name) from information_schema.columns
        where table_schema = 'marts' group by table_name
    """).fetchall()
    for table, columns in tables:
        if "province" in table or "region" in table:
            connection.execute(f"delete from marts.{table}")
        if "year" in columns:
            connection.execute(f"delete from marts.{table} where year <> {FIRST_YEAR}")
        if "city_id" in columns:
            connection.execute(f"delete from marts.{table} where city_id not in ('c1', 'c2', 'c3')")
        for column in ("province_id", "province_name", "region_id", "region_name"):
            if column in columns:
                connection.execute(f"update marts.{table} set {column} = null")


def _use_doubles(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn the decimals that literals have into the doubles that marts have."""
    for table, column in connection.execute("""
        select table_name, column_name from information_schema.columns
        where table_schema = 'marts' and data_type like 'DECIMAL%'
    """).fetchall():
        connection.execute(f"alter table marts.{table} alter {column} type double")


def _write_places(connection: duckdb.DuckDBPyConnection) -> None:
    squares = tuple(
        (*city, number, 10 + number % 3, 45 + number // 3) for number, city in enumerate(CITIES)
    )
    connection.execute(f"""
        create table raw.regions as
            from (values {_values(REGIONS)}) as r (region_id, region_name);
        create table raw.numbered as
            select
                c.*, p.province_name, p.province_name_zh, p.region_id, r.region_name
            from (values {_values(squares)})
                as c (city_id, city_name, city_name_zh, province_id, n, west, south)
            inner join (values {_values(PROVINCES)})
                as p (province_id, province_name, province_name_zh, region_id)
                using (province_id)
            inner join raw.regions as r using (region_id);
        create table marts.dim_boundaries as
            select
                'city' as entity_level,
                city_id as entity_id,
                'POLYGON ((' || concat_ws(
                    ', ', west || ' ' || south, (west + 1) || ' ' || south,
                    (west + 1) || ' ' || (south + 1), west || ' ' || (south + 1),
                    west || ' ' || south
                ) || '))' as boundary_wkt
            from raw.numbered;
        create table marts.dim_cities as
            select
                city_id, city_name, city_name_zh, province_id, province_name, region_id,
                region_name, 1000.0 as area_km2, true as in_study
            from raw.numbered;
        create table marts.dim_provinces as
            select
                province_id, any_value(province_name) as province_name,
                any_value(province_name_zh) as province_name_zh, any_value(region_id) as region_id,
                true as in_study
            from raw.numbered group by province_id;
        create table marts.dim_regions as from raw.regions;
    """)


def _write_budgets(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"""
        create table raw.base as
            select
                *,
                year::integer as year,
                -- City c6 has no emissions, city c3 is in surplus.
                case when city_id <> 'c6' then 10 + n + (year - {FIRST_YEAR}) / 7 end as ce,
                case when city_id = 'c3' then 20.0 else 1 + n / 3 end as s
            from raw.numbered, generate_series({FIRST_YEAR}, {LAST_YEAR}) as y (year);
        create table marts.fct_city_carbon_budgets as
            select city_id, city_name, province_id, region_name, true as in_study, year, {_BUDGET}
            from raw.base;
        create table marts.fct_province_carbon_budgets as
            select
                province_id, any_value(province_name) as province_name,
                any_value(region_id) as region_id, true as in_study, year,
                {_BUDGET}
            from (
                select
                    * exclude (ce, s), sum(ce) over w as ce, sum(s) over w as s
                from raw.base window w as (partition by province_id, year)
            ) group by province_id, year, ce, s;
        create table marts.fct_region_carbon_budgets as
            select region_id, any_value(region_name) as region_name, year, {_BUDGET}
            from (
                select * exclude (ce, s), sum(ce) over w as ce, sum(s) over w as s
                from raw.base window w as (partition by region_id, year)
            ) group by region_id, year, ce, s;
        create table marts.fct_national_carbon_budgets as
            select
                'TL' as nation_id, 'Testland' as nation_name, year, {_BUDGET}, 6 as city_count,
                5 as ce_city_count, 1 as surplus_city_count
            from (select year, sum(ce) as ce, sum(s) as s from raw.base group by year);
        create table marts.fct_cell_carbon_sinks as
            select
                c.i::bigint as cell_id, 10.25 + 0.5 * (c.i % 6) as longitude,
                46.75 - 0.5 * (c.i // 6) as latitude, 2100.0 as area_km2,
                c.i - 12.5 as nep_gc_m2, c.i / 10 as rcs_gc_m2, c.i - 12.5 + c.i / 10 as ecs_gc_m2
            from range(24) as c (i);
        create table marts.fct_data_quality as
            select
                city_id, year, layer, 0.5 + n / 20 as valid_ratio, 4::bigint as cell_count,
                2000.0 as valid_area_km2, 0.01 as centre_rule_difference_ratio
            from raw.base, (values ('npp_gc_m2'), ('emissions')) as l (layer);
    """)


def _write_meta(connection: duckdb.DuckDBPyConnection) -> None:
    seed = PROJECT / "seeds" / "ref_indicator_inputs.csv"
    connection.execute(f"create table ref.ref_indicator_inputs as from read_csv('{seed}')")
    connection.execute("""
        create table meta.build as
            select
                timestamp '2030-01-02 03:04:05' as built_at, '1.2.3' as project_version,
                '1.5.6' as duckdb_version, '1.11' as dbt_version,
                '{"nation_name": "Testland", "historical_collection": "past"}' as vars_json,
                '/home/someone/secret/my.yml' as catalogue, 'EPSG:4326' as grid_crs,
                0.5 as grid_resolution, 6 as grid_width, 4 as grid_height;
        create table meta.columns as
            select
                'marts' as schema_name, 'fct_city_carbon_budgets' as table_name,
                'cnc_tgco2' as column_name, 'Tg CO2 yr-1' as unit;
        create table meta.sources as
            from (values
                ('made', 'Us', '<i>Made up</i>', 'CC0', null, 'javascript:alert(1)', null, true,
                 null),
                ('real', 'They', 'Measured', null, 'They 2020', 'https://example.org/a', '2', false,
                 null)
            ) as s (
                source_id, producer, title, licence, citation, url, version, is_synthetic, note
            );
        create table meta.source_files as
            from (values
                ('/home/someone/secret/npp.tif', 'made', 'past/npp', 'ab12', 'gC/m2/year', true),
                ('/home/someone/secret/tmp.nc', 'real', 'past/temperature', 'cd34', 'degC', false),
                ('/home/someone/secret/ce.csv', 'real', 'emissions', 'ef56', 'Mt', false)
            ) as f (path, source_id, role, sha256, unit, is_synthetic);
    """)


def _write_diagnostics(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(f"""
        create table raw.entities as
            select 'nation' as entity_level, 'TL' as entity_id, 'Testland' as entity_name
            union all select 'region', region_id, region_name from marts.dim_regions
            union all select 'province', province_id, province_name from marts.dim_provinces
            union all select 'city', city_id, city_name from marts.dim_cities;
        create table raw.series as
            select *, true as in_study
            from raw.entities, (values ('CE'), ('ECS'), ('CNC')) as i (indicator);
        create table marts.fct_trends as
            select
                *, 5.0 as mean_tgco2, case indicator when 'CE' then 12.0 when 'ECS' then 0.4
                else -11.6 end as slope_tgco2_yr, 'significant decrease' as slope_grade,
                -11.0 as sen_slope_tgco2_yr, -2.5 as mk_z, 0.01 as mk_p_value, 0.9 as hurst_raw,
                0.6 as hurst_detrended, 'persistent' as persistence,
                'persistent' as persistence_detrended, 2003 as first_significant_year
            from raw.series;
        create table marts.fct_mann_kendall_curves as
            select
                * exclude (entity_name, in_study, y), y::integer as year, (y - 2001) / 3 as uf,
                (2005 - y) / 5 as ub
            from raw.series, generate_series({FIRST_YEAR}, {LAST_YEAR}) as years (y);
        create table marts.fct_mutation_points as
            select
                *, 2002.5 as crossing_year, 0.5 as crossing_value, true as is_valid,
                2003 as first_significant_year
            from raw.series;
        create table marts.fct_city_clusters as
            select
                city_id, city_name, indicator, '2001-2005' as period, true as is_period_mean,
                n * 1.0 as value_tgco2, 0.1 as local_i, 0.04 as p_sim,
                (['HH', 'LL', 'HL', 'LH', 'ns', null])[n + 1] as cluster_type, 1.5 as gi_star_z,
                (['hot_99', 'hot_95', 'ns', 'cold_90', 'cold_99', null])[n + 1] as hot_spot
            from raw.numbered, (values ('CE'), ('CNC')) as i (indicator);
        create table marts.fct_spatial_autocorrelations as
            select
                indicator, y::varchar as period, false as is_period_mean, 'attach' as island_policy,
                true as is_headline, 0.3 as morans_i, -0.2 as expected_i, 2.0 as z_norm,
                0.02 as p_norm, 0.03 as p_sim, 6 as city_count
            from (values ('CE'), ('CNC')) as i (indicator),
                generate_series({FIRST_YEAR}, {LAST_YEAR}) as years (y);
        create table marts.fct_inequalities as
            select
                province_id, province_name, indicator, period,
                period = '2001-2005' as is_period_mean,
                case when province_id <> 'p3' then 0.25 end as gini_weighted, 0.5 as gini_eq16,
                0.3 as gini_rsv, 'relatively average' as polarisation, 2 as city_count,
                case when province_id = 'p3' then 'n=1' end as null_reason
            from marts.dim_provinces, (values ('CE'), ('ECS'), ('CNC')) as i (indicator),
                (values ('2001'), ('2002'), ('2001-2005')) as p (period);
        create table marts.fct_cell_trends as
            select
                cell_id, longitude, latitude, area_km2, nep_gc_m2 as nep_mean_gc_m2,
                nep_gc_m2 / 100 as nep_slope_gc_m2_yr
            from marts.fct_cell_carbon_sinks;
        create table marts.fct_emission_inventory_comparisons as
            select
                province_id, province_name, period, 12.0 as ipcc_tgco2, 10.0 as ceads_tgco2,
                0.2 as relative_error_ratio
            from marts.dim_provinces, (values ('2001'), ('mean')) as p (period);
    """)


def _write_future(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("""
        create table marts.fct_scenario_carbon_budgets as
            select
                scenario, y::integer as year, model, model = 'kaya_fuel_mix' as is_headline,
                y - 1960.0 as ce_tgco2, y - 1970.0 as ce_low_tgco2, y - 1950.0 as ce_high_tgco2,
                9.5 as ecs_tgco2, 9.5 - (y - 1960.0) as cnc_tgco2,
                9.5 / (y - 1960.0) as absorbed_ratio
            from (values ('A2'), ('B1')) as s (scenario), generate_series(2018, 2060) as years (y),
                (values ('kaya_fuel_mix'), ('bp_network')) as m (model);
        create table marts.fct_forecast_skill as
            from (values
                ('bp_network', 'known', 1, 0.02, 0.4, 0.93, 15),
                ('bp_network', 'extrapolated', 1, 0.03, 0.5, 0.93, 15),
                ('last_value', 'known', 1, 0.06, 1.1, 0.93, 15)
            ) as s (model, drivers, horizon, mean_absolute_error_ratio, mase, coverage_ratio,
                origin_count);
        create table marts.fct_emission_drivers as
            select
                'nation' as entity_level, 'TL' as entity_id, y::integer as year, factor,
                (y - 2000) * 0.1 as effect_tgco2
            from generate_series(2002, 2005) as years (y),
                (values ('population'), ('affluence'), ('energy_intensity')) as f (factor);
        create table marts.fct_budget_uncertainties as
            select
                entity_level, entity_id, indicator, -50.0 as value_tgco2, -60.0 as low_tgco2,
                -40.0 as high_tgco2
            from raw.series;
        create table marts.fct_uncertainty_components as
            select
                entity_level, entity_id, indicator, component, 3.0 as sigma_tgco2,
                0.5 as variance_ratio
            from raw.series, (values ('npp'), ('ce_inventory')) as c (component);
        create table marts.fct_budget_sensitivities as
            select
                entity_level, entity_id, rh_time_base, npp_gap_policy, sink_unit_booking,
                5.0 as nep_tgco2, -50.0 as cnc_tgco2, 1 as surplus_city_count,
                0 as surplus_city_count_low, 3 as surplus_city_count_high,
                rh_time_base = 'monthly' and npp_gap_policy = 'valid' and sink_unit_booking = 'co2'
                    as is_headline
            from raw.entities, (values ('monthly'), ('annual_x12')) as t (rh_time_base),
                (values ('valid'), ('barren_as_zero')) as g (npp_gap_policy),
                (values ('co2'), ('carbon_as_co2')) as b (sink_unit_booking)
            where entity_level <> 'city';
        create table marts.fct_city_verdicts as
            select
                city_id, '2001-2005' as period, true as is_period_mean,
                (['robust deficit', 'likely deficit', 'robust surplus', 'undecided',
                    'likely surplus', null])[n + 1] as verdict,
                0.1 * n as surplus_probability, -12.0 as cnc_low_tgco2, -10.0 as cnc_tgco2,
                -8.0 as cnc_high_tgco2
            from raw.numbered;
        create table marts.fct_entity_verdicts as
            select
                entity_level, entity_id, '2001-2005' as period, true as is_period_mean,
                'undecided' as verdict, 0.5 as surplus_probability, -12.0 as cnc_low_tgco2,
                -10.0 as cnc_tgco2, 8.0 as cnc_high_tgco2
            from raw.entities where entity_level <> 'city';
        create table marts.fct_headlines as
            from (values
                (1, 'absorbed_ratio', 'Land takes up 30 %.', 0.3, -0.1, 0.5, '1', 'synthetic'),
                (2, 'surplus_city_count', '1 of 5.', 1.0, 0.0, 2.0, '1', 'synthetic'),
                (3, 'robust_surplus_city_count', '1 surely.', 1.0, null, null, '1', 'synthetic'),
                (4, 'robust_deficit_city_count', '1 not.', 1.0, null, null, '1', 'synthetic'),
                (5, 'undecided_city_count', '1 open.', 1.0, null, null, '1', 'synthetic')
            ) as h (position, headline_id, sentence, value, low, high, unit, input_grade);
        create table marts.fct_plausibility_checks as
            select
                'k' as check_id, 'NEP' as indicator, 5.0 as value, 4.0 as low, 6.0 as high,
                'They 2020 <b>' as citation, true as is_plausible;
        create table marts.fct_neutrality_paths as
            select
                'nation' as entity_level, 'TL' as entity_id, scenario,
                null::integer as neutrality_year, 0.9 as ce_cut_2060_ratio
            from (values ('A2'), ('B1')) as s (scenario);
        create table marts.fct_city_scenario_budgets as
            select
                city_id, scenario, y::integer as year, 5.0 as ce_tgco2, 1.0 as ecs_tgco2,
                -4.0 as cnc_tgco2, 'likely deficit' as verdict
            from raw.numbered, (values ('A2'), ('B1')) as s (scenario),
                (values (2030), (2060)) as years (y);
        create table marts.fct_energy_emissions as
            select
                province_id, y::integer as year, fuel, 'ceads' as factor_set, 2.0 as co2_tgco2
            from marts.dim_provinces, (values ('coal'), ('gas')) as f (fuel),
                generate_series(2001, 2005) as years (y);
        create table marts.fct_country_comparisons as
            select
                country_code, y::integer as year, 0.5 as co2_intensity_kg_usd,
                4.5 as co2_per_capita_t, 100.0 as ce_tgco2, 20.0 as ecs_tgco2, -80.0 as cnc_tgco2
            from (values ('TLA'), ('XYZ')) as c (country_code),
                generate_series(2001, 2005) as years (y);
        create table marts.fct_paper_claims as
            from (values
                ('k1', 10.0, 10.1, 1.01, 'reproduced'), ('k2', 1.0, 5.0, 5.0, 'differs'),
                ('k3', 2.0, null, null, 'needs real data')
            ) as c (claim_id, paper_value, warehouse_value, ratio, verdict);
    """)
