-- Each annual term in the zones, outside and in all. Grain: one row per collection, year, measure.
with

source as (

    select * from {{ source('raw', 'grid_totals') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(year as integer) as year,
        cast(measure as varchar) as measure,

        ---------- sums
        cast(zones_sum as double) as zones_sum,
        cast(outside_sum as double) as outside_sum,
        cast(grid_sum as double) as grid_sum

    from source

)

select * from final
