-- Skill of every model over all origins. Grain: model, drivers, horizon.
-- Bands of an origin are calibrated without it (coverage), or only by what had come true by then
-- (forward coverage, where at least nine origins had).
with

errors as (

    select * from {{ ref('int_forecast_errors_measured') }}

),

bands as (

    select * from {{ ref('int_forecast_bands_calibrated') }}

),

networks as (

    select * from {{ ref('int_forecast_networks_answered') }}

),

questions as (

    select * from {{ ref('int_forecast_questions_asked') }}

),

banded as (

    select
        errors.*,
        bands.half_width_log,
        errors.ce_tgco2 * exp(-bands.half_width_log) as ce_low_tgco2,
        errors.ce_tgco2 * exp(bands.half_width_log) as ce_high_tgco2

    from errors

    left join bands
        on errors.model = bands.model
        and errors.drivers = bands.drivers
        and errors.origin_year = bands.left_out_origin_year
        and errors.horizon = bands.horizon

),

earlier as (

    select
        later.model,
        later.drivers,
        later.horizon,
        later.origin_year,
        any_value(abs(later.log_error)) as score,
        list(abs(earlier.log_error)) as earlier_scores

    from errors as later

    inner join errors as earlier
        on later.model = earlier.model
        and later.drivers = earlier.drivers
        and later.horizon = earlier.horizon
        and later.origin_year >= earlier.year

    group by later.model, later.drivers, later.horizon, later.origin_year

),

forward as (

    select
        model,
        drivers,
        horizon,
        avg(cast(score <= quantile as integer)) as forward_coverage_ratio,
        count(quantile) as forward_origin_count

    from (
        select
            *,
            {{ conformal_quantile('earlier_scores', var('forecast_coverage_ratio')) }} as quantile

        from earlier
    ) as calibrated

    where quantile is not null

    group by model, drivers, horizon

),

compared as (

    select
        errors.model,
        errors.drivers,
        errors.horizon,
        diebold_mariano(
            list(abs(errors.log_error) order by errors.origin_year),
            list(abs(naive.log_error) order by errors.origin_year),
            errors.horizon
        ) as against_last_value,
        diebold_mariano(
            list(abs(errors.log_error) order by errors.origin_year),
            list(abs(preferred.log_error) order by errors.origin_year),
            errors.horizon
        ) as against_preferred

    from errors

    inner join errors as naive
        on errors.drivers = naive.drivers
        and errors.origin_year = naive.origin_year
        and errors.horizon = naive.horizon
        and naive.model = 'last_value'

    inner join errors as preferred
        on errors.drivers = preferred.drivers
        and errors.origin_year = preferred.origin_year
        and errors.horizon = preferred.horizon
        and preferred.model = '{{ var("forecast_preferred_model") }}'

    group by errors.model, errors.drivers, errors.horizon

),

seed_forecasts as (

    select
        networks.origin_year,
        networks.path as drivers,
        networks.year,
        networks.seed,
        bool_or(networks.is_dead) as is_dead,
        sum(networks.co2_intensity_t_tce * questions.energy_tce) / 1e6 as ce_tgco2

    from networks

    inner join questions
        on networks.entity_level = questions.entity_level
        and networks.entity_id = questions.entity_id
        and networks.origin_year = questions.origin_year
        and networks.path = questions.path
        and networks.year = questions.year

    group by networks.origin_year, networks.path, networks.year, networks.seed

),

seed_errors as (

    select
        seed_forecasts.drivers,
        errors.horizon,
        seed_forecasts.seed,
        avg(abs(seed_forecasts.ce_tgco2 / errors.actual_ce_tgco2 - 1)) filter (
            where not seed_forecasts.is_dead
        ) as error_ratio,
        avg(cast(seed_forecasts.is_dead as integer)) as dead_ratio

    from seed_forecasts

    inner join errors
        on seed_forecasts.drivers = errors.drivers
        and seed_forecasts.origin_year = errors.origin_year
        and seed_forecasts.year = errors.year
        and errors.model = 'bp_network'

    group by seed_forecasts.drivers, errors.horizon, seed_forecasts.seed

),

seeds as (

    select
        'bp_network' as model,
        drivers,
        horizon,
        count(*) as seed_count,
        avg(dead_ratio) as dead_seed_ratio,
        quantile_cont(error_ratio, 0.05) as seed_low_error_ratio,
        median(error_ratio) as seed_median_error_ratio,
        quantile_cont(error_ratio, 0.95) as seed_high_error_ratio

    from seed_errors

    group by drivers, horizon

),

scored as (

    select
        model,
        drivers,
        horizon,
        count(*) as origin_count,
        min(origin_year) as first_origin_year,
        max(origin_year) as last_origin_year,
        avg(abs(ce_tgco2 / actual_ce_tgco2 - 1)) as mean_absolute_error_ratio,
        max(abs(ce_tgco2 / actual_ce_tgco2 - 1)) as max_relative_error_ratio,
        avg(cast(abs(ce_tgco2 / actual_ce_tgco2 - 1) < 0.05 as integer))
            as share_within_5pct_ratio,
        avg(ce_tgco2 / actual_ce_tgco2 - 1) as mean_error_ratio,
        {{ r_squared('actual_ce_tgco2', 'ce_tgco2') }} as r2,
        avg(scaled_error) as mase,
        avg(
            (
                {{ pinball_loss('actual_ce_tgco2', 'ce_low_tgco2', 0.05) }}
                + {{ pinball_loss('actual_ce_tgco2', 'ce_tgco2', 0.5) }}
                + {{ pinball_loss('actual_ce_tgco2', 'ce_high_tgco2', 0.95) }}
            ) / 3 / actual_ce_tgco2
        ) as pinball_loss_ratio,
        avg(cast(abs(log_error) <= half_width_log as integer)) as coverage_ratio,
        count(half_width_log) as coverage_origin_count,
        avg(exp(half_width_log) - 1) as half_width_ratio

    from banded

    group by model, drivers, horizon

),

final as (

    select
        scored.*,
        forward.forward_coverage_ratio,
        coalesce(forward.forward_origin_count, 0) as forward_origin_count,
        compared.against_last_value.statistic as dm_statistic,
        compared.against_last_value.p_value as dm_p_value,
        compared.against_preferred.statistic as preferred_dm_statistic,
        compared.against_preferred.p_value as preferred_dm_p_value,
        seeds.seed_count,
        seeds.dead_seed_ratio,
        seeds.seed_low_error_ratio,
        seeds.seed_median_error_ratio,
        seeds.seed_high_error_ratio

    from scored

    left join forward
        on scored.model = forward.model
        and scored.drivers = forward.drivers
        and scored.horizon = forward.horizon

    left join compared
        on scored.model = compared.model
        and scored.drivers = compared.drivers
        and scored.horizon = compared.horizon

    left join seeds
        on scored.model = seeds.model
        and scored.drivers = seeds.drivers
        and scored.horizon = seeds.horizon

)

select * from final
