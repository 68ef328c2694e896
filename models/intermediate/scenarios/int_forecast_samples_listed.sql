-- What forecasts learn from and are asked for. Grain: one row per training.
-- full: all known years of the nation; asked for the scenarios. holdout: the years before var
-- holdout_first_year; asked for those from it on. Targets and most drivers are logarithms.
{#- A view: DuckDB 1.0 cannot read a stored table whose lists are all empty, as they are without
    drivers. It calls no Python function. -#}
{{ config(materialized='view') }}

with

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

projected as (

    select * from {{ ref('int_scenario_drivers_projected') }}

),

observed as (

    select
        null as scenario,
        drivers.year,
        ln(drivers.ce_tgco2) as log_ce,
        {{ bp_features('drivers') }} as bp_features,
        {{ stirpat_features('drivers') }} as stirpat_features

    from drivers

    where drivers.entity_level = 'nation'
        and drivers.entity_id = '{{ var("nation_id") }}'
        and drivers.ce_tgco2 > 0

),

known as (

    select *

    from observed

    where list_count(bp_features) = len(bp_features)

),

asked as (

    select
        projected.scenario,
        projected.year,
        {{ bp_features('projected') }} as bp_features,
        {{ stirpat_features('projected') }} as stirpat_features

    from projected

),

asked_known as (

    select *

    from asked

    where list_count(bp_features) = len(bp_features)

),

full_futures as (

    select
        coalesce(
            list(struct_pack(scenario := scenario, year := year) order by scenario, year), []
        ) as future_keys,
        coalesce(list(bp_features order by scenario, year), []) as bp_future,
        coalesce(list(stirpat_features order by scenario, year), []) as stirpat_future

    from asked_known

),

holdout_futures as (

    select
        coalesce(
            list(struct_pack(scenario := cast(scenario as varchar), year := year) order by year), []
        ) as future_keys,
        coalesce(list(bp_features order by year), []) as bp_future,
        coalesce(list(stirpat_features order by year), []) as stirpat_future

    from known

    where year >= {{ var('holdout_first_year') }}

),

full_knowns as (

    select
        list(year order by year) as known_years,
        list(log_ce order by year) as log_ces,
        list(bp_features order by year) as bp_known,
        list(stirpat_features order by year) as stirpat_known

    from known

),

holdout_knowns as (

    select
        list(year order by year) as known_years,
        list(log_ce order by year) as log_ces,
        list(bp_features order by year) as bp_known,
        list(stirpat_features order by year) as stirpat_known

    from known

    where year < {{ var('holdout_first_year') }}

),

final as (

    select
        'full' as training,
        full_knowns.*,
        full_futures.*

    from full_knowns

    cross join full_futures

    union all

    select
        'holdout' as training,
        holdout_knowns.*,
        holdout_futures.*

    from holdout_knowns

    cross join holdout_futures

)

select * from final
