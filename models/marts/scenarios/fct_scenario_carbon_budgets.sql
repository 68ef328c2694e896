-- Carbon budget of the nation in every scenario. Grain: one row per scenario, year.
-- Emissions by the network and by STIRPAT from projected drivers, sinks from the collection of the
-- scenario's name. The band of emissions is the spread of the networks, not of the drivers.
with

projected as (

    select * from {{ ref('int_scenario_drivers_projected') }}

),

forecasts as (

    select * from {{ ref('int_forecasts_answered') }}

),

sinks as (

    select * from {{ ref('int_scenario_sinks_summed') }}

),

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

joined as (

    select
        projected.scenario,
        projected.year,
        projected.base_year,
        projected.population_persons,
        projected.urban_ratio,
        projected.gdp_lcu,
        projected.secondary_industry_ratio,
        projected.energy_tce,
        projected.coal_ratio,
        networks.ce_tgco2,
        networks.ce_low_tgco2,
        networks.ce_high_tgco2,
        stirpat.ce_tgco2 as stirpat_ce_tgco2,
        stirpat.ce_low_tgco2 as stirpat_ce_low_tgco2,
        stirpat.ce_high_tgco2 as stirpat_ce_high_tgco2,
        sinks.nep_tgco2,
        sinks.rcs_tgco2,
        {{ ecs('sinks.nep_tgco2', 'sinks.rcs_tgco2') }} as ecs_tgco2,
        sinks.npp_coverage_ratio,
        national_budgets.ce_tgco2 as base_ce_tgco2,
        national_budgets.ecs_tgco2 as base_ecs_tgco2,
        national_budgets.cnc_tgco2 as base_cnc_tgco2

    from projected

    left join forecasts as networks
        on projected.scenario = networks.scenario
        and projected.year = networks.year
        and networks.model = 'bp'
        and networks.training = 'full'

    left join forecasts as stirpat
        on projected.scenario = stirpat.scenario
        and projected.year = stirpat.year
        and stirpat.model = 'stirpat'
        and stirpat.training = 'full'

    left join sinks
        on projected.scenario = sinks.collection
        and projected.year = sinks.year

    left join national_budgets
        on projected.base_year = national_budgets.year

),

balanced as (

    select
        *,
        {{ cnc('ecs_tgco2', 'ce_tgco2') }} as cnc_tgco2,
        {{ cnc('ecs_tgco2', 'ce_high_tgco2') }} as cnc_low_tgco2,
        {{ cnc('ecs_tgco2', 'ce_low_tgco2') }} as cnc_high_tgco2,
        max_by(year, ce_tgco2) over (partition by scenario) as ce_peak_year,
        max_by(year, stirpat_ce_tgco2) over (partition by scenario) as stirpat_ce_peak_year

    from joined

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
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        cnc_low_tgco2,
        cnc_high_tgco2,
        {{ absorbed_ratio('ecs_tgco2', 'ce_tgco2') }} as absorbed_ratio,
        ce_peak_year,
        stirpat_ce_peak_year,
        base_year,
        {{ relative_change('ce_tgco2', 'base_ce_tgco2') }} as ce_change_ratio,
        {{ relative_change('ecs_tgco2', 'base_ecs_tgco2') }} as ecs_change_ratio,
        {{ relative_change('cnc_tgco2', 'base_cnc_tgco2') }} as cnc_change_ratio,
        npp_coverage_ratio,
        population_persons,
        urban_ratio,
        gdp_lcu,
        secondary_industry_ratio,
        energy_tce,
        coal_ratio

    from balanced

)

select * from final
