-- How far national forecasts were off. Grain: model, drivers, origin_year, horizon.
-- log_error is ln(forecast / emissions). The scale of MASE is the mean change of a year up to the
-- origin: what the last value was off one year ahead.
with

forecasts as (

    select * from {{ ref('int_forecasts_answered') }}

),

place_years as (

    select * from {{ ref('int_forecast_places_chosen') }}

),

actuals as (

    select
        year,
        sum(ce_tgco2) as ce_tgco2

    from place_years

    group by year

),

changes as (

    select
        year,
        abs(ce_tgco2 - lag(ce_tgco2) over (order by year)) as change_tgco2

    from actuals

),

scales as (

    select
        year as origin_year,
        avg(change_tgco2) over (order by year) as scale_tgco2

    from changes

),

final as (

    select
        forecasts.model,
        forecasts.path as drivers,
        forecasts.origin_year,
        forecasts.horizon,
        forecasts.year,
        forecasts.ce_tgco2,
        actuals.ce_tgco2 as actual_ce_tgco2,
        ln(forecasts.ce_tgco2 / actuals.ce_tgco2) as log_error,
        abs(forecasts.ce_tgco2 - actuals.ce_tgco2) / nullif(scales.scale_tgco2, 0)
            as scaled_error

    from forecasts

    inner join actuals
        on forecasts.year = actuals.year

    inner join scales
        on forecasts.origin_year = scales.origin_year

    where forecasts.entity_level = 'nation'
        and forecasts.path in ('known', 'extrapolated')

)

select * from final
