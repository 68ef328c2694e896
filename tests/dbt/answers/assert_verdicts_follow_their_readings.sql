-- A verdict follows from the probabilities of its readings, an interval holds its parts, and every
-- city in the study has a row for each period.
-- Fails with one row per verdict that does not, and one if rows are missing.
with

city_verdicts as (

    select * from {{ ref('fct_city_verdicts') }}

),

entity_verdicts as (

    select * from {{ ref('fct_entity_verdicts') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

verdicts as (

    select
        'city' as entity_level,
        city_id as entity_id,
        * exclude (city_id)

    from city_verdicts

    union all by name

    select * from entity_verdicts

),

wrong as (

    select
        entity_level,
        entity_id,
        period

    from verdicts

    where (verdict = 'robust surplus') != (
            lowest_surplus_probability >= {{ var('verdict_robust_probability') }}
            and verdict_null_reason is null
        )
        or (verdict = 'robust deficit') != (
            highest_surplus_probability <= 1 - {{ var('verdict_robust_probability') }}
            and verdict_null_reason is null
        )
        or (verdict is null) != (verdict_null_reason is not null)
        or not cnc_tgco2 between cnc_low_tgco2 and cnc_high_tgco2
        or not error_low_tgco2 between cnc_low_tgco2 and error_high_tgco2
        or not reading_high_tgco2 between reading_low_tgco2 and cnc_high_tgco2
        or surplus_reading_count > reading_count

),

city_counts as (

    select count(*) filter (where in_study) as city_count
    from cities

),

counts as (

    select
        'city' as entity_level,
        'all' as entity_id,
        'all' as period

    from city_verdicts

    cross join city_counts

    having count(*) != any_value(city_counts.city_count)
        * ({{ study_last_year() }} - {{ study_first_year() }} + 2)

),

final as (

    select * from wrong

    union all

    select * from counts

)

select * from final
