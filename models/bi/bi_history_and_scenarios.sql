-- The nation from the first year to the last of the scenarios. Grain: one row per scenario, year.
-- Observed years are the scenario named history, so that no year is counted twice.
{{ config(alias='history_and_scenarios') }}

with

budgets as (

    select * from {{ ref('bi_carbon_budgets') }}
    where entity_level = 'nation'

),

scenarios as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}
    where is_headline

),

stacked as (

    select
        'history' as scenario,
        year,
        true as is_history,
        ce_tgco2,
        ce_tgco2 as ce_low_tgco2,
        ce_tgco2 as ce_high_tgco2,
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        cnc_low_tgco2,
        cnc_high_tgco2,
        absorbed_ratio

    from budgets

    union all

    select
        scenario,
        year,
        false as is_history,
        ce_tgco2,
        ce_low_tgco2,
        ce_high_tgco2,
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        cnc_low_tgco2,
        cnc_high_tgco2,
        absorbed_ratio

    from scenarios

),

final as (

    select
        scenario,
        year,
        make_date(year, 1, 1) as year_date,
        * exclude (scenario, year)

    from stacked

)

select * from final
