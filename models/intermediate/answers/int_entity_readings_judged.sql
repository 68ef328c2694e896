-- How sure the sign of CNC is within each reading. Grain: one row per entity_level, entity_id,
-- period, reading.
-- Of the nation, its regions and provinces, as for cities.
with

terms as (

    select * from {{ ref('int_entity_periods_termed') }}

),

errors as (

    select * from {{ ref('int_entity_errors_drawn') }}

),

drawn as (

    select
        terms.entity_level,
        terms.entity_id,
        terms.period,
        terms.is_period_mean,
    {% for reading in readings() -%}
    case
        when terms.is_balanced
            then {{ cnc(
                    booked_sink(
                        ecs(
                            'terms.nep_' ~ reading.choice ~ '_tgco2 + errors.nep_'
                            ~ reading.choice ~ '_error_tgco2',
                            'terms.rcs_tgco2 + errors.rcs_error_tgco2'
                        ),
                        sql_text(reading.sink_unit_booking)
                    ),
                    'terms.ce_tgco2 + errors.ce_error_tgco2'
                ) }}
    end as cnc_{{ reading.name }}{{ ',' if not loop.last }}
    {% endfor %}

    from terms

    inner join errors
        on terms.entity_level = errors.entity_level
        and terms.entity_id = errors.entity_id
        and terms.period = errors.period

),

judged as (

    select
        entity_level,
        entity_id,
        period,
        is_period_mean,
        {{ judged_readings() }}

    from drawn

    group by entity_level, entity_id, period, is_period_mean

),

unnested as (

    select
        entity_level,
        entity_id,
        period,
        is_period_mean,
        {{ unnest_readings() }} as judgement

    from judged

),

final as (

    select
        unnested.entity_level,
        unnested.entity_id,
        unnested.period,
        unnested.is_period_mean,
        unnest(unnested.judgement), -- noqa: AL03
        case
            when terms.is_balanced
                then case unnested.judgement['reading']
                        {% for reading in readings() -%}
                        when '{{ reading.name }}'
                            then {{ cnc(
                                booked_sink(
                                    ecs(
                                        'terms.nep_' ~ reading.choice ~ '_tgco2', 'terms.rcs_tgco2'
                                    ),
                                    sql_text(reading.sink_unit_booking)
                                ),
                                'terms.ce_tgco2'
                            ) }}
                        {% endfor -%}
                    end
        end as cnc_tgco2

    from unnested

    inner join terms
        on unnested.entity_level = terms.entity_level
        and unnested.entity_id = terms.entity_id
        and unnested.period = terms.period

)

select * from final
