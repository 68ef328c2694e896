-- Annual terms of each cell, from the lake. Grain: one row per collection, year, cell_id.
-- Ephemeral: no view may depend on files that lie elsewhere.
{{ config(materialized='ephemeral') }}
with

source as (

    select * from {{ read_lake(source('raw', 'lake_partitions')) }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(year as integer) as year,
        cast(cell_id as bigint) as cell_id,
        cast(lithology_code as integer) as lithology_code,

        ---------- annual layers
        cast(temperature_c as double) as temperature_c,
        cast(precipitation_mm as double) as precipitation_mm,
        cast(evapotranspiration_mm as double) as evapotranspiration_mm,
        cast(runoff_mm as double) as runoff_mm,
        cast(npp_gc_m2 as double) as npp_gc_m2,

        ---------- response terms of eq. 3
        cast(temperature_response_monthly as double) as temperature_response_monthly,
        cast(precipitation_response_monthly as double) as precipitation_response_monthly,
        cast(temperature_response_annual as double) as temperature_response_annual,
        cast(precipitation_response_annual as double) as precipitation_response_annual

    from source

)

select * from final
