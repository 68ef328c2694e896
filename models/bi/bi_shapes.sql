-- Boundaries of the cities in the study with the measures of the last year, for maps without a
-- spatial extension. Grain: one row per entity_level, entity_id.
{{ config(alias='shapes') }}

with

budgets as (

    select * from {{ ref('bi_carbon_budgets') }}

),

cities as (

    select * from {{ ref('stg_raw__cities') }}

),

final as (

    select
        budgets.entity_level,
        budgets.entity_id,
        budgets.entity_name,
        budgets.entity_name_zh,
        budgets.iso_3166_2,
        budgets.year,
        budgets.ce_tgco2,
        budgets.ecs_tgco2,
        budgets.cnc_tgco2,
        budgets.cnc_ktco2_km2,
        budgets.absorbed_ratio,
        budgets.carbon_state,
        {{ geojson('cities.boundary_wkt') }} as geojson,
        cities.boundary_wkt as wkt

    from budgets

    inner join cities
        on budgets.entity_id = cities.city_id

    where budgets.entity_level = 'city'
        and budgets.year = {{ study_last_year() }}

)

select * from final
