-- CO2 emissions of cities or counties as supplied. Grain: one row per source_id, unit_id, year.
with

source as (

    select * from {{ source('raw', 'emissions') }}

),

final as (

    select
        ---------- ids
        cast(source_id as varchar) as source_id,
        cast(unit_id as varchar) as unit_id,
        cast(city_id as varchar) as city_id,
        cast(province_id as varchar) as province_id,
        cast(year as integer) as year,

        ---------- names
        cast(unit_name as varchar) as unit_name,
        cast(city_name as varchar) as city_name,
        cast(province_name as varchar) as province_name,

        ---------- emissions
        cast(ce_mtco2 as double) as ce_mtco2

    from source

)

select * from final
