-- What the sinks of a city are computed from: the climate and the sums over its cells that the
-- formulas take. Grain: one row per city_id, year.
with

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}
    where collection = '{{ var("historical_collection") }}'
        and zonal_rule = 'fraction'

),

zonal_city_layers as (

    select * from {{ ref('stg_raw__zonal_city_layers') }}
    where collection = '{{ var("historical_collection") }}'
        and zonal_rule = 'fraction'

),

layer_means as (

    select
        *,
        {{ safe_ratio('value_sum', 'valid_area_km2') }} as layer_mean

    from zonal_city_layers

),

climates as (

    select
        city_id,
        year,
        max(layer_mean) filter (where layer = 'temperature_c') as temperature_c,
        max(layer_mean) filter (where layer = 'precipitation_mm') as precipitation_mm,
        max(layer_mean) filter (where layer = 'evapotranspiration_mm') as evapotranspiration_mm

    from layer_means

    group by city_id, year

),

final as (

    select
        zonal_city_years.city_id,
        zonal_city_years.year,
        zonal_city_years.npp_source_id,
        zonal_city_years.cell_count,
        climates.temperature_c,
        climates.precipitation_mm,
        climates.evapotranspiration_mm,
        {{ safe_ratio('zonal_city_years.runoff_mm_km2', 'zonal_city_years.runoff_area_km2') }}
            as runoff_mm,
        zonal_city_years.climate_area_km2,
        zonal_city_years.npp_area_km2,
        zonal_city_years.joint_area_km2,
        zonal_city_years.runoff_area_km2,
        zonal_city_years.npp_joint_tc,
        zonal_city_years.temperature_response_monthly_joint_km2,
        zonal_city_years.precipitation_response_monthly_joint_km2,
        zonal_city_years.temperature_response_annual_joint_km2,
        zonal_city_years.precipitation_response_annual_joint_km2,
        zonal_city_years.temperature_response_monthly_climate_km2,
        zonal_city_years.precipitation_response_monthly_climate_km2,
        zonal_city_years.temperature_response_annual_climate_km2,
        zonal_city_years.precipitation_response_annual_climate_km2

    from zonal_city_years

    left join climates
        on zonal_city_years.city_id = climates.city_id
        and zonal_city_years.year = climates.year

)

select * from final
order by city_id, year
