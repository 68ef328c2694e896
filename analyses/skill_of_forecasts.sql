-- Skill: how far off are forecasts of emissions, and is any better than the last value?
-- Grain: one row per drivers, horizon and model, best first. Unit: 1.
-- Paper: relative errors within 10 %, 90 % of the years within 5 % (Fig. S2).
-- Where the paper is wrong: its test years are not said to be later ones, and a fit of 21 years by
-- 165 weights says nothing of the future. A forecast that is told the energy of the later years has
-- seen most of the answer; without, errors double.
with

forecast_skills as (

    select * from {{ ref('fct_forecast_skill') }}

),

final as (

    select
        drivers,
        horizon,
        model,
        is_headline,
        origin_count,
        mean_absolute_error_ratio,
        mase,
        pinball_loss_ratio,
        coverage_ratio,
        forward_coverage_ratio,
        dm_statistic,
        dm_p_value,
        preferred_dm_p_value,
        seed_count,
        seed_low_error_ratio,
        seed_high_error_ratio

    from forecast_skills

)

select * from final
order by drivers desc, horizon asc, mase asc
