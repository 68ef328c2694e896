-- Provinces, their economic region and whether they are studied. Grain: one row per province_id.
with

source as (

    select * from {{ source('raw', 'provinces') }}

),

final as (

    select
        ---------- ids
        cast(province_id as varchar) as province_id,
        cast(source_id as varchar) as source_id,

        ---------- names
        cast(province_name as varchar) as province_name,
        cast(province_name_zh as varchar) as province_name_zh,
        cast(nullif(trim(region_name), '') as varchar) as region_name,

        ---------- flags
        cast(in_study as boolean) as in_study

    from source

)

select * from final
