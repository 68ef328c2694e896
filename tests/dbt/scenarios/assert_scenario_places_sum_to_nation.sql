-- Emissions of the provinces sum to the headline's of the nation, and those of cities to no more.
-- Fails with one row per scenario and year that is further off than 1e-9, relatively.
with

places as (

    select * from {{ ref('int_scenario_places_budgeted') }}

),

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

summed as (

    select
        scenario,
        year,
        sum(ce_tgco2) filter (where entity_level = 'province') as provinces_tgco2,
        sum(ce_tgco2) filter (where entity_level = 'nation') as nation_tgco2,
        sum(ce_tgco2) filter (where entity_level = 'city') as cities_tgco2

    from places

    group by scenario, year

),

final as (

    select
        summed.*,
        scenario_budgets.ce_tgco2

    from summed

    inner join scenario_budgets
        on summed.scenario = scenario_budgets.scenario
        and summed.year = scenario_budgets.year
        and scenario_budgets.is_headline

    where summed.provinces_tgco2 is null
        or abs(summed.provinces_tgco2 / scenario_budgets.ce_tgco2 - 1)
        > {{ var('identity_tolerance_ratio') }}
        or abs(summed.nation_tgco2 / scenario_budgets.ce_tgco2 - 1)
        > {{ var('identity_tolerance_ratio') }}
        or summed.cities_tgco2
        > scenario_budgets.ce_tgco2 * (1 + {{ var('identity_tolerance_ratio') }})

)

select * from final
