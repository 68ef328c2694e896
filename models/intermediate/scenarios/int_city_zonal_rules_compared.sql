-- Sinks of a city by the two zonal rules. Grain: one row per city_id, rh_time_base, npp_gap_policy.
-- Mean difference over the study years, centre rule less fractions: what the grid cannot resolve.
with

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

),

zonal_city_lithologies as (

    select * from {{ ref('stg_raw__zonal_city_lithologies') }}

),

lithology_classes as (

    select * from {{ ref('ref_lithology_classes') }}

),

studied as (

    select *

    from zonal_city_years

    where collection = '{{ var("historical_collection") }}'
        and {{ is_study_year() }}

),

fraction_rule as (

    select * from studied
    where zonal_rule = 'fraction'

),

centre_rule as (

    select * from studied
    where zonal_rule = 'centre'

),

by_fraction as (

    {{ respiration_choice('fraction_rule', 'monthly', 'valid') }}

    union all

    {{ respiration_choice('fraction_rule', 'monthly', 'barren_as_zero') }}

    union all

    {{ respiration_choice('fraction_rule', 'annual_x12', 'valid') }}

    union all

    {{ respiration_choice('fraction_rule', 'annual_x12', 'barren_as_zero') }}

),

by_centre as (

    {{ respiration_choice('centre_rule', 'monthly', 'valid') }}

    union all

    {{ respiration_choice('centre_rule', 'monthly', 'barren_as_zero') }}

    union all

    {{ respiration_choice('centre_rule', 'annual_x12', 'valid') }}

    union all

    {{ respiration_choice('centre_rule', 'annual_x12', 'barren_as_zero') }}

),

nep_differences as (

    select
        by_fraction.city_id,
        by_fraction.rh_time_base,
        by_fraction.npp_gap_policy,
        avg(
            {{ nep('coalesce(by_centre.npp_tc, 0)', 'coalesce(by_centre.rh_tc, 0)') }}
            - {{ nep('by_fraction.npp_tc', 'by_fraction.rh_tc') }}
        ) as nep_difference_tc

    from by_fraction

    left join by_centre
        on by_fraction.city_id = by_centre.city_id
        and by_fraction.year = by_centre.year
        and by_fraction.rh_time_base = by_centre.rh_time_base
        and by_fraction.npp_gap_policy = by_centre.npp_gap_policy

    where by_fraction.respiring_area_km2 > 0

    group by by_fraction.city_id, by_fraction.rh_time_base, by_fraction.npp_gap_policy

),

yearly_weatherings as (

    select
        zonal_city_lithologies.city_id,
        zonal_city_lithologies.year,
        sum(
            {{ rock_weathering(
                'lithology_classes.a_mmolco2_l', 'zonal_city_lithologies.runoff_mm_km2'
            ) }}
        ) filter (where zonal_city_lithologies.zonal_rule = 'fraction') as rcs_tc,
        coalesce(
            sum(
                {{ rock_weathering(
                    'lithology_classes.a_mmolco2_l', 'zonal_city_lithologies.runoff_mm_km2'
                ) }}
            ) filter (where zonal_city_lithologies.zonal_rule = 'centre'),
            0
        ) as centre_rcs_tc

    from zonal_city_lithologies

    inner join lithology_classes
        on zonal_city_lithologies.lithology_code = lithology_classes.lithology_code

    where zonal_city_lithologies.collection = '{{ var("historical_collection") }}'
        and {{ is_study_year('zonal_city_lithologies.year') }}

    group by zonal_city_lithologies.city_id, zonal_city_lithologies.year

),

rcs_differences as (

    select
        city_id,
        avg(centre_rcs_tc - rcs_tc) as rcs_difference_tc

    from yearly_weatherings

    group by city_id

),

final as (

    select
        nep_differences.city_id,
        nep_differences.rh_time_base,
        nep_differences.npp_gap_policy,
        {{ tc_to_tgco2('nep_differences.nep_difference_tc') }} as nep_difference_tgco2,
        {{ tc_to_tgco2('rcs_differences.rcs_difference_tc') }} as rcs_difference_tgco2

    from nep_differences

    left join rcs_differences
        on nep_differences.city_id = rcs_differences.city_id

)

select * from final
