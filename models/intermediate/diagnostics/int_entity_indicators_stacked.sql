-- Indicators of all entities. Grain: one row per entity_level, entity_id, indicator, year.
-- Study years of the nation, its regions, provinces and cities, with NULL where unknown.
with

entity_budgets as (

    select * from {{ ref('int_entity_budgets_stacked') }}

),

final as (

    select
        entity_level,
        entity_id,
        entity_name,
        in_study,
        year,
        {{ unnest_indicators() }}

    from entity_budgets

    where {{ is_study_year() }}

)

select * from final
