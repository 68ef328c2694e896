-- Networks of the ensemble one by one. Grain: one row per training, seed.
-- How far each by itself is off in the years that it has not seen; dead networks are counted here.
with

samples as (

    select * from {{ ref('int_forecast_samples_listed') }}

),

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

asked as (

    select
        training,
        known_years,
        future_keys,
        unnest(
            bp_seeds(
                bp_known,
                log_ces,
                bp_future,
                {{ var('bp_hidden') }}::integer[],
                {{ var('bp_seeds') }}::integer[]
            )
        ) as network

    from samples

),

answers as (

    select
        asked.training,
        asked.network.seed,
        asked.network.is_dead,
        unnest(asked.known_years || list_transform(asked.future_keys, lambda k: k.year)) as year,
        unnest(
            list_transform(asked.known_years, lambda y: 'observed')
            || list_transform(asked.future_keys, lambda k: coalesce(k.scenario, 'observed'))
        ) as scenario,
        unnest(
            list_transform(asked.known_years, lambda y: true)
            || list_transform(asked.future_keys, lambda k: false)
        ) as is_known,
        exp(unnest(asked.network.fitted || asked.network.predicted)) as ce_tgco2

    from asked

),

final as (

    select
        answers.training,
        answers.seed,
        bool_and(answers.is_dead) as is_dead,
        avg(abs(answers.ce_tgco2 / drivers.ce_tgco2 - 1)) filter (where answers.is_known)
            as known_relative_error_ratio,
        avg(abs(answers.ce_tgco2 / drivers.ce_tgco2 - 1)) filter (where not answers.is_known)
            as unseen_relative_error_ratio

    from answers

    left join drivers
        on answers.year = drivers.year
        and answers.scenario = 'observed'
        and drivers.entity_level = 'nation'
        and drivers.entity_id = '{{ var("nation_id") }}'

    group by answers.training, answers.seed

)

select * from final
