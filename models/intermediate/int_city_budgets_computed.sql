-- Budgets of cities. Grain: one row per city_id, year, rh_time_base, npp_gap_policy.
-- Historical years, under both time bases of eq. 3 and both policies for cells without NPP.
with

cities as (

    select * from {{ ref('int_cities_located') }}

),

years as (

    select * from {{ ref('int_years_spanned') }}

),

sinks as (

    select * from {{ ref('int_city_sinks_computed') }}

),

emissions as (

    select * from {{ ref('int_city_emissions_summed') }}

),

choices as (

    select
        unnest({{ rh_time_bases() }}) as rh_time_base,
        npp_gap_policy

    from (select unnest({{ npp_gap_policies() }}) as npp_gap_policy) as policies

),

final as (

    select
        cities.city_id,
        cities.province_id,
        years.year,
        choices.rh_time_base,
        choices.npp_gap_policy,
        years.npp_source,
        years.runoff_source,
        years.is_climatology,
        {{ is_headline('choices.rh_time_base', 'choices.npp_gap_policy') }} as is_headline,
        emissions.ce_tgco2,
        sinks.npp_tgco2,
        sinks.rh_tgco2,
        sinks.nep_tgco2,
        sinks.rcs_tgco2,
        sinks.rcs_low_tgco2,
        sinks.rcs_high_tgco2,
        sinks.ecs_tgco2,
        {{ cnc('sinks.ecs_tgco2', 'emissions.ce_tgco2') }} as cnc_tgco2,
        coalesce(sinks.npp_coverage_ratio, 0) as npp_coverage_ratio,
        coalesce(sinks.rcs_coverage_ratio, 0) as rcs_coverage_ratio

    from cities

    cross join years

    cross join choices

    left join sinks
        on cities.city_id = sinks.city_id
        and years.year = sinks.year
        and choices.rh_time_base = sinks.rh_time_base
        and choices.npp_gap_policy = sinks.npp_gap_policy
        and sinks.collection = '{{ var("historical_collection") }}'

    left join emissions
        on cities.city_id = emissions.city_id
        and years.year = emissions.year

)

select * from final
