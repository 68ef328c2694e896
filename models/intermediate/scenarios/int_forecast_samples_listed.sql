-- What forecasts learn from and are asked for, as lists. Grain: origin_year.
-- Rows of a place are in the order of the years, so that its last is the anchor.
{#- A view: DuckDB 1.0 cannot read a stored table whose lists are all empty, as they are without
    drivers. It calls no Python function. -#}
{{ config(materialized='view') }}

with

place_years as (

    select * from {{ ref('int_forecast_places_chosen') }}

),

questions as (

    select * from {{ ref('int_forecast_questions_asked') }}

),

numbered as (

    select
        *,
        cast(dense_rank() over (order by entity_level, entity_id) as integer) as place

    from place_years

),

places as (

    select distinct
        entity_level,
        entity_id,
        place

    from numbered

),

changes as (

    select
        entity_level,
        entity_id,
        year,
        {{ stirpat_changes() }} as stirpat_change,
        ln(co2_intensity_t_tce / lag(co2_intensity_t_tce) over by_place) as intensity_change

    from place_years

    window by_place as (partition by entity_level, entity_id order by year)

),

origins as (

    select distinct origin_year
    from questions

),

learnt as (

    select
        origins.origin_year,
        list(numbered.place order by numbered.place, numbered.year) as known_places,
        list(ln(numbered.co2_intensity_t_tce) order by numbered.place, numbered.year)
            as log_intensities,
        list({{ bp_features('numbered') }} order by numbered.place, numbered.year) as bp_known,
        list(changes.stirpat_change order by numbered.place, numbered.year) filter (
            where changes.intensity_change is not null
        ) as stirpat_known,
        list(changes.intensity_change order by numbered.place, numbered.year) filter (
            where changes.intensity_change is not null
        ) as intensity_changes

    from origins

    inner join numbered
        on origins.origin_year >= numbered.year

    inner join changes
        on numbered.entity_level = changes.entity_level
        and numbered.entity_id = changes.entity_id
        and numbered.year = changes.year

    group by origins.origin_year

),

asked as (

    select
        questions.origin_year,
        list(
            struct_pack(
                entity_level := questions.entity_level,
                entity_id := questions.entity_id,
                path := questions.path,
                year := questions.year
            )
            order by questions.path, places.place, questions.year
        ) as question_keys,
        list(places.place order by questions.path, places.place, questions.year) as asked_places,
        list(
            {{ bp_features('questions') }} order by questions.path, places.place, questions.year
        ) as bp_asked,
        list(
            [
                ln(questions.population_persons / questions.base_population_persons),
                ln(
                    questions.gdp_lcu / questions.population_persons
                    / (questions.base_gdp_lcu / questions.base_population_persons)
                ),
                ln(
                    questions.energy_tce / questions.gdp_lcu
                    / (questions.base_energy_tce / questions.base_gdp_lcu)
                ),
            ]
            order by questions.path, places.place, questions.year
        ) as stirpat_asked

    from questions

    inner join places
        on questions.entity_level = places.entity_level
        and questions.entity_id = places.entity_id

    group by questions.origin_year

),

final as (

    select
        learnt.*,
        asked.question_keys,
        asked.asked_places,
        asked.bp_asked,
        asked.stirpat_asked

    from learnt

    inner join asked
        on learnt.origin_year = asked.origin_year

)

select * from final
