-- Sinks of cells by the macros of the cities. Grain: one row per collection, year, cell_id.
-- From the lake, in g C m-2 per year. Ephemeral, as the lake it reads.
{{ config(materialized='ephemeral') }}
with

cell_years as (

    select * from {{ ref('stg_lake__cell_years') }}

),

lithology_classes as (

    select * from {{ ref('ref_lithology_classes') }}

),

terms as (

    select
        cell_years.collection,
        cell_years.year,
        cell_years.cell_id,
        cell_years.npp_gc_m2,
        {{ heterotrophic_respiration(
            'cell_years.temperature_response_monthly',
            'cell_years.precipitation_response_monthly',
            'monthly'
        ) }} as rh_monthly_gc_m2,
        {{ heterotrophic_respiration(
            'cell_years.temperature_response_annual',
            'cell_years.precipitation_response_annual',
            'annual_x12'
        ) }} as rh_annual_x12_gc_m2,
        {{ rock_weathering('lithology_classes.a_mmolco2_l', 'cell_years.runoff_mm') }}
            as rcs_gc_m2

    from cell_years

    left join lithology_classes
        on cell_years.lithology_code = lithology_classes.lithology_code

),

choices as (

    select
        *,
        {{ nep('npp_gc_m2', 'rh_monthly_gc_m2') }} as nep_monthly_valid_gc_m2,
        {{ nep('coalesce(npp_gc_m2, 0)', 'rh_monthly_gc_m2') }}
            as nep_monthly_barren_as_zero_gc_m2,
        {{ nep('npp_gc_m2', 'rh_annual_x12_gc_m2') }} as nep_annual_x12_valid_gc_m2,
        {{ nep('coalesce(npp_gc_m2, 0)', 'rh_annual_x12_gc_m2') }}
            as nep_annual_x12_barren_as_zero_gc_m2

    from terms

),

final as (

    select
        *,
        nep_{{ var('rh_time_base') }}_{{ var('npp_gap_policy') }}_gc_m2 as nep_gc_m2

    from choices

)

select * from final
