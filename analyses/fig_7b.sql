-- Fig. 7b: what will the ecosystems of the nation absorb in each scenario?
-- Grain: one row per scenario and year. Unit: Tg CO2 per year.
-- Paper: ECS grows in both; B1 absorbs 21 Tg less than A2, half of what Qinghai emitted in 2017.
-- Where the paper is wrong: B1 is said to grow faster and to absorb less; half of Qinghai is 29 Tg.
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
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        ecs_tgco2 - avg(ecs_tgco2) over (partition by year) as ecs_against_mean_tgco2,
        npp_coverage_ratio,
        ecs_change_ratio

    from scenario_budgets

    where is_headline
        and ecs_tgco2 is not null

)

select * from final
order by scenario, year
