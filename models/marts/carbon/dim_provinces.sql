-- Provinces: names, economic region, area and number of cities. Grain: one row per province_id.
with

provinces as (

    select * from {{ ref('int_provinces_unioned') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

city_counts as (

    select
        province_id,
        sum(area_km2) as area_km2,
        count(*) as city_count

    from cities

    group by province_id

),

final as (

    select
        provinces.province_id,
        provinces.province_name,
        provinces.province_name_zh,
        provinces.region_id,
        provinces.region_name,
        city_counts.area_km2,
        coalesce(city_counts.city_count, 0) as city_count,
        provinces.in_study

    from provinces

    left join city_counts
        on provinces.province_id = city_counts.province_id

)

select * from final
