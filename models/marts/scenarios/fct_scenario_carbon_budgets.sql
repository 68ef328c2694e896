-- Carbon budget of the nation in every scenario. Grain: one row per scenario, year, model.
-- Emissions by every model that follows the drivers, the headline marked; sinks from the
-- collection of the scenario's name. Without a model that can answer, one row with the drivers
-- alone.
with

projected as (

    select * from {{ ref('int_scenario_drivers_projected') }}

),

emissions as (

    select * from {{ ref('int_scenario_emissions_banded') }}

),

models as (

    select * from {{ ref('int_forecast_models_ranked') }}

),

networks as (

    select * from {{ ref('int_forecast_networks_answered') }}

),

sinks as (

    select * from {{ ref('int_scenario_sinks_summed') }}

),

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

-- Two ensembles of other seeds: what chance alone makes of the network's answer.
seed_halves as (

    select
        path as scenario,
        year,
        'bp_network' as model,
        abs(
            median(co2_intensity_t_tce) filter (where seed % 2 = 0)
            / median(co2_intensity_t_tce) filter (where seed % 2 = 1) - 1
        ) as seed_difference_ratio

    from networks

    where not is_dead

    group by path, year

),

nation as (

    select *

    from projected

    where entity_level = 'nation'

),

joined as (

    select
        nation.scenario,
        nation.year,
        coalesce(emissions.model, '{{ var("forecast_preferred_model") }}') as model,
        coalesce(models.is_headline, emissions.model is null) as is_headline,
        emissions.ce_tgco2,
        emissions.ce_low_tgco2,
        emissions.ce_high_tgco2,
        emissions.ce_peak_year,
        emissions.ce_peak_low_year,
        emissions.ce_peak_high_year,
        emissions.co2_intensity_t_tce,
        emissions.model_half_width_ratio,
        emissions.drivers_low_ratio,
        emissions.drivers_high_ratio,
        emissions.is_tested_horizon,
        emissions.extrapolation_ratio,
        seed_halves.seed_difference_ratio,
        sinks.nep_tgco2,
        sinks.rcs_tgco2,
        {{ ecs('sinks.nep_tgco2', 'sinks.rcs_tgco2') }} as ecs_tgco2,
        sinks.npp_coverage_ratio,
        nation.base_year,
        nation.drivers_status,
        nation.population_persons,
        nation.urban_ratio,
        nation.gdp_lcu,
        nation.secondary_industry_ratio,
        nation.energy_tce,
        nation.coal_ratio,
        national_budgets.ce_tgco2 as base_ce_tgco2,
        national_budgets.ecs_tgco2 as base_ecs_tgco2,
        national_budgets.cnc_tgco2 as base_cnc_tgco2

    from nation

    left join emissions
        on nation.scenario = emissions.scenario
        and nation.year = emissions.year

    left join models
        on emissions.model = models.model

    left join seed_halves
        on nation.scenario = seed_halves.scenario
        and nation.year = seed_halves.year
        and emissions.model = seed_halves.model

    left join sinks
        on nation.scenario = sinks.collection
        and nation.year = sinks.year

    left join national_budgets
        on nation.base_year = national_budgets.year

),

balanced as (

    select
        *,
        {{ cnc('ecs_tgco2', 'ce_tgco2') }} as cnc_tgco2,
        {{ cnc('ecs_tgco2', 'ce_high_tgco2') }} as cnc_low_tgco2,
        {{ cnc('ecs_tgco2', 'ce_low_tgco2') }} as cnc_high_tgco2

    from joined

),

final as (

    select
        scenario,
        year,
        model,
        is_headline,
        ce_tgco2,
        ce_low_tgco2,
        ce_high_tgco2,
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        cnc_low_tgco2,
        cnc_high_tgco2,
        {{ absorbed_ratio('ecs_tgco2', 'ce_tgco2') }} as absorbed_ratio,
        ce_peak_year,
        ce_peak_low_year,
        ce_peak_high_year,
        base_year,
        {{ relative_change('ce_tgco2', 'base_ce_tgco2') }} as ce_change_ratio,
        {{ relative_change('ecs_tgco2', 'base_ecs_tgco2') }} as ecs_change_ratio,
        {{ relative_change('cnc_tgco2', 'base_cnc_tgco2') }} as cnc_change_ratio,
        co2_intensity_t_tce,
        model_half_width_ratio,
        drivers_low_ratio,
        drivers_high_ratio,
        is_tested_horizon,
        extrapolation_ratio,
        seed_difference_ratio,
        npp_coverage_ratio,
        drivers_status,
        population_persons,
        urban_ratio,
        gdp_lcu,
        secondary_industry_ratio,
        energy_tce,
        coal_ratio

    from balanced

)

select * from final
