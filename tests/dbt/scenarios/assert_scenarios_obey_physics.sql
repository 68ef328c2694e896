-- No model makes energy give more carbon than pure coal, or less than its coal alone.
-- Not judged where the inventory itself lies outside in the base year: it holds more than energy,
-- or less. A model that fails here cannot be published: take it out of var scenario_models.
-- Fails with one row per scenario, model and year outside.
with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

bounded as (

    select
        scenario_budgets.scenario,
        scenario_budgets.model,
        scenario_budgets.year,
        scenario_budgets.co2_intensity_t_tce,
        scenario_budgets.coal_ratio * {{ var('coal_co2_t_tce') }} as coal_alone_t_tce,
        1e6 * drivers.ce_tgco2 / drivers.energy_tce as base_intensity_t_tce,
        drivers.coal_ratio * {{ var('coal_co2_t_tce') }} as base_coal_alone_t_tce

    from scenario_budgets

    inner join drivers
        on scenario_budgets.base_year = drivers.year
        and drivers.entity_level = 'nation'
        and drivers.entity_id = '{{ var("nation_id") }}'

    where scenario_budgets.ce_tgco2 is not null

),

final as (

    select * from bounded

    where base_intensity_t_tce between base_coal_alone_t_tce and {{ var('pure_coal_co2_t_tce') }}
        and co2_intensity_t_tce not between coal_alone_t_tce
        and {{ var('pure_coal_co2_t_tce') }}

)

select * from final
