-- Sensitivity: what is lost if respiration is computed from the mean climate of a city?
-- Grain: one row per province in the study. Unit: Tg CO2 per year, mean of the study years.
-- Paper: computes on cells, but gives climate and results by city.
-- Where the paper is wrong: it does not say in which order it averages. Respiration is convex in
-- temperature and concave in rain, so that the mean of cities is too low where a city spans
-- mountains. Both sides here use the annual base of eq. 3, times twelve.
with

zonal_city_layers as (

    select * from {{ ref('stg_raw__zonal_city_layers') }}

),

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

city_climates as (

    select
        city_id,
        year,
        max(value_sum / nullif(valid_area_km2, 0)) filter (where layer = 'temperature_c')
            as temperature_c,
        max(value_sum / nullif(valid_area_km2, 0)) filter (where layer = 'precipitation_mm')
            as precipitation_mm

    from zonal_city_layers

    where collection = '{{ var("historical_collection") }}'
        and zonal_rule = 'fraction'
        and {{ is_study_year() }}

    group by city_id, year

),

city_years as (

    select
        cities.province_id,
        cities.province_name,
        zonal_city_years.year,
        {{ heterotrophic_respiration(
            'zonal_city_years.temperature_response_annual_climate_km2',
            'zonal_city_years.precipitation_response_annual_climate_km2',
            'annual_x12'
        ) }} as cell_rh_tc,
        {{ heterotrophic_respiration(
            'exp(' ~ var('rh_temperature_coefficient') ~ ' * city_climates.temperature_c)',
            'ln(' ~ var('rh_precipitation_coefficient') ~ ' * city_climates.precipitation_mm + 1)',
            'annual_x12'
        ) }} * zonal_city_years.climate_area_km2 as city_mean_rh_tc

    from zonal_city_years

    inner join city_climates
        on zonal_city_years.city_id = city_climates.city_id
        and zonal_city_years.year = city_climates.year

    inner join cities
        on zonal_city_years.city_id = cities.city_id

    where zonal_city_years.collection = '{{ var("historical_collection") }}'
        and zonal_city_years.zonal_rule = 'fraction'
        and cities.in_study

),

province_years as (

    select
        province_id,
        min(province_name) as province_name,
        year,
        sum({{ tc_to_tgco2('cell_rh_tc') }}) as cell_rh_tgco2,
        sum({{ tc_to_tgco2('city_mean_rh_tc') }}) as city_mean_rh_tgco2

    from city_years

    group by province_id, year

),

final as (

    select
        province_id,
        min(province_name) as province_name,
        avg(cell_rh_tgco2) as cell_rh_tgco2,
        avg(city_mean_rh_tgco2) as city_mean_rh_tgco2,
        avg(city_mean_rh_tgco2) / nullif(avg(cell_rh_tgco2), 0) - 1 as bias_ratio

    from province_years

    group by province_id

)

select * from final
order by bias_ratio
