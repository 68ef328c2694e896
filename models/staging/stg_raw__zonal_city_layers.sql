-- Coverage of each layer in each city. Grain: collection, city_id, year, zonal_rule, layer.
with

source as (

    select * from {{ source('raw', 'zonal_city_layers') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(city_id as varchar) as city_id,
        cast(year as integer) as year,
        cast(zonal_rule as varchar) as zonal_rule,
        cast(layer as varchar) as layer,

        ---------- terms
        cast(cell_count as bigint) as cell_count,
        cast(area_km2 as double) as area_km2,
        cast(valid_area_km2 as double) as valid_area_km2,
        cast(value_sum as double) as value_sum

    from source

)

select * from final
