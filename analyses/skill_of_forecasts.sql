-- Skill: would a simpler forecast have done as well as the network?
-- Grain: one row per split and model, best first. Unit: 1.
-- Paper: relative errors within 10 %, 90 % of the years within 5 % (Fig. S2).
-- Where the paper is wrong: its test years are not said to be later ones, and a fit of 21 years by
-- 165 weights says nothing of the future. Held out, the last known value is hard to beat.
with

forecast_skills as (

    select * from {{ ref('fct_forecast_skill') }}

),

final as (

    select
        split,
        error_rank,
        model,
        first_year,
        last_year,
        r2,
        mean_relative_error_ratio,
        max_relative_error_ratio,
        share_within_5pct_ratio,
        is_worse_than_naive,
        seed_count,
        dead_seed_count,
        seed_median_error_ratio,
        seed_worst_error_ratio

    from forecast_skills

)

select * from final
order by split, error_rank
