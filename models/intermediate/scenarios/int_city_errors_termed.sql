-- Errors of the means of cities. Grain: unit_id, rh_time_base, npp_gap_policy, component.
-- Standard uncertainty of each city's mean, with its sign in CNC and the unit that shares it. What
-- a province emits outside its cities' means is a unit of its own.
with

city_means as (

    select * from {{ ref('int_city_choices_averaged') }}

),

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

zonal_rules as (

    select * from {{ ref('int_city_zonal_rules_compared') }}

),

entity_series as (

    select * from {{ ref('int_entity_series_listed') }}

),

provinces as (

    select * from {{ ref('dim_provinces') }}

),

city_sums as (

    select
        province_id,
        rh_time_base,
        npp_gap_policy,
        is_headline,
        sum(ce_tgco2) as ce_tgco2

    from city_means

    group by province_id, rh_time_base, npp_gap_policy, is_headline

),

units as (

    select
        city_means.city_id as unit_id,
        city_means.city_id,
        city_means.province_id,
        city_means.region_id,
        city_means.rh_time_base,
        city_means.npp_gap_policy,
        city_means.is_headline,
        city_means.ce_tgco2,
        city_means.npp_tgco2,
        city_means.rh_tgco2,
        city_means.rcs_tgco2,
        {{ rectangular_uncertainty('city_means.rcs_low_tgco2', 'city_means.rcs_high_tgco2') }}
            as rcs_range_uncertainty_tgco2,
        zonal_rules.nep_difference_tgco2,
        zonal_rules.rcs_difference_tgco2

    from city_means

    left join zonal_rules
        on city_means.city_id = zonal_rules.city_id
        and city_means.rh_time_base = zonal_rules.rh_time_base
        and city_means.npp_gap_policy = zonal_rules.npp_gap_policy

    union all

    select
        'rest of ' || city_sums.province_id as unit_id,
        null as city_id,
        city_sums.province_id,
        provinces.region_id,
        city_sums.rh_time_base,
        city_sums.npp_gap_policy,
        city_sums.is_headline,
        entity_series.mean_tgco2 - coalesce(city_sums.ce_tgco2, 0) as ce_tgco2,
        null as npp_tgco2,
        null as rh_tgco2,
        null as rcs_tgco2,
        null as rcs_range_uncertainty_tgco2,
        null as nep_difference_tgco2,
        null as rcs_difference_tgco2

    from city_sums

    inner join provinces
        on city_sums.province_id = provinces.province_id

    inner join entity_series
        on city_sums.province_id = entity_series.entity_id
        and entity_series.entity_level = 'province'
        and entity_series.indicator = 'CE'

),

errors as (

    select
        units.unit_id,
        units.city_id,
        units.province_id,
        units.region_id,
        units.rh_time_base,
        units.npp_gap_policy,
        units.is_headline,
        components.component,
        components.measure,
        components.scope,
        case components.scope
            when 'nation' then '{{ var("nation_id") }}'
            when 'province' then units.province_id
            when 'city' then units.unit_id
        end as shared_by,
        case components.basis
            when 'ratio'
                then components.relative_ratio * case components.measure
                        when 'CE' then units.ce_tgco2
                        when 'NPP' then units.npp_tgco2
                        when 'RH' then units.rh_tgco2
                        when 'RCS' then units.rcs_tgco2
                    end
            when 'lithology_range' then units.rcs_range_uncertainty_tgco2
            when 'zonal_rules'
                then case components.measure
                        when 'NEP' then abs(units.nep_difference_tgco2)
                        when 'RCS' then abs(units.rcs_difference_tgco2)
                    end
        end as sigma_tgco2,
        case when components.measure in ('CE', 'RH') then -1 else 1 end as cnc_sign

    from units

    cross join components

),

final as (

    select * from errors
    where sigma_tgco2 is not null

)

select * from final
