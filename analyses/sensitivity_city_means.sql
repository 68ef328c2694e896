-- Sensitivity: what is lost if respiration is computed from the mean climate of a city?
-- Grain: one row per province in the study. Unit: Tg CO2 per year, mean of the study years.
-- Paper: computes on cells, but gives climate and results by city.
-- Where the paper is wrong: it does not say in which order it averages. Respiration is convex in
-- temperature and concave in rain, so that the mean of cities is too low where a city spans
-- mountains. Both sides here use the annual base of eq. 3, times twelve.
with

terms as (

    select * from {{ ref('fct_city_terms') }}
    where {{ is_study_year() }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

city_years as (

    select
        cities.province_id,
        cities.province_name,
        terms.year,
        {{ heterotrophic_respiration(
            'terms.temperature_response_annual_climate_km2',
            'terms.precipitation_response_annual_climate_km2',
            'annual_x12'
        ) }} as cell_rh_tc,
        {{ heterotrophic_respiration(
            'exp(' ~ var('rh_temperature_coefficient') ~ ' * terms.temperature_c)',
            'ln(' ~ var('rh_precipitation_coefficient') ~ ' * terms.precipitation_mm + 1)',
            'annual_x12'
        ) }} * terms.climate_area_km2 as city_mean_rh_tc

    from terms

    inner join cities
        on terms.city_id = cities.city_id

    where cities.in_study

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
