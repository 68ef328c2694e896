-- Answers of the network and of STIRPAT. Grain: one row per model, training, scenario, year.
-- Known years have their fit and no band; scenario is 'observed' for years that have happened.
with

samples as (

    select * from {{ ref('int_forecast_samples_listed') }}

),

asked as (

    select
        *,
        bp_forecast(
            bp_known,
            log_ces,
            bp_future,
            {{ var('bp_hidden') }}::integer[],
            {{ var('bp_seeds') }}::integer[]
        ) as bp,
        ols_forecast(stirpat_known, log_ces, stirpat_future) as stirpat

    from samples

),

models as (

    select
        'bp' as model,
        asked.training,
        asked.known_years,
        asked.future_keys,
        asked.bp.fitted,
        asked.bp.predicted,
        asked.bp.low,
        asked.bp.high

    from asked

    union all

    select
        'stirpat' as model,
        asked.training,
        asked.known_years,
        asked.future_keys,
        asked.stirpat.fitted,
        asked.stirpat.predicted,
        asked.stirpat.low,
        asked.stirpat.high

    from asked

),

known as (

    select
        model,
        training,
        unnest(known_years) as year,
        unnest(fitted) as log_ce

    from models

    where fitted is not null

),

future as (

    select
        model,
        training,
        unnest(future_keys) as future_key,
        unnest(predicted) as log_ce,
        unnest(low) as log_ce_low,
        unnest(high) as log_ce_high

    from models

    where predicted is not null

),

final as (

    select
        model,
        training,
        'observed' as scenario,
        year,
        true as is_known,
        exp(log_ce) as ce_tgco2,
        null::double as ce_low_tgco2,
        null::double as ce_high_tgco2

    from known

    union all

    select
        future.model,
        future.training,
        coalesce(future.future_key.scenario, 'observed') as scenario,
        future.future_key.year,
        false as is_known,
        exp(future.log_ce) as ce_tgco2,
        exp(future.log_ce_low) as ce_low_tgco2,
        exp(future.log_ce_high) as ce_high_tgco2

    from future

)

select * from final
