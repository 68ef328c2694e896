-- Which spatial samples share a network. Grain: one row per indicator, period.
-- Samples that lack the same cities have the same places and edges: they are made once for all.
with

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

    where indicator in ({{ text_list(var('spatial_indicators')) }})

),

samples as (

    select
        indicator,
        period,
        bool_or(is_period_mean) as is_period_mean,
        count(*) as study_city_count,
        count(*) - count(value_tgco2) as missing_city_count,
        coalesce(
            list_sort(list(city_id) filter (where value_tgco2 is null)), []
        ) as missing_city_ids

    from city_periods

    group by indicator, period

),

final as (

    select
        indicator,
        period,
        is_period_mean,
        cast(dense_rank() over (order by missing_city_ids) as integer) as network_id,
        study_city_count,
        missing_city_count

    from samples

)

select * from final
