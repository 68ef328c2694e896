-- Models that follow the drivers, and which of them is the headline. Grain: model.
-- The preferred one, unless another has a smaller mean MASE with known drivers and is better by
-- Diebold-Mariano at most horizons; of several such the one with the smallest.
with

skills as (

    select * from {{ ref('int_forecast_skills_measured') }}

),

forecasts as (

    select * from {{ ref('int_forecasts_answered') }}

),

followers as (

    select distinct forecasts.model

    from forecasts

    where forecasts.model in ({{ quoted_list(var('scenario_models')) }})

),

measured as (

    select
        model,
        avg(mase) as mean_mase,
        count(*) as horizon_count,
        count_if(
            preferred_dm_statistic < 0
            and preferred_dm_p_value < {{ var('forecast_displacing_p') }}
        ) as better_horizon_count

    from skills

    where drivers = 'known'
        and coverage_ratio is not null

    group by model

),

joined as (

    select
        followers.model,
        measured.mean_mase,
        measured.horizon_count,
        measured.better_horizon_count,
        followers.model = '{{ var("forecast_preferred_model") }}' as is_preferred,
        coalesce(
            measured.better_horizon_count > measured.horizon_count / 2
            and measured.mean_mase < max(measured.mean_mase) filter (
                where followers.model = '{{ var("forecast_preferred_model") }}'
            ) over (),
            false
        ) as displaces_preferred

    from followers

    left join measured
        on followers.model = measured.model

),

final as (

    select
        model,
        mean_mase,
        horizon_count,
        better_horizon_count,
        is_preferred,
        displaces_preferred,
        row_number() over (
            order by displaces_preferred desc, is_preferred desc, mean_mase asc, model asc
        ) = 1 as is_headline

    from joined

)

select * from final
