-- Indicators of countries as published. Grain: source_id, country_code, indicator, year.
with

source as (

    select * from {{ source('raw', 'countries') }}

),

final as (

    select
        ---------- ids
        cast(source_id as varchar) as source_id,
        cast(country_code as varchar) as country_code,
        cast(indicator as varchar) as indicator,
        cast(year as integer) as year,

        ---------- names
        cast(country_name as varchar) as country_name,
        cast(indicator_name as varchar) as indicator_name,

        ---------- value
        cast(value as double) as indicator_value

    from source

)

select * from final
