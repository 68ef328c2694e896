-- The weathering sink of a city by rock type, with the runoff and the coefficient it follows from.
-- Grain: one row per city_id, year, lithology_code. Rock types without a coefficient have no row.
with

zonal_city_lithologies as (

    select * from {{ ref('stg_raw__zonal_city_lithologies') }}
    where collection = '{{ var("historical_collection") }}'
        and zonal_rule = 'fraction'
        and area_km2 > 0

),

lithology_classes as (

    select * from {{ ref('ref_lithology_classes') }}
    where a_mmolco2_l is not null

),

final as (

    select
        zonal_city_lithologies.city_id,
        zonal_city_lithologies.year,
        zonal_city_lithologies.lithology_code,
        lithology_classes.lithology_name,
        zonal_city_lithologies.area_km2,
        zonal_city_lithologies.runoff_mm_km2,
        lithology_classes.a_mmolco2_l,
        {{ tc_to_tgco2(rock_weathering(
            'lithology_classes.a_mmolco2_l', 'zonal_city_lithologies.runoff_mm_km2'
        )) }} as rcs_tgco2

    from zonal_city_lithologies

    inner join lithology_classes
        on zonal_city_lithologies.lithology_code = lithology_classes.lithology_code

)

select * from final
order by city_id, lithology_code, year
