-- What carries the change of emissions in a scenario, by LMDI-I.
-- Grain: one row per scenario, model, year, factor.
-- Effects of the factors of the Kaya identity between the base year and the year sum to the change.
{%- set members = [] %}
{%- for factor, member in kaya_links() %}{% do members.append(member) %}{% endfor %}
with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

paired as (

    select
        scenario_budgets.scenario,
        scenario_budgets.model,
        scenario_budgets.is_headline,
        scenario_budgets.year,
        {% for name in members -%}
        scenario_budgets.{{ name }},
        drivers.{{ name }} as base_{{ name }},
        {% endfor -%}
        scenario_budgets.base_year

    from scenario_budgets

    inner join drivers
        on scenario_budgets.base_year = drivers.year
        and drivers.entity_level = 'nation'
        and drivers.entity_id = '{{ var("nation_id") }}'

    where scenario_budgets.ce_tgco2 is not null

),

final as (

    select
        scenario,
        model,
        is_headline,
        year,
        base_year,
        ce_tgco2 - base_ce_tgco2 as ce_change_tgco2,
        unnest([
            {%- for factor, member in kaya_links() %}
            '{{ factor }}'{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as factor,
        unnest([
            {% for name in members -%}
            {{ lmdi_effect(members, loop.index0) }}{{ ',' if not loop.last }}
            {% endfor %}
        ]) as effect_tgco2

    from paired

)

select * from final
