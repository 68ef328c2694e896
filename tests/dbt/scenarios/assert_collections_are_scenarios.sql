-- A collection beside the historical one has the name of a scenario with growth rates; else nothing
-- reads it, and a slip of the pen would go unseen.
-- Warns with one row per collection that no scenario has.
{{ config(severity='warn') }}

with

collections as (

    select * from {{ ref('stg_raw__collections') }}

),

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

final as (

    select
        collections.collection,
        'no row of ref_scenario_growth_rates has this scenario' as remark

    from collections

    anti join growth_rates
        on collections.collection = growth_rates.scenario

    where collections.collection != '{{ var("historical_collection") }}'

)

select * from final
