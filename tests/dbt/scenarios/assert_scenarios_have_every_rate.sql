-- Every scenario has one growth rate for each driver and year after the last observed one.
-- Fails with one row per scenario, driver and year that has none or several.
with

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

projected as (

    select * from {{ ref('int_scenario_drivers_projected') }}

),

expected as (

    select
        scenario,
        year,
        unnest({{ projected_drivers() }}) as driver

    from projected

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
