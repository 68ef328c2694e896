-- How well emissions are forecast, beside naive models. Grain: one row per model, split.
-- in_sample: the years that were learnt. holdout: the years from var holdout_first_year on, which
-- no model has seen; the network and STIRPAT know their drivers, the naive models do not.
with

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

forecasts as (

    select * from {{ ref('int_forecasts_answered') }}

),

networks as (

    select * from {{ ref('int_forecast_networks_answered') }}

),

actuals as (

    select
        year,
        ce_tgco2

    from drivers

    where entity_level = 'nation'
        and entity_id = '{{ var("nation_id") }}'
        and ce_tgco2 > 0

),

learnt_years as (

    select
        'in_sample' as split,
        *

    from actuals

    union all

    select
        'holdout' as split,
        *

    from actuals

    where year < {{ var('holdout_first_year') }}

),

learnt as (

    select
        split,
        max(year) as last_year,
        max_by(ce_tgco2, year) as last_ce_tgco2,
        {{ safe_ratio(
            'max_by(ce_tgco2, year) - min_by(ce_tgco2, year)', 'max(year) - min(year)'
        ) }} as drift_tgco2_yr

    from learnt_years

    group by split

),

-- One step ahead within the sample; from the last learnt year on in the years held out.
naive_in_sample as (

    select
        'in_sample' as split,
        actuals.year,
        lag(actuals.ce_tgco2) over (order by actuals.year) as last_value_tgco2,
        lag(actuals.ce_tgco2) over (order by actuals.year) + learnt.drift_tgco2_yr
            as linear_drift_tgco2

    from actuals

    inner join learnt
        on learnt.split = 'in_sample'

),

naive_holdout as (

    select
        'holdout' as split,
        actuals.year,
        learnt.last_ce_tgco2 as last_value_tgco2,
        learnt.last_ce_tgco2 + learnt.drift_tgco2_yr * (actuals.year - learnt.last_year)
            as linear_drift_tgco2

    from actuals

    inner join learnt
        on learnt.split = 'holdout'

    where actuals.year >= {{ var('holdout_first_year') }}

),

naive as (

    select * from naive_in_sample

    union all

    select * from naive_holdout

),

predictions as (

    select
        'last_value' as model,
        split,
        year,
        last_value_tgco2 as ce_tgco2

    from naive

    union all

    select
        'linear_drift' as model,
        split,
        year,
        linear_drift_tgco2 as ce_tgco2

    from naive

    union all

    select
        model,
        case when training = 'full' then 'in_sample' else 'holdout' end as split,
        year,
        ce_tgco2

    from forecasts

    where scenario = 'observed'
        and is_known = (training = 'full')

),

scored as (

    select
        predictions.model,
        predictions.split,
        min(predictions.year) as first_year,
        max(predictions.year) as last_year,
        count(*) as year_count,
        {{ r_squared('actuals.ce_tgco2', 'predictions.ce_tgco2') }} as r2,
        avg(abs(predictions.ce_tgco2 / actuals.ce_tgco2 - 1)) as mean_relative_error_ratio,
        max(abs(predictions.ce_tgco2 / actuals.ce_tgco2 - 1)) as max_relative_error_ratio,
        avg(
            cast(abs(predictions.ce_tgco2 / actuals.ce_tgco2 - 1) < 0.05 as integer)
        ) as share_within_5pct_ratio

    from predictions

    inner join actuals
        on predictions.year = actuals.year

    where predictions.ce_tgco2 is not null

    group by predictions.model, predictions.split

),

ensembles as (

    select
        case when training = 'full' then 'in_sample' else 'holdout' end as split,
        count(*) as seed_count,
        count(*) filter (where is_dead) as dead_seed_count,
        median(
            case
                when training = 'full' then known_relative_error_ratio
                else unseen_relative_error_ratio
            end
        ) as seed_median_error_ratio,
        max(
            case
                when training = 'full' then known_relative_error_ratio
                else unseen_relative_error_ratio
            end
        ) as seed_worst_error_ratio

    from networks

    group by training

),

final as (

    select
        scored.model,
        scored.split,
        scored.first_year,
        scored.last_year,
        scored.year_count,
        scored.r2,
        scored.mean_relative_error_ratio,
        scored.max_relative_error_ratio,
        scored.share_within_5pct_ratio,
        rank() over (
            partition by scored.split order by scored.mean_relative_error_ratio
        ) as error_rank,
        scored.mean_relative_error_ratio > min(scored.mean_relative_error_ratio) filter (
            where scored.model in ('last_value', 'linear_drift')
        ) over (partition by scored.split) as is_worse_than_naive,
        ensembles.seed_count,
        ensembles.dead_seed_count,
        ensembles.seed_median_error_ratio,
        ensembles.seed_worst_error_ratio

    from scored

    left join ensembles
        on scored.split = ensembles.split
        and scored.model = 'bp'

)

select * from final
