-- A scenario has one headline in each year.
-- Fails with one row per scenario and year that has none or several.
with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

final as (

    select
        scenario,
        year,
        count(*) filter (where is_headline) as headline_count

    from scenario_budgets

    group by scenario, year

    having count(*) filter (where is_headline) != 1

)

select * from final
