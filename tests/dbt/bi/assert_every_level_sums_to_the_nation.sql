-- Within one level the sinks of bi.carbon_budgets sum to those of the nation, and CNC where every
-- tonne has a place of that level. Fails with one row per level and year that has another sum.
with

budgets as (

    select * from {{ ref('bi_carbon_budgets') }}

),

measures as (

    select * from {{ ref('bi_carbon_measures') }}
    where measure in ('ce_tgco2', 'ecs_tgco2')

),

level_sums as (

    select
        entity_level,
        year,
        sum(ecs_tgco2) as ecs_tgco2,
        sum(abs(ecs_tgco2)) as scale,
        sum(cnc_tgco2) as cnc_tgco2,
        count(cnc_tgco2) = count(*) as is_whole

    from budgets

    group by entity_level, year

),

measure_sums as (

    select
        entity_level,
        year,
        sum(value) filter (where measure = 'ecs_tgco2') as ecs_tgco2,
        sum(value) filter (where measure = 'ecs_tgco2')
        / sum(value) filter (where measure = 'ce_tgco2') as absorbed_ratio

    from measures

    group by entity_level, year

),

ungrouped as (

    select count(*) as province_count

    from budgets

    where entity_level = 'province' and region_id is null

),

nation as (

    select * from budgets
    where entity_level = 'nation'

),

final as (

    select
        level_sums.entity_level,
        level_sums.year,
        level_sums.ecs_tgco2,
        nation.ecs_tgco2 as national_ecs_tgco2

    from level_sums

    inner join measure_sums
        on level_sums.entity_level = measure_sums.entity_level
        and level_sums.year = measure_sums.year

    inner join nation
        on level_sums.year = nation.year

    cross join ungrouped

    where level_sums.entity_level != 'nation'
        and level_sums.is_whole
        and (level_sums.entity_level != 'region' or ungrouped.province_count = 0)
        and (
            abs(level_sums.ecs_tgco2 - nation.ecs_tgco2)
            > {{ var('identity_tolerance_ratio') }} * level_sums.scale
            or level_sums.entity_level = 'province'
            and abs(level_sums.cnc_tgco2 - nation.cnc_tgco2)
            > {{ var('identity_tolerance_ratio') }} * abs(nation.cnc_tgco2)
            or abs(measure_sums.ecs_tgco2 - nation.ecs_tgco2)
            > {{ var('identity_tolerance_ratio') }} * level_sums.scale
            or level_sums.entity_level = 'province'
            and abs(measure_sums.absorbed_ratio - nation.absorbed_ratio)
            > {{ var('identity_tolerance_ratio') }} * abs(nation.absorbed_ratio)
        )

)

select * from final
