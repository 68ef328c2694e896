-- Years of the historical collection. Grain: one row per year.
-- A spine, so that a gap is a row and not an absence.
with

collections as (

    select * from {{ ref('stg_raw__collections') }}

),

final as (

    select cast(unnest(generate_series(first_year, last_year)) as integer) as year

    from collections

    where collection = '{{ var("historical_collection") }}'

)

select * from final
