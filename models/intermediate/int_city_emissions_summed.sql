-- Emissions of the units of each city. Grain: one row per city_id, year.
-- Of the headline inventory. A city whose units are all without a value has NULL, never zero.
with

emissions as (

    select * from {{ ref('int_emissions_assigned') }}

),

final as (

    select
        city_id,
        year,
        sum(ce_tgco2) as ce_tgco2,
        count(*) as ce_unit_count,
        count(ce_tgco2) as ce_known_unit_count

    from emissions

    where is_headline
        and city_id is not null

    group by city_id, year

)

select * from final
