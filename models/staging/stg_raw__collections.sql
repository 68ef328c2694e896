-- Collections of rasters and the years they span. Grain: one row per collection.
with

source as (

    select * from {{ source('raw', 'collections') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,

        ---------- years
        cast(first_year as integer) as first_year,
        cast(last_year as integer) as last_year

    from source

)

select * from final
