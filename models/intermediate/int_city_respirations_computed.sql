-- NPP and RH. Grain: one row per collection, city_id, year, rh_time_base, npp_gap_policy.
-- t C per year, under both time bases of eq. 3 and both policies for cells without NPP.
-- valid: over cells with NPP and climate. barren_as_zero: over cells with climate, NPP absent = 0.
with

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

),

fraction_rule as (

    select * from zonal_city_years
    where zonal_rule = 'fraction'

),

choices as (

    {{ respiration_choice('fraction_rule', 'monthly', 'valid') }}

    union all

    {{ respiration_choice('fraction_rule', 'monthly', 'barren_as_zero') }}

    union all

    {{ respiration_choice('fraction_rule', 'annual_x12', 'valid') }}

    union all

    {{ respiration_choice('fraction_rule', 'annual_x12', 'barren_as_zero') }}

),

final as (

    select
        collection,
        city_id,
        year,
        rh_time_base,
        npp_gap_policy,
        case when respiring_area_km2 > 0 then npp_tc end as npp_tc,
        case when respiring_area_km2 > 0 then rh_tc end as rh_tc,
        {{ safe_ratio('joint_area_km2', 'area_km2') }} as npp_coverage_ratio

    from choices

)

select * from final
