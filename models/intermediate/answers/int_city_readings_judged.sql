-- How sure the sign of a city's CNC is within each reading. Grain: one row per city_id, period,
-- reading.
-- The share of draws with a surplus; the 95 % interval of the draws, in single years under the
-- headline reading alone.
with

terms as (

    select * from {{ ref('int_city_periods_termed') }}

),

errors as (

    select * from {{ ref('int_unit_errors_combined') }}

),

drawn as (

    select
        terms.city_id,
        terms.period,
        terms.is_period_mean,
    {% for reading in readings() -%}
        {{ cnc(
            booked_sink(drawn_ecs(reading.choice), sql_text(reading.sink_unit_booking)), drawn_ce()
        ) }} as cnc_{{ reading.name }}{{ ',' if not loop.last }}
    {% endfor %}

    from terms

    inner join errors
        on terms.city_id = errors.city_id
        and {{ is_drawn('terms.period', 'errors.draw') }}

),

judged as (

    select
        city_id,
        period,
        is_period_mean,
        {{ judged_readings() }}

    from drawn

    group by city_id, period, is_period_mean

),

unnested as (

    select
        city_id,
        period,
        is_period_mean,
        {{ unnest_readings() }} as judgement

    from judged

),

final as (

    select
        unnested.city_id,
        unnested.period,
        unnested.is_period_mean,
        unnest(unnested.judgement), -- noqa: AL03
        case unnested.judgement['reading']
            {% for reading in readings() -%}
            when '{{ reading.name }}'
                then {{ cnc(
                    booked_sink(
                        ecs(
                            nep(
                                'terms.npp_' ~ reading.choice ~ '_tgco2',
                                'terms.rh_' ~ reading.choice ~ '_tgco2'
                            ),
                            'terms.rcs_tgco2'
                        ),
                        sql_text(reading.sink_unit_booking)
                    ),
                    'terms.ce_tgco2'
                ) }}
            {% endfor -%}
        end as cnc_tgco2

    from unnested

    inner join terms
        on unnested.city_id = terms.city_id
        and unnested.period = terms.period

)

select * from final
