-- Collections of rasters and the years they span. Grain: one row per collection.
{{ config(alias='collections') }}

with

final as (

    select * from {{ ref('stg_raw__collections') }}

)

select * from final
order by collection
