-- Which uncertain input makes the answer uncertain. Grain: one row per entity_level, entity_id,
-- indicator, component.
-- Of the nation, and of the cities of each verdict in their mean, every city counting the same.
with

indices as (

    select * from {{ ref('int_sobol_indices_estimated') }}

),

city_verdicts as (

    select * from {{ ref('fct_city_verdicts') }}

    where is_period_mean

),

placed as (

    select
        indices.indicator,
        indices.component,
        indices.first_order_ratio,
        indices.total_ratio,
        case
            when indices.entity_level = 'city' then 'city_class' else indices.entity_level
        end as entity_level,
        case
            when indices.entity_level = 'city' then coalesce(city_verdicts.verdict, 'no verdict')
            else indices.entity_id
        end as entity_id,
        indices.entity_id as place_id

    from indices

    left join city_verdicts
        on indices.entity_id = city_verdicts.city_id
        and indices.entity_level = 'city'

),

final as (

    select
        entity_level,
        entity_id,
        indicator,
        component,
        {{ exact_mean('first_order_ratio') }} as first_order_ratio,
        {{ exact_mean('total_ratio') }} as total_ratio,
        count(*) as place_count

    from placed

    group by entity_level, entity_id, indicator, component

)

select * from final
