-- How well emissions are forecast, over rolling origins. Grain: one row per model, drivers,
-- horizon.
-- known: the forecast is told the drivers of the later years, and so has seen most of the answer;
-- extrapolated: it continues them by itself. Series models know no drivers and are the same in
-- both.
with

skills as (

    select * from {{ ref('int_forecast_skills_measured') }}

),

models as (

    select * from {{ ref('int_forecast_models_ranked') }}

),

final as (

    select
        skills.model,
        skills.drivers,
        skills.horizon,
        skills.origin_count,
        skills.first_origin_year,
        skills.last_origin_year,
        skills.mean_absolute_error_ratio,
        skills.mean_error_ratio,
        skills.max_relative_error_ratio,
        skills.share_within_5pct_ratio,
        skills.r2,
        skills.mase,
        skills.pinball_loss_ratio,
        skills.coverage_ratio,
        skills.coverage_origin_count,
        skills.forward_coverage_ratio,
        skills.forward_origin_count,
        skills.half_width_ratio,
        skills.dm_statistic,
        skills.dm_p_value,
        skills.preferred_dm_statistic,
        skills.preferred_dm_p_value,
        skills.seed_count,
        skills.dead_seed_ratio,
        skills.seed_low_error_ratio,
        skills.seed_median_error_ratio,
        skills.seed_high_error_ratio,
        models.model is not null as follows_drivers,
        coalesce(models.is_headline, false) as is_headline

    from skills

    left join models
        on skills.model = models.model

)

select * from final
