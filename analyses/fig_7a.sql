-- Fig. 7a: what will the nation emit in each scenario, and how much do the networks disagree?
-- Grain: one row per scenario and year. Unit: Tg CO2 per year.
-- Paper: A2 rises beyond 13 Pg in 2060 without a peak by 2030; B1 peaks in 2029 at more than 20 Pg
-- and falls to 8 Pg.
-- Where the paper is wrong: a sustainable scenario that emits 20 Pg is an artefact of its assumed
-- rates, and 21.18 Pg of deficit are given for the year after the peak. A network cannot know what
-- lies beyond what it has learnt: see STIRPAT beside it.
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
        ce_tgco2,
        ce_low_tgco2,
        ce_high_tgco2,
        stirpat_ce_tgco2,
        stirpat_ce_low_tgco2,
        stirpat_ce_high_tgco2,
        ce_peak_year,
        stirpat_ce_peak_year,
        ce_change_ratio

    from scenario_budgets

    where ce_tgco2 is not null

)

select * from final
order by scenario, year
