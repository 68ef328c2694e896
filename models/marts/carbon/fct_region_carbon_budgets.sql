-- Carbon budget of each economic region. Grain: one row per region_id, year.
-- The sum of its provinces in the study. CNC is NULL unless every one has CE and ECS.
with

entity_budgets as (

    select * from {{ ref('int_entity_budgets_stacked') }}

),

final as (

    select
        entity_id as region_id,
        entity_name as region_name,
        * exclude (
            entity_level,
            entity_id,
            entity_name,
            in_study,
            province_id,
            province_name,
            region_id,
            region_name
        )

    from entity_budgets

    where entity_level = 'region'

)

select * from final
