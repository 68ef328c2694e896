-- A scenario has one growth rate for each driver in every year from its first rate to its last.
-- (Where its first rate comes later than the first year to project, the projection is NULL.)
-- Fails with one row per scenario, driver and year that has none or several.
with

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

scenario_years as (

    select
        scenario,
        unnest(generate_series(min(first_year), max(last_year))) as year

    from growth_rates

    group by scenario

),

expected as (

    select
        scenario,
        year,
        unnest({{ projected_drivers() }}) as driver

    from scenario_years

),

final as (

    select
        expected.scenario,
        expected.driver,
        expected.year,
        count(growth_rates.driver) as rate_count

    from expected

    left join growth_rates
        on expected.scenario = growth_rates.scenario
        and expected.driver = growth_rates.driver
        and expected.year between growth_rates.first_year and growth_rates.last_year

    group by expected.scenario, expected.driver, expected.year

    having count(growth_rates.driver) != 1

)

select * from final
