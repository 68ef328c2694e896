-- A city matched by its code has the Chinese name of its zone (a warning: codes get new owners).
-- Fails with one row per supplied_city_id, city_id whose names differ.
{{ config(severity='warn') }}
with

places as (

    select * from {{ ref('int_emission_places_matched') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

final as (

    select distinct
        places.supplied_city_id,
        places.supplied_city_name,
        cities.city_id,
        cities.city_name_zh

    from places

    inner join cities
        on places.city_id = cities.city_id

    where places.city_match = 'code'
        and {{ city_key('places.supplied_city_name') }} != {{ city_key('cities.city_name_zh') }}

)

select * from final
