-- Cells of the target grid. Grain: one row per cell_id.
with

source as (

    select * from {{ source('raw', 'cells') }}

),

final as (

    select
        ---------- ids
        cast(cell_id as bigint) as cell_id,
        cast(city_id as varchar) as city_id,

        ---------- position
        cast(row_index as integer) as row_index,
        cast(column_index as integer) as column_index,
        cast(longitude as double) as longitude,
        cast(latitude as double) as latitude,

        ---------- areas
        cast(area_km2 as double) as area_km2,
        cast(zones_ratio as double) as zones_ratio

    from source

)

select * from final
