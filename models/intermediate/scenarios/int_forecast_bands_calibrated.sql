-- Half widths of bands of forecasts. Grain: model, drivers, left_out_origin_year, horizon.
-- Split conformal: the quantile of absolute log errors of all origins but the one left out (-1
-- leaves out none), by horizon, never narrower than nearer ones. Beyond the longest horizon that
-- has enough origins it grows with the square root of the years ahead.
with

errors as (

    select * from {{ ref('int_forecast_errors_measured') }}

),

left_outs as (

    select distinct
        model,
        drivers,
        origin_year as left_out_origin_year

    from errors

    union all

    select distinct
        model,
        drivers,
        -1 as left_out_origin_year

    from errors

),

scores as (

    select
        left_outs.model,
        left_outs.drivers,
        left_outs.left_out_origin_year,
        errors.horizon,
        list(abs(errors.log_error)) as scores

    from left_outs

    inner join errors
        on left_outs.model = errors.model
        and left_outs.drivers = errors.drivers
        and left_outs.left_out_origin_year != errors.origin_year

    group by
        left_outs.model, left_outs.drivers, left_outs.left_out_origin_year, errors.horizon

),

quantiles as (

    select
        * exclude (scores),
        len(scores) as score_count,
        {{ conformal_quantile('scores', var('forecast_coverage_ratio')) }} as quantile

    from scores

),

widened as (

    select
        *,
        max(quantile) over (
            partition by model, drivers, left_out_origin_year order by horizon
        ) as half_width_log

    from quantiles

    where quantile is not null

),

longest as (

    select
        model,
        drivers,
        left_out_origin_year,
        max(horizon) as longest_horizon,
        max(half_width_log) as longest_half_width_log

    from widened

    group by model, drivers, left_out_origin_year

),

horizons as (

    select
        *,
        unnest(range(1, {{ var('scenario_last_year') }} - 1900)) as horizon

    from longest

),

final as (

    select
        horizons.model,
        horizons.drivers,
        horizons.left_out_origin_year,
        horizons.horizon,
        widened.score_count,
        case
            when horizons.horizon <= horizons.longest_horizon then widened.half_width_log
            else horizons.longest_half_width_log
                * sqrt(horizons.horizon / horizons.longest_horizon)
        end as half_width_log,
        horizons.horizon <= horizons.longest_horizon as is_tested

    from horizons

    left join widened
        on horizons.model = widened.model
        and horizons.drivers = widened.drivers
        and horizons.left_out_origin_year = widened.left_out_origin_year
        and horizons.horizon = widened.horizon

    where horizons.left_out_origin_year = -1
        or horizons.horizon <= horizons.longest_horizon

)

select * from final
