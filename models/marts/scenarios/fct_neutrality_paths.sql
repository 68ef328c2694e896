-- What it would take to be carbon neutral. Grain: one row per entity_level, entity_id, scenario.
-- The first year from which the balance stays at or above zero, and the share of the scenario's
-- emissions that would have to go in 2030 and 2060 for it to be zero, with the sinks as they are.
with

places as (

    select * from {{ ref('int_scenario_places_budgeted') }}

),

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

names as (

    select
        entity_level,
        entity_id,
        any_value(entity_name) as entity_name

    from indicators

    group by entity_level, entity_id

),

base_emissions as (

    select
        entity_level,
        entity_id,
        year,
        value_tgco2 as base_ce_tgco2

    from indicators

    where indicator = 'CE'

),

balanced as (

    select
        *,
        lead(year) over (
            partition by scenario, entity_level, entity_id order by year
        ) as next_year

    from places

    where cnc_tgco2 is not null

),

-- Neutral from the year after the last one below zero.
neutral as (

    select
        scenario,
        entity_level,
        entity_id,
        min(year) as first_year,
        max(year) as last_year,
        {{ neutral_from('cnc_tgco2') }} as neutrality_year,
        {{ neutral_from('cnc_high_tgco2') }} as neutrality_low_year,
        {{ neutral_from('cnc_low_tgco2') }} as neutrality_high_year

    from balanced

    group by scenario, entity_level, entity_id

),

cuts as (

    select
        scenario,
        entity_level,
        entity_id,
        any_value(model) as model,
        {% for year in [2030, 2060] -%}
        max(ce_tgco2) filter (where year = {{ year }}) as ce_{{ year }}_tgco2,
        max(ecs_tgco2) filter (where year = {{ year }}) as ecs_{{ year }}_tgco2,
        max(greatest(-cnc_tgco2, 0) / nullif(ce_tgco2, 0)) filter (where year = {{ year }})
            as ce_cut_{{ year }}_ratio,
        -- The ends of the balance's band over the central emissions.
        max(greatest(-cnc_high_tgco2, 0) / nullif(ce_tgco2, 0)) filter (where year = {{ year }})
            as ce_cut_{{ year }}_low_ratio,
        max(greatest(-cnc_low_tgco2, 0) / nullif(ce_tgco2, 0)) filter (where year = {{ year }})
            as ce_cut_{{ year }}_high_ratio,
        {% endfor -%}
        any_value(base_year) as base_year

    from balanced

    group by scenario, entity_level, entity_id

),

final as (

    select
        neutral.entity_level,
        neutral.entity_id,
        coalesce(names.entity_name, neutral.entity_id) as entity_name,
        neutral.scenario,
        cuts.model,
        cuts.base_year,
        {% for year in [2030, 2060] -%}
        cuts.ce_{{ year }}_tgco2,
        cuts.ecs_{{ year }}_tgco2,
        cuts.ce_cut_{{ year }}_ratio,
        cuts.ce_cut_{{ year }}_low_ratio,
        cuts.ce_cut_{{ year }}_high_ratio,
        1 - {{ safe_ratio('cuts.ecs_' ~ year ~ '_tgco2', 'base_emissions.base_ce_tgco2') }}
            as ce_cut_{{ year }}_of_base_ratio,
        {% endfor -%}
        base_emissions.base_ce_tgco2,
        neutral.first_year,
        neutral.last_year,
        neutral.neutrality_year,
        neutral.neutrality_low_year,
        neutral.neutrality_high_year

    from neutral

    inner join cuts
        on neutral.scenario = cuts.scenario
        and neutral.entity_level = cuts.entity_level
        and neutral.entity_id = cuts.entity_id

    left join names
        on neutral.entity_level = names.entity_level
        and neutral.entity_id = names.entity_id

    left join base_emissions
        on neutral.entity_level = base_emissions.entity_level
        and neutral.entity_id = base_emissions.entity_id
        and cuts.base_year = base_emissions.year

)

select * from final
