-- Carbon budgets of all entities. Grain: one row per entity_level, entity_id, year.
-- Regions and the nation are sums of their provinces in the study; CNC of such a group is NULL
-- unless every one of them has CE and ECS.
{{ config(materialized='table') }}

with

city_budgets as (

    select * from {{ ref('fct_city_carbon_budgets') }}

),

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

memberships as (

    select
        *,
        unnest(['region', 'nation']) as entity_level,
        unnest([region_id, '{{ var("nation_id") }}']) as entity_id,
        unnest([region_name, '{{ var("nation_name") }}']) as entity_name

    from province_budgets

    where in_study

),

group_sums as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        year,
        {{ sum_province_budgets() }}

    from memberships

    where entity_id is not null

    group by entity_level, entity_id, year

),

balanced as (

    select
        *,
        true as in_study,
        {{ ecs('nep_tgco2', 'rcs_tgco2') }} as ecs_tgco2,
        {{ group_cnc() }} as cnc_tgco2

    from group_sums

),

groups as (

    select
        entity_level,
        entity_id,
        entity_name,
        in_study,
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

),

final as (

    select * from groups

    union all by name

    select
        'province' as entity_level,
        province_id as entity_id,
        province_name as entity_name,
        *

    from province_budgets

    union all by name

    select
        'city' as entity_level,
        city_id as entity_id,
        city_name as entity_name,
        * exclude (city_id, city_name)

    from city_budgets

)

select * from final
