-- Surplus cities under drawn errors. Grain: rh_time_base, npp_gap_policy, sink_unit_booking,
-- entity_level, entity_id, draw.
-- Every draw takes one error for each component and unit that shares it, for all cities at once, so
-- that the count keeps the correlation of its cities.
with

city_means as (

    select * from {{ ref('int_city_choices_averaged') }}

),

errors as (

    select * from {{ ref('int_city_errors_termed') }}

),

sharing_units as (

    select distinct
        component,
        shared_by

    from errors

),

draws as (

    select
        component,
        shared_by,
        draw,
        {{ normal_draw(
            "concat_ws('/', component, shared_by, draw, " ~ var('monte_carlo_seed') ~ ')'
        ) }} as z

    from (
        select
            component,
            shared_by,
            unnest(range(1, {{ var('monte_carlo_draws') }} + 1)) as draw

        from sharing_units
    ) as numbered

),

drawn_errors as (

    select
        errors.city_id,
        errors.rh_time_base,
        errors.npp_gap_policy,
        draws.draw,
        sum(errors.cnc_sign * errors.sigma_tgco2 * draws.z) filter (
            where errors.measure != 'CE'
        ) as sink_error_tgco2,
        sum(errors.cnc_sign * errors.sigma_tgco2 * draws.z) filter (
            where errors.measure = 'CE'
        ) as ce_error_tgco2

    from errors

    inner join draws
        on errors.component = draws.component
        and errors.shared_by = draws.shared_by

    where errors.city_id is not null

    group by errors.city_id, errors.rh_time_base, errors.npp_gap_policy, draws.draw

),

bookings as (

    select unnest({{ sink_unit_bookings() }}) as sink_unit_booking

),

drawn_states as (

    select
        city_means.province_id,
        city_means.region_id,
        city_means.rh_time_base,
        city_means.npp_gap_policy,
        bookings.sink_unit_booking,
        drawn_errors.draw,
        {{ cnc(
            booked_sink(
                'city_means.ecs_tgco2 + drawn_errors.sink_error_tgco2', 'bookings.sink_unit_booking'
            ),
            'city_means.ce_tgco2 - drawn_errors.ce_error_tgco2'
        ) }} > 0 as is_surplus

    from drawn_errors

    inner join city_means
        on drawn_errors.city_id = city_means.city_id
        and drawn_errors.rh_time_base = city_means.rh_time_base
        and drawn_errors.npp_gap_policy = city_means.npp_gap_policy

    cross join bookings

    where city_means.cnc_tgco2 is not null

),

province_counts as (

    select
        province_id,
        region_id,
        rh_time_base,
        npp_gap_policy,
        sink_unit_booking,
        draw,
        count(*) filter (where is_surplus) as surplus_city_count

    from drawn_states

    group by
        province_id, region_id, rh_time_base, npp_gap_policy, sink_unit_booking, draw

),

memberships as (

    select
        *,
        unnest(['nation', 'region', 'province']) as entity_level,
        unnest(['{{ var("nation_id") }}', region_id, province_id]) as entity_id

    from province_counts

),

final as (

    select
        rh_time_base,
        npp_gap_policy,
        sink_unit_booking,
        entity_level,
        entity_id,
        draw,
        sum(surplus_city_count) as surplus_city_count

    from memberships

    where entity_id is not null

    group by
        rh_time_base, npp_gap_policy, sink_unit_booking, entity_level, entity_id, draw

)

select * from final
