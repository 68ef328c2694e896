-- Networks one by one. Grain: entity_level, entity_id, origin_year, path, year, seed.
-- Each learns ln(CE / energy) of all places up to the origin and is anchored at the last of each.
with

samples as (

    select * from {{ ref('int_forecast_samples_listed') }}

),

answered as (

    select
        origin_year,
        question_keys,
        bp_anchored_forecast(
            bp_known,
            log_intensities,
            bp_asked,
            known_places,
            asked_places,
            {{ var('bp_hidden') }}::integer[],
            {{ var('bp_seeds') }}::integer[],
            {{ var('bp_penalties') }}::double[],
            {{ var('bp_clip_ratio') }}
        ) as network

    from samples

),

seeded as (

    select
        answered.origin_year,
        answered.question_keys,
        answered.network.extrapolation,
        answered.network.penalty,
        unnest({{ var('bp_seeds') }}) as seed,
        unnest(answered.network.is_dead) as is_dead,
        unnest(answered.network.by_seed) as log_intensities

    from answered

    where answered.network is not null

),

unnested as (

    select
        origin_year,
        seed,
        is_dead,
        penalty,
        unnest(question_keys) as question_key,
        unnest(log_intensities) as log_intensity,
        unnest(extrapolation) as extrapolation_ratio

    from seeded

),

final as (

    select
        unnested.question_key.entity_level,
        unnested.question_key.entity_id,
        unnested.origin_year,
        unnested.question_key.path,
        unnested.question_key.year,
        cast(unnested.seed as integer) as seed,
        unnested.is_dead,
        unnested.penalty,
        exp(unnested.log_intensity) as co2_intensity_t_tce,
        unnested.extrapolation_ratio

    from unnested

)

select * from final
