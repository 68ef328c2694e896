-- Whether a city is carbon neutral, and how sure that is. Grain: one row per city_id, period.
-- Cities in the study; a period is a year, or the mean of the study years, which alone is ranked.
with

readings as (

    select * from {{ ref('int_city_readings_judged') }}

),

terms as (

    select * from {{ ref('int_city_periods_termed') }}

),

ranks as (

    select * from {{ ref('int_city_ranks_drawn') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

summed as (

    select
        city_id,
        period,
        is_period_mean,
        {{ summed_readings() }}

    from readings

    group by city_id, period, is_period_mean

),

final as (

    select
        summed.city_id,
        cities.city_name,
        cities.province_id,
        cities.province_name,
        cities.region_id,
        cities.region_name,
        summed.period,
        summed.is_period_mean,
        {{ verdict_columns('summed', 'terms.npp_coverage_ratio') }},
        case
            when ranks.cnc_rank_low is not null
                then rank() over (partition by summed.period order by summed.cnc_tgco2 desc)
        end as cnc_rank,
        ranks.cnc_rank_low,
        ranks.cnc_rank_high,
        ranks.top_ten_probability,
        {{ indicator_grade("'CNC'") }} as input_grade,
        {{ indicator_calibration("'CNC'") }} as calibrated_to

    from summed

    inner join terms
        on summed.city_id = terms.city_id
        and summed.period = terms.period

    inner join cities
        on summed.city_id = cities.city_id

    left join ranks
        on summed.city_id = ranks.city_id
        and summed.period = ranks.period

)

select * from final
