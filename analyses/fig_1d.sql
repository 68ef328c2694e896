-- Fig. 1d: how have sinks and emissions of the nation moved, year by year?
-- Grain: one row per year. Unit: Tg CO2 per year, and Pg C or Tg C per year where the name says so.
-- Paper: NEP 0.61 Pg CO2 a year on average; ECS least in 1998 (0.12), largest in 2014 (0.21 Pg C);
-- RCS 10 Tg C; ECS grows by 2.77 % and CE by 9.81 % a year.
-- Where the paper is wrong: 0.12 and 0.21 are NEP (its Table 2), ECS closes at 0.138 and 0.226;
-- RCS closes at 16.7 to 17.8 Tg C; the growth rates are the whole growth over 21 years, not
-- compound (compound_growth_ratio). NPP changes its product in 2000: see fct_data_quality.
with

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

final as (

    select
        year,
        ce_tgco2,
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        nep_tgco2 / 1000 / {{ carbon_to_co2('1.0') }} as nep_pgc,
        rcs_tgco2 / {{ carbon_to_co2('1.0') }} as rcs_tgc,
        ecs_tgco2 / 1000 / {{ carbon_to_co2('1.0') }} as ecs_pgc,
        absorbed_ratio,
        (last_value(ce_tgco2) over all_years / first_value(ce_tgco2) over all_years - 1)
        / count(*) over () as ce_simple_growth_ratio,
        power(
            last_value(ce_tgco2) over all_years / first_value(ce_tgco2) over all_years,
            1.0 / (count(*) over () - 1)
        ) - 1 as ce_compound_growth_ratio,
        (last_value(ecs_tgco2) over all_years / first_value(ecs_tgco2) over all_years - 1)
        / count(*) over () as ecs_simple_growth_ratio

    from national_budgets

    where {{ is_study_year() }}

    window all_years as (
        order by year rows between unbounded preceding and unbounded following
    )

)

select * from final
order by year
