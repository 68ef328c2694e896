-- Inequality among the cities of a province. Grain: one row per province_id, indicator, period.
-- Provinces in the study, over their cities with a value; NULL with the reason where fewer than
-- two have one.
with

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

samples as (

    select
        cities.province_id,
        min(cities.province_name) as province_name,
        city_periods.indicator,
        city_periods.period,
        bool_or(city_periods.is_period_mean) as is_period_mean,
        count(city_periods.value_tgco2) as city_count,
        count(*) - count(city_periods.value_tgco2) as missing_city_count,
        count(*) filter (where city_periods.value_tgco2 < 0) as negative_city_count,
        {{ list_in_order(
            'city_periods.value_tgco2', 'cities.city_id', 'city_periods.value_tgco2 is not null'
        ) }} as vals

    from city_periods

    inner join cities
        on city_periods.city_id = cities.city_id

    group by cities.province_id, city_periods.indicator, city_periods.period

),

measured as (

    select
        *,
        case when city_count > 1 then gini(vals) end as ginis

    from samples

),

final as (

    select
        province_id,
        province_name,
        indicator,
        period,
        is_period_mean,
        ginis['weighted'] as gini_weighted,
        ginis['eq16'] as gini_eq16,
        ginis['rsv'] as gini_rsv,
        ginis['deficit'] as gini_negative,
        ginis['surplus'] as gini_positive,
        city_count,
        missing_city_count,
        negative_city_count,
        {{ polarisation("ginis['weighted']") }} as polarisation,
        case when city_count < 2 then 'n=' || city_count end as null_reason

    from measured

)

select * from final
