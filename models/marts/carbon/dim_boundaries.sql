-- Boundaries of cities and provinces. Grain: one row per entity_level, entity_id.
-- That of a city is as it was ingested, that of a province its cities made one.
with

cities as (

    select * from {{ ref('stg_raw__cities') }}
    where boundary_wkt is not null

),

places as (

    select * from {{ ref('dim_cities') }}

),

provinces as (

    select
        places.province_id,
        boundary_union(list(cities.boundary_wkt order by cities.city_id)) as boundary_wkt

    from cities

    inner join places
        on cities.city_id = places.city_id

    where places.province_id is not null

    group by places.province_id

),

final as (

    select
        'city' as entity_level,
        city_id as entity_id,
        boundary_wkt

    from cities

    union all

    select
        'province' as entity_level,
        province_id as entity_id,
        boundary_wkt

    from provinces

)

select * from final
order by entity_level, entity_id
