-- Drivers of an entity and year come from one source, so that nothing is projected twice.
-- Fails with one row per entity and year that has several.
with

drivers as (

    select * from {{ ref('stg_raw__drivers') }}

),

final as (

    select
        entity_level,
        entity_id,
        year,
        count(distinct source_id) as source_count

    from drivers

    group by entity_level, entity_id, year

    having count(distinct source_id) > 1

)

select * from final
