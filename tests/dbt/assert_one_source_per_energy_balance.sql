-- One energy balance per province and year: two would be added up in silence.
-- Fails with one row per province_id, year that more than one source describes.
with

energy_balances as (

    select * from {{ ref('stg_raw__energy_balances') }}

),

final as (

    select
        province_id,
        year,
        list(distinct source_id) as source_ids

    from energy_balances

    group by province_id, year

    having count(distinct source_id) > 1

)

select * from final
