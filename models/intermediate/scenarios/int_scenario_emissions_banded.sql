-- National emissions of every scenario with their bands. Grain: scenario, model, year.
-- The conformal band of the model with known drivers and the 5-95 % range of drawn growth rates, in
-- logarithms, by quadrature. The peak is searched in every draw.
with

forecasts as (

    select * from {{ ref('int_forecasts_answered') }}

),

bands as (

    select * from {{ ref('int_forecast_bands_calibrated') }}

),

draws as (

    select * from {{ ref('int_scenario_multiples_drawn') }}

),

ranges as (

    select
        scenario,
        year,
        ln(quantile_cont(ce_multiple, 0.05)) as range_low_log,
        ln(quantile_cont(ce_multiple, 0.95)) as range_high_log

    from draws

    group by scenario, year

),

paths as (

    select
        path as scenario,
        model,
        year,
        origin_year as base_year,
        horizon,
        ce_tgco2,
        energy_tce,
        extrapolation_ratio

    from forecasts

    where entity_level = 'nation'
        and path not in ('known', 'extrapolated')
        and model in ({{ quoted_list(var('scenario_models')) }})

),

numbers as (

    select unnest(range(1, {{ var('scenario_draws') }} + 1)) as draw

),

drawn_paths as (

    select
        paths.scenario,
        paths.model,
        paths.year,
        numbers.draw,
        paths.ce_tgco2 * coalesce(draws.ce_multiple, 1) as ce_tgco2

    from paths

    cross join numbers

    left join draws
        on paths.scenario = draws.scenario
        and paths.year = draws.year
        and numbers.draw = draws.draw

),

peaks as (

    select
        scenario,
        model,
        draw,
        max_by(year, ce_tgco2) as peak_year

    from drawn_paths

    group by scenario, model, draw

),

peak_ranges as (

    select
        scenario,
        model,
        quantile_disc(peak_year, 0.05) as ce_peak_low_year,
        quantile_disc(peak_year, 0.95) as ce_peak_high_year

    from peaks

    group by scenario, model

),

final as (

    select
        paths.scenario,
        paths.model,
        paths.year,
        paths.base_year,
        paths.ce_tgco2,
        paths.ce_tgco2 * exp(
            -sqrt(pow(bands.half_width_log, 2) + pow(coalesce(ranges.range_low_log, 0), 2))
        ) as ce_low_tgco2,
        paths.ce_tgco2 * exp(
            sqrt(pow(bands.half_width_log, 2) + pow(coalesce(ranges.range_high_log, 0), 2))
        ) as ce_high_tgco2,
        exp(bands.half_width_log) - 1 as model_half_width_ratio,
        exp(ranges.range_low_log) - 1 as drivers_low_ratio,
        exp(ranges.range_high_log) - 1 as drivers_high_ratio,
        bands.is_tested as is_tested_horizon,
        1e6 * paths.ce_tgco2 / paths.energy_tce as co2_intensity_t_tce,
        paths.extrapolation_ratio,
        max_by(paths.year, paths.ce_tgco2) over (partition by paths.scenario, paths.model)
            as ce_peak_year,
        peak_ranges.ce_peak_low_year,
        peak_ranges.ce_peak_high_year

    from paths

    left join bands
        on paths.model = bands.model
        and bands.drivers = 'known'
        and bands.left_out_origin_year = -1
        and paths.horizon = bands.horizon

    left join ranges
        on paths.scenario = ranges.scenario
        and paths.year = ranges.year

    left join peak_ranges
        on paths.scenario = peak_ranges.scenario
        and paths.model = peak_ranges.model

)

select * from final
