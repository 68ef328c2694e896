-- Networks of other seeds give about the same emissions: the medians of two halves of them differ
-- by less than 3 % in every year of every scenario.
-- Warns with one row per scenario and year in which they differ by more.
{{ config(severity='warn') }}

with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}

),

final as (

    select
        scenario,
        year,
        seed_difference_ratio

    from scenario_budgets

    where seed_difference_ratio >= 0.03

)

select * from final
