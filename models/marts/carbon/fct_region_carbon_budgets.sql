-- Carbon budget of each economic region. Grain: one row per region_id, year.
-- The sum of its provinces in the study. CNC is NULL unless every one has CE and ECS.
with

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

province_sums as (

    select
        region_id,
        min(region_name) as region_name,
        year,
        {{ sum_province_budgets() }}

    from province_budgets

    where in_study
        and region_id is not null

    group by region_id, year

),

balanced as (

    select
        *,
        {{ ecs('nep_tgco2', 'rcs_tgco2') }} as ecs_tgco2,
        {{ group_cnc() }} as cnc_tgco2

    from province_sums

),

final as (

    select
        region_id,
        region_name,
        year,
        area_km2,
        {{ budget_measures() }},
        unassigned_ce_tgco2,
        province_count,
        ce_province_count,
        ecs_province_count,
        city_count,
        ce_city_count,
        ecs_city_count,
        surplus_city_count

    from balanced

)

select * from final
