-- Sinks of cities. Grain: one row per collection, city_id, year, rh_time_base, npp_gap_policy.
-- Every choice and every collection, in Tg CO2 per year.
with

respirations as (

    select * from {{ ref('int_city_respirations_computed') }}

),

weatherings as (

    select * from {{ ref('int_city_weatherings_computed') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

converted as (

    select
        respirations.collection,
        respirations.city_id,
        respirations.year,
        respirations.rh_time_base,
        respirations.npp_gap_policy,
        {{ tc_to_tgco2('respirations.npp_tc') }} as npp_tgco2,
        {{ tc_to_tgco2('respirations.rh_tc') }} as rh_tgco2,
        {{ tc_to_tgco2('weatherings.rcs_tc') }} as rcs_tgco2,
        {{ tc_to_tgco2('weatherings.rcs_low_tc') }} as rcs_low_tgco2,
        {{ tc_to_tgco2('weatherings.rcs_high_tc') }} as rcs_high_tgco2,
        respirations.npp_coverage_ratio,
        coalesce(
            {{ safe_ratio('weatherings.rcs_area_km2', 'cities.grid_area_km2') }}, 0
        ) as rcs_coverage_ratio

    from respirations

    inner join cities
        on respirations.city_id = cities.city_id

    left join weatherings
        on respirations.collection = weatherings.collection
        and respirations.city_id = weatherings.city_id
        and respirations.year = weatherings.year

),

final as (

    select
        *,
        {{ nep('npp_tgco2', 'rh_tgco2') }} as nep_tgco2,
        {{ ecs(nep('npp_tgco2', 'rh_tgco2'), 'rcs_tgco2') }} as ecs_tgco2

    from converted

)

select * from final
