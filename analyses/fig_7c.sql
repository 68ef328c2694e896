-- Fig. 7c: what deficit remains in each scenario?
-- Grain: one row per scenario and year. Unit: Tg CO2 per year; deficit_tgco2 = -CNC.
-- Paper: A2 has 9.46 (2025), 11.33 (2030) and 12.5 Pg (2060), B1 15.0, 21.18 and 7.3 Pg; against
-- 2017 that is -44.58 % and +15.54 %.
-- Where the paper is wrong: 9.46 is CE of 2017. Both percentages do lead back to one CNC of 2017,
-- -8.645 Pg.
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
        cnc_tgco2,
        cnc_low_tgco2,
        cnc_high_tgco2,
        -cnc_tgco2 as deficit_tgco2,
        cnc_change_ratio

    from scenario_budgets

    where is_headline
        and cnc_tgco2 is not null

)

select * from final
order by scenario, year
