-- Boundaries of the cities and provinces in the study with the measures of the last year, for maps
-- without a spatial extension. Outlines leave out corners that no map shows.
-- Grain: one row per entity_level, entity_id.
{{ config(alias='shapes') }}

with

budgets as (

    select * from {{ ref('bi_carbon_budgets') }}

),

boundaries as (

    select * from {{ ref('dim_boundaries') }}

),

gathered as (

    select
        entity_level,
        list(entity_id order by entity_id) as entity_ids,
        boundary_outlines(list(boundary_wkt order by entity_id)) as outlines

    from boundaries

    group by entity_level

),

outlines as (

    select
        entity_level,
        unnest(entity_ids) as entity_id,
        unnest(outlines) as wkt

    from gathered

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
        {{ geojson('outlines.wkt') }} as geojson,
        outlines.wkt

    from budgets

    inner join outlines
        on budgets.entity_level = outlines.entity_level
        and budgets.entity_id = outlines.entity_id

    where budgets.year = {{ study_last_year() }}

)

select * from final
