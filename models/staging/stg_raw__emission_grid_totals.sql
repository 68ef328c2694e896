-- Mass of each grid of emissions, as a check. Grain: one row per collection, source_id, year.
with

source as (

    select * from {{ source('raw', 'emission_grid_totals') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(source_id as varchar) as source_id,
        cast(year as integer) as year,

        ---------- masses
        cast(zones_mass_tg as double) as zones_mass_tg,
        cast(outside_mass_tg as double) as outside_mass_tg,
        cast(grid_mass_tg as double) as grid_mass_tg

    from source

)

select * from final
