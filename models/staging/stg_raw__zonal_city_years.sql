-- Annual terms summed over cities. Grain: one row per collection, city_id, year, zonal_rule.
with

source as (

    select * from {{ source('raw', 'zonal_city_year') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(city_id as varchar) as city_id,
        cast(year as integer) as year,
        cast(zonal_rule as varchar) as zonal_rule,
        cast(npp_source as varchar) as npp_source_id,

        ---------- coverage
        cast(cell_count as bigint) as cell_count,
        cast(area_km2 as double) as area_km2,
        cast(climate_area_km2 as double) as climate_area_km2,
        cast(npp_area_km2 as double) as npp_area_km2,
        cast(joint_area_km2 as double) as joint_area_km2,
        cast(runoff_area_km2 as double) as runoff_area_km2,

        ---------- terms
        cast(npp_joint_tc as double) as npp_joint_tc,
        cast(temperature_response_monthly_joint_km2 as double)
            as temperature_response_monthly_joint_km2,
        cast(precipitation_response_monthly_joint_km2 as double)
            as precipitation_response_monthly_joint_km2,
        cast(temperature_response_annual_joint_km2 as double)
            as temperature_response_annual_joint_km2,
        cast(precipitation_response_annual_joint_km2 as double)
            as precipitation_response_annual_joint_km2,
        cast(temperature_response_monthly_climate_km2 as double)
            as temperature_response_monthly_climate_km2,
        cast(precipitation_response_monthly_climate_km2 as double)
            as precipitation_response_monthly_climate_km2,
        cast(temperature_response_annual_climate_km2 as double)
            as temperature_response_annual_climate_km2,
        cast(precipitation_response_annual_climate_km2 as double)
            as precipitation_response_annual_climate_km2,
        cast(runoff_mm_km2 as double) as runoff_mm_km2

    from source

)

select * from final
