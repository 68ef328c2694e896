-- Fig. 7d: which share of its emissions will the nation absorb in each scenario?
-- Grain: one row per scenario and year. Unit: 1.
-- Paper: the shares of A2 and B1 move in opposite directions.
-- Where the paper is wrong: the share follows from emissions alone, since the sinks of both are
-- alike.
-- Growth rates here are this project's assumption (seed ref_scenario_growth_rates), and on the
-- sample the rasters of the scenarios are synthetic.
with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

final as (

    select
        scenario,
        year,
        absorbed_ratio,
        ecs_tgco2,
        ce_tgco2

    from scenario_budgets

    where is_headline
        and absorbed_ratio is not null

)

select * from final
order by scenario, year
