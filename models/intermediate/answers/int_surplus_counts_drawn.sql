-- Surplus cities under drawn errors. Grain: rh_time_base, npp_gap_policy, sink_unit_booking,
-- entity_level, entity_id, draw.
-- Every draw errs for all cities at once, so that the count keeps the correlation of its cities.
with

terms as (

    select * from {{ ref('int_city_periods_termed') }}

    where is_period_mean

),

errors as (

    select * from {{ ref('int_unit_errors_combined') }}

),

province_counts as (

    select
        errors.province_id,
        any_value(errors.region_id) as region_id,
        errors.draw,
    {% for reading in readings() -%}
    count(*) filter (
        where {{ cnc(
                booked_sink(drawn_ecs(reading.choice), sql_text(reading.sink_unit_booking)),
                drawn_ce()
            ) }} > 0
    ) as count_{{ reading.name }}{{ ',' if not loop.last }}
    {% endfor %}

    from terms

    inner join errors
        on terms.city_id = errors.city_id

    group by errors.province_id, errors.draw

),

memberships as (

    select
        *,
        unnest(['nation', 'region', 'province']) as entity_level,
        unnest(['{{ var("nation_id") }}', region_id, province_id]) as entity_id

    from province_counts

),

summed as (

    select
        entity_level,
        entity_id,
        draw,
    {% for reading in readings() -%}
    sum(count_{{ reading.name }}) as count_{{ reading.name }}{{ ',' if not loop.last }}
    {% endfor %}

    from memberships

    where entity_id is not null

    group by entity_level, entity_id, draw

),

unnested as (

    select
        entity_level,
        entity_id,
        draw,
        unnest([
            {% for reading in readings() -%}
            {
                'rh_time_base': '{{ reading.rh_time_base }}',
                'npp_gap_policy': '{{ reading.npp_gap_policy }}',
                'sink_unit_booking': '{{ reading.sink_unit_booking }}',
                'surplus_city_count': count_{{ reading.name }}
            }{{ ',' if not loop.last }}
            {% endfor %}
        ]) as counted

    from summed

),

final as (

    select
        entity_level,
        entity_id,
        draw,
        unnest(counted) -- noqa: AL03

    from unnested

)

select * from final
