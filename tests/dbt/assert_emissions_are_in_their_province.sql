-- A unit's city lies in the province that the emissions table names (a warning: the city wins).
-- Fails with one row per unit_id, province_id, city_province_id.
{{ config(severity='warn') }}
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

final as (

    select distinct
        emissions.unit_id,
        emissions.province_id,
        cities.province_id as city_province_id

    from emissions

    inner join cities
        on emissions.city_id = cities.city_id

    where emissions.province_id != cities.province_id

)

select * from final
