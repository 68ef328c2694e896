-- Sinks of the nation in every scenario. Grain: one row per collection, year.
-- Cities of the provinces in the study, under the headline choices.
with

city_sinks as (

    select * from {{ ref('int_city_sinks_computed') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

final as (

    select
        city_sinks.collection,
        city_sinks.year,
        sum(city_sinks.npp_tgco2) as npp_tgco2,
        sum(city_sinks.rh_tgco2) as rh_tgco2,
        sum({{ nep('city_sinks.npp_tgco2', 'city_sinks.rh_tgco2') }}) as nep_tgco2,
        sum(city_sinks.rcs_tgco2) as rcs_tgco2,
        {{ safe_ratio(
            'sum(city_sinks.npp_coverage_ratio * cities.area_km2)', 'sum(cities.area_km2)'
        ) }} as npp_coverage_ratio

    from city_sinks

    inner join cities
        on city_sinks.city_id = cities.city_id

    where cities.in_study
        and {{ is_headline('city_sinks.rh_time_base', 'city_sinks.npp_gap_policy') }}

    group by city_sinks.collection, city_sinks.year

)

select * from final
