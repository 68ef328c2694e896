-- One supply of emissions per unit and per province: two would be added up in silence.
-- Fails with one row per province_id, year that more than one source describes.
with

emissions as (

    select * from {{ ref('int_emissions_assigned') }}

),

final as (

    select
        province_id,
        year,
        list(distinct source_id) as source_ids

    from emissions

    where is_headline

    group by province_id, year

    having count(distinct source_id) > 1

)

select * from final
