-- Whether the nation, a region or a province is carbon neutral, and how sure that is. Grain: one
-- row per entity_level, entity_id, period.
with

readings as (

    select * from {{ ref('int_entity_readings_judged') }}

),

terms as (

    select * from {{ ref('int_entity_periods_termed') }}

),

summed as (

    select
        entity_level,
        entity_id,
        period,
        is_period_mean,
        {{ summed_readings() }}

    from readings

    group by entity_level, entity_id, period, is_period_mean

),

final as (

    select
        summed.entity_level,
        summed.entity_id,
        terms.entity_name,
        summed.period,
        summed.is_period_mean,
        {{ verdict_columns('summed', 'terms.npp_coverage_ratio') }},
        {{ indicator_grade("'CNC'") }} as input_grade,
        {{ indicator_calibration("'CNC'") }} as calibrated_to

    from summed

    inner join terms
        on summed.entity_level = terms.entity_level
        and summed.entity_id = terms.entity_id
        and summed.period = terms.period

)

select * from final
