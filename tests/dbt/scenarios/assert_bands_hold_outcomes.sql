-- Bands of forecasts hold about as many outcomes as they promise, over all horizons together, an
-- origin held out of the errors that make its own band.
-- Warns with one row per model and drivers that is off by more than 0.05 where 40 outcomes or more
-- were tested: fewer cannot tell.
{{ config(severity='warn') }}

with

forecast_skills as (

    select * from {{ ref('fct_forecast_skill') }}

),

final as (

    select
        model,
        drivers,
        sum(coverage_ratio * coverage_origin_count) / sum(coverage_origin_count)
            as coverage_ratio

    from forecast_skills

    where coverage_origin_count > 0

    group by model, drivers

    having sum(coverage_origin_count) >= 40
        and abs(
            sum(coverage_ratio * coverage_origin_count) / sum(coverage_origin_count)
            - {{ var('forecast_coverage_ratio') }}
        ) > 0.05

)

select * from final
