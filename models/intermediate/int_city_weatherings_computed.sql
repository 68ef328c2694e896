-- Rock weathering of cities by eq. 4. Grain: one row per collection, city_id, year.
-- t C per year, with low and high coefficients. Rock types without a coefficient are left out
-- of the sum and of the area; a city of which nothing is known has NULL.
with

zonal_city_lithologies as (

    select * from {{ ref('stg_raw__zonal_city_lithologies') }}

),

lithology_classes as (

    select * from {{ ref('ref_lithology_classes') }}

),

final as (

    select
        zonal_city_lithologies.collection,
        zonal_city_lithologies.city_id,
        zonal_city_lithologies.year,
        sum(
            {{ rock_weathering(
                'lithology_classes.a_mmolco2_l', 'zonal_city_lithologies.runoff_mm_km2'
            ) }}
        ) as rcs_tc,
        sum(
            {{ rock_weathering(
                'lithology_classes.a_low_mmolco2_l', 'zonal_city_lithologies.runoff_mm_km2'
            ) }}
        ) as rcs_low_tc,
        sum(
            {{ rock_weathering(
                'lithology_classes.a_high_mmolco2_l', 'zonal_city_lithologies.runoff_mm_km2'
            ) }}
        ) as rcs_high_tc,
        sum(zonal_city_lithologies.area_km2) as rcs_area_km2

    from zonal_city_lithologies

    inner join lithology_classes
        on zonal_city_lithologies.lithology_code = lithology_classes.lithology_code
        and lithology_classes.a_mmolco2_l is not null

    where zonal_city_lithologies.zonal_rule = 'fraction'
        and zonal_city_lithologies.area_km2 > 0

    group by
        zonal_city_lithologies.collection,
        zonal_city_lithologies.city_id,
        zonal_city_lithologies.year

)

select * from final
