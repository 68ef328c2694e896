-- Carbon budget of each province. Grain: one row per province_id, year.
-- All its emission units and the sinks of its cities: sums of what is known, with counts of it.
with

city_budgets as (

    select * from {{ ref('fct_city_carbon_budgets') }}

),

provinces as (

    select * from {{ ref('dim_provinces') }}

),

years as (

    select * from {{ ref('int_years_spanned') }}

),

emissions as (

    select * from {{ ref('int_province_emissions_summed') }}

),

city_sums as (

    select
        province_id,
        year,
        {{ sum_sinks() }},
        {{ safe_ratio('sum(npp_coverage_ratio * area_km2)', 'sum(area_km2)') }}
            as npp_coverage_ratio,
        {{ safe_ratio('sum(rcs_coverage_ratio * area_km2)', 'sum(area_km2)') }}
            as rcs_coverage_ratio,
        count(ce_tgco2) as ce_city_count,
        count(ecs_tgco2) as ecs_city_count,
        count(*) filter (where carbon_state = 'surplus') as surplus_city_count

    from city_budgets

    group by province_id, year

),

joined as (

    select
        provinces.*,
        years.year,
        years.npp_source,
        years.runoff_source,
        years.is_climatology,
        emissions.ce_tgco2,
        coalesce(emissions.unassigned_ce_tgco2, 0) as unassigned_ce_tgco2,
        {{ prefixed_sinks('city_sums') }},
        coalesce(city_sums.npp_coverage_ratio, 0) as npp_coverage_ratio,
        coalesce(city_sums.rcs_coverage_ratio, 0) as rcs_coverage_ratio,
        coalesce(city_sums.ce_city_count, 0) as ce_city_count,
        coalesce(city_sums.ecs_city_count, 0) as ecs_city_count,
        coalesce(city_sums.surplus_city_count, 0) as surplus_city_count,
        {{ ecs('city_sums.nep_tgco2', 'city_sums.rcs_tgco2') }} as ecs_tgco2,
        {{ cnc(ecs('city_sums.nep_tgco2', 'city_sums.rcs_tgco2'), 'emissions.ce_tgco2') }}
            as cnc_tgco2

    from provinces

    cross join years

    left join emissions
        on provinces.province_id = emissions.province_id
        and years.year = emissions.year

    left join city_sums
        on provinces.province_id = city_sums.province_id
        and years.year = city_sums.year

),

final as (

    select
        province_id,
        province_name,
        region_id,
        region_name,
        in_study,
        year,
        area_km2,
        {{ budget_measures() }},
        unassigned_ce_tgco2,
        city_count,
        ce_city_count,
        ecs_city_count,
        surplus_city_count

    from joined

)

select * from final
