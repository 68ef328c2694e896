-- Cities with their province and economic region. Grain: one row per city_id.
-- A city without a province belongs to the nation as if that were its province.
with

cities as (

    select * from {{ ref('stg_raw__cities') }}

),

provinces as (

    select * from {{ ref('int_provinces_unioned') }}

),

final as (

    select
        cities.city_id,
        coalesce(cities.city_name, cities.city_id) as city_name,
        cities.city_name_zh,
        provinces.province_id,
        provinces.province_name,
        provinces.region_id,
        provinces.region_name,
        provinces.in_study,
        cities.area_km2,
        cities.grid_area_km2,
        cities.longitude,
        cities.latitude

    from cities

    inner join provinces
        on coalesce(cities.province_id, '{{ var("nation_id") }}') = provinces.province_id

)

select * from final
