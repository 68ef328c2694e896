-- Cities: names, province, economic region, area and centre. Grain: one row per city_id.
with

cities as (

    select * from {{ ref('int_cities_located') }}

),

final as (

    select
        city_id,
        city_name,
        city_name_zh,
        province_id,
        province_name,
        region_id,
        region_name,
        area_km2,
        grid_area_km2,
        longitude,
        latitude,
        in_study

    from cities

)

select * from final
