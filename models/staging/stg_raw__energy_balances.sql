-- Energy consumed, by fuel. Grain: one row per source_id, province_id, year, fuel.
with

source as (

    select * from {{ source('raw', 'energy_balances') }}

),

final as (

    select
        ---------- ids
        cast(source_id as varchar) as source_id,
        cast(province_id as varchar) as province_id,
        cast(year as integer) as year,
        cast(fuel as varchar) as fuel,

        ---------- activity
        cast(consumption as double) as consumption,
        cast(activity_unit as varchar) as activity_unit

    from source

)

select * from final
