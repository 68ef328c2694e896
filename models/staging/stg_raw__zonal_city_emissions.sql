-- Emissions of grids in each city. Grain: one row per collection, source_id, city_id, year.
-- In Tg of what the grid weighs, carbon or carbon dioxide; NULL where the grid has no data.
with

source as (

    select * from {{ source('raw', 'zonal_city_emissions') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(source_id as varchar) as source_id,
        cast(city_id as varchar) as city_id,
        cast(year as integer) as year,

        ---------- how they are declared
        cast(substance as varchar) as substance,
        cast(allocation as varchar) as allocation,
        cast(position as integer) as catalogue_position,

        ---------- emissions
        cast(mass_tg as double) as mass_tg,
        cast(shared_mass_tg as double) as shared_mass_tg,
        cast(known_ratio as double) as known_ratio,
        cast(cell_count as bigint) as cell_count

    from source

)

select * from final
