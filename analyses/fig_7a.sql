-- Fig. 7a: what will the nation emit in each scenario, by which model, and how sure is it?
-- Grain: one row per scenario, model and year. Unit: Tg CO2 per year; co2_intensity_t_tce t per
-- tce.
-- Paper: A2 rises beyond 13 Pg in 2060 without a peak by 2030; B1 peaks in 2029 at more than 20 Pg
-- and falls to 8 Pg.
-- Where the paper is wrong: a sustainable scenario that emits 20 Pg would need 3.7 t CO2 per tce
-- with the energy assumed here, more than pure coal gives, and 21.18 Pg of deficit are given for
-- the year after the peak.
-- Growth rates here are this project's assumption (seed ref_scenario_growth_rates), and on the
-- sample the rasters of the scenarios are synthetic.
with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

final as (

    select
        scenario,
        model,
        is_headline,
        year,
        ce_tgco2,
        ce_low_tgco2,
        ce_high_tgco2,
        ce_peak_year,
        ce_peak_low_year,
        ce_peak_high_year,
        ce_change_ratio,
        co2_intensity_t_tce,
        extrapolation_ratio,
        seed_difference_ratio

    from scenario_budgets

    where ce_tgco2 is not null

)

select * from final
order by scenario asc, is_headline desc, model asc, year asc
