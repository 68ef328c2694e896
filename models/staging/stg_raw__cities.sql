-- Cities: the zones of the catalogue. Grain: one row per city_id.
with

source as (

    select * from {{ source('raw', 'cities') }}

),

final as (

    select
        ---------- ids
        cast(city_id as varchar) as city_id,
        cast(province_id as varchar) as province_id,

        ---------- names
        cast(city_name as varchar) as city_name,
        cast(city_name_zh as varchar) as city_name_zh,

        ---------- geometry
        cast(area_km2 as double) as area_km2,
        cast(grid_area_km2 as double) as grid_area_km2,
        cast(longitude as double) as longitude,
        cast(latitude as double) as latitude,
        cast(boundary_wkt as varchar) as boundary_wkt

    from source

)

select * from final
