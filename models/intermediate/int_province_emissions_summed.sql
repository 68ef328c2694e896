-- Emissions of the units of each province. Grain: one row per province_id, year.
-- Units of no known city are counted in the province and shown as unassigned.
with

emissions as (

    select * from {{ ref('int_emissions_assigned') }}

),

final as (

    select
        province_id,
        year,
        sum(ce_tgco2) as ce_tgco2,
        coalesce(sum(ce_tgco2) filter (where city_id is null), 0) as unassigned_ce_tgco2

    from emissions

    where is_headline

    group by province_id, year

)

select * from final
