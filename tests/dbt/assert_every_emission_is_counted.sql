-- Emissions of the study years, summed as supplied, are the emissions of all provinces.
-- Fails with one row per year in which a unit was lost (its province is unknown) or doubled.
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

grid_emissions as (

    select * from {{ ref('stg_raw__zonal_city_emissions') }}

    where collection = '{{ var("historical_collection") }}'

),

headline_sources as (

    select distinct source_id

    from {{ ref('int_emissions_assigned') }}

    where is_headline

),

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

every_inventory as (

    select
        source_id,
        year,
        {{ mt_to_tg('ce_mtco2') }} as ce_tgco2

    from emissions

    union all

    select
        source_id,
        year,
        {{ mass_tgco2('mass_tg', 'substance') }} as ce_tgco2

    from grid_emissions

),

supplied as (

    select
        every_inventory.year,
        sum(every_inventory.ce_tgco2) as ce_tgco2

    from every_inventory

    inner join headline_sources
        on every_inventory.source_id = headline_sources.source_id

    group by every_inventory.year

),

counted as (

    select
        year,
        sum(ce_tgco2) as ce_tgco2

    from province_budgets

    group by year

),

final as (

    select
        counted.year,
        supplied.ce_tgco2 as supplied_ce_tgco2,
        counted.ce_tgco2 as counted_ce_tgco2

    from counted

    inner join supplied
        on counted.year = supplied.year

    where abs(supplied.ce_tgco2 - coalesce(counted.ce_tgco2, 0))
        > {{ var('identity_tolerance_ratio') }} * abs(supplied.ce_tgco2)

)

select * from final
