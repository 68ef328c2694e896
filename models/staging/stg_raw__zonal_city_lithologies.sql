-- Rock types of cities. Grain: collection, city_id, year, zonal_rule, lithology_code.
with

source as (

    select * from {{ source('raw', 'zonal_city_lithology') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(city_id as varchar) as city_id,
        cast(year as integer) as year,
        cast(zonal_rule as varchar) as zonal_rule,
        cast(lithology_code as integer) as lithology_code,

        ---------- terms
        cast(area_km2 as double) as area_km2,
        cast(runoff_mm_km2 as double) as runoff_mm_km2

    from source

)

select * from final
