-- Means of the study years and the place that each entity has among those of its level.
-- Grain: one row per entity_level, entity_id. A mean is NULL unless every year is known.
{{ config(alias='rankings') }}

with

budgets as (

    select * from {{ ref('bi_carbon_budgets') }}

),

means as (

    select
        entity_level,
        entity_id,
        any_value(entity_name) as entity_name,
        any_value(entity_name_zh) as entity_name_zh,
        any_value(iso_3166_2) as iso_3166_2,
        any_value(province_id) as province_id,
        any_value(region_id) as region_id,
        any_value(area_km2) as area_km2,
        {{ complete_mean('ce_tgco2') }} as ce_tgco2,
        {{ complete_mean('ecs_tgco2') }} as ecs_tgco2,
        {{ complete_mean('cnc_tgco2') }} as cnc_tgco2

    from budgets

    where {{ is_study_year() }}

    group by entity_level, entity_id

),

final as (

    select
        *,
        {{ flux_ktco2_km2('cnc_tgco2', 'area_km2') }} as cnc_ktco2_km2,
        {{ absorbed_ratio('ecs_tgco2', 'ce_tgco2') }} as absorbed_ratio,
        {{ carbon_state('cnc_tgco2') }} as carbon_state,
        {{ rank_within_level('ce_tgco2') }} as ce_rank,
        {{ rank_within_level('ecs_tgco2') }} as ecs_rank,
        {{ rank_within_level('cnc_tgco2') }} as cnc_rank

    from means

)

select * from final
