-- Indicators of cities by period. Grain: one row per city_id, indicator, period.
-- Cities in the study; a period is a year, or first-last for the mean of the study years, which
-- is NULL unless every one of them is known.
with

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

city_indicators as (

    select * from indicators

    where entity_level = 'city'
        and in_study

),

final as (

    select
        entity_id as city_id,
        indicator,
        cast(year as varchar) as period,
        false as is_period_mean,
        value_tgco2

    from city_indicators

    union all

    select
        entity_id as city_id,
        indicator,
        min(year) || '-' || max(year) as period,
        true as is_period_mean,
        {{ complete_mean('value_tgco2') }} as value_tgco2

    from city_indicators

    group by entity_id, indicator

)

select * from final
