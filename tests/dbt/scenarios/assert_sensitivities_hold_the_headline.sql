-- The headline reading is the budget itself, and exactly one reading of each place is marked.
-- Fails with one row per place and indicator that differs, or that has no or several headlines.
with

sensitivities as (

    select * from {{ ref('fct_budget_sensitivities') }}

),

entity_series as (

    select * from {{ ref('int_entity_series_listed') }}

),

headlines as (

    select
        entity_level,
        entity_id,
        unnest(['CE', 'NEP', 'RCS', 'CNC']) as indicator,
        unnest([ce_tgco2, nep_tgco2, rcs_tgco2, cnc_tgco2]) as value_tgco2

    from sensitivities

    where is_headline

),

differences as (

    select
        headlines.entity_level,
        headlines.entity_id,
        headlines.indicator,
        headlines.value_tgco2,
        entity_series.mean_tgco2

    from headlines

    inner join entity_series
        on headlines.entity_level = entity_series.entity_level
        and headlines.entity_id = entity_series.entity_id
        and headlines.indicator = entity_series.indicator

    where abs(headlines.value_tgco2 - entity_series.mean_tgco2)
        > 1e-9 * greatest(abs(entity_series.mean_tgco2), 1e-6)
        or (headlines.value_tgco2 is null) != (entity_series.mean_tgco2 is null)

),

marks as (

    select
        entity_level,
        entity_id,
        'headline' as indicator,
        count(*) filter (where is_headline) as value_tgco2,
        1 as mean_tgco2

    from sensitivities

    group by entity_level, entity_id

    having count(*) filter (where is_headline) != 1
        or count(*) != 8

),

final as (

    select * from differences

    union all

    select * from marks

)

select * from final
