-- Mean budgets under every reading of the method. Grain: one row per rh_time_base, npp_gap_policy,
-- sink_unit_booking, entity_level, entity_id.
-- Of the nation, its regions and its provinces, with the count of surplus cities and its interval.
with

entity_budgets as (

    select * from {{ ref('int_entity_budgets_stacked') }}
    where entity_level != 'city' and in_study

),

city_means as (

    select * from {{ ref('int_city_choices_averaged') }}

),

drawn_counts as (

    select * from {{ ref('int_surplus_counts_drawn') }}

),

choices as (

    {% for time_base in rh_time_bases() -%}
    {%- set is_last = loop.last -%}
    {%- for policy in npp_gap_policies() -%}
    select
        entity_level,
        entity_id,
        entity_name,
        '{{ time_base }}' as rh_time_base,
        '{{ policy }}' as npp_gap_policy,
        year,
        ce_tgco2,
        nep_{{ time_base }}_{{ policy }}_tgco2 as nep_tgco2,
        rcs_tgco2,
        cnc_tgco2 is not null as is_balanced

    from entity_budgets

    where {{ is_study_year() }}

    {% if not (is_last and loop.last) %}union all{% endif %}

    {% endfor -%}
    {%- endfor %}
),

means as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        rh_time_base,
        npp_gap_policy,
        bool_and(is_balanced) as is_balanced,
        {{ complete_mean('ce_tgco2') }} as ce_tgco2,
        {{ complete_mean('nep_tgco2') }} as nep_tgco2,
        {{ complete_mean('rcs_tgco2') }} as rcs_tgco2

    from choices

    group by entity_level, entity_id, rh_time_base, npp_gap_policy

),

bookings as (

    select unnest({{ sink_unit_bookings() }}) as sink_unit_booking

),

booked as (

    select
        means.entity_level,
        means.entity_id,
        means.entity_name,
        means.rh_time_base,
        means.npp_gap_policy,
        bookings.sink_unit_booking,
        means.is_balanced,
        means.ce_tgco2,
        {{ booked_sink('means.nep_tgco2', 'bookings.sink_unit_booking') }} as nep_tgco2,
        {{ booked_sink('means.rcs_tgco2', 'bookings.sink_unit_booking') }} as rcs_tgco2

    from means

    cross join bookings

),

city_states as (

    select
        city_means.rh_time_base,
        city_means.npp_gap_policy,
        bookings.sink_unit_booking,
        unnest(['nation', 'region', 'province']) as entity_level,
        unnest(['{{ var("nation_id") }}', city_means.region_id, city_means.province_id])
            as entity_id,
        {{ cnc(
            booked_sink('city_means.ecs_tgco2', 'bookings.sink_unit_booking'),
            'city_means.ce_tgco2'
        ) }} as cnc_tgco2

    from city_means

    cross join bookings

),

counts as (

    select
        rh_time_base,
        npp_gap_policy,
        sink_unit_booking,
        entity_level,
        entity_id,
        count(cnc_tgco2) as city_count,
        count(*) filter (where cnc_tgco2 > 0) as surplus_city_count

    from city_states

    group by rh_time_base, npp_gap_policy, sink_unit_booking, entity_level, entity_id

),

intervals as (

    select
        rh_time_base,
        npp_gap_policy,
        sink_unit_booking,
        entity_level,
        entity_id,
        quantile_cont(surplus_city_count, 0.025) as surplus_city_count_low,
        quantile_cont(surplus_city_count, 0.975) as surplus_city_count_high

    from drawn_counts

    group by rh_time_base, npp_gap_policy, sink_unit_booking, entity_level, entity_id

),

final as (

    select
        booked.rh_time_base,
        booked.npp_gap_policy,
        booked.sink_unit_booking,
        booked.entity_level,
        booked.entity_id,
        booked.entity_name,
        booked.ce_tgco2,
        booked.nep_tgco2,
        booked.rcs_tgco2,
        {{ ecs('booked.nep_tgco2', 'booked.rcs_tgco2') }} as ecs_tgco2,
        case
            when booked.is_balanced
                then {{ cnc(ecs('booked.nep_tgco2', 'booked.rcs_tgco2'), 'booked.ce_tgco2') }}
        end as cnc_tgco2,
        case
            when booked.is_balanced
                then {{ absorbed_ratio(
                    ecs('booked.nep_tgco2', 'booked.rcs_tgco2'), 'booked.ce_tgco2'
                ) }}
        end as absorbed_ratio,
        counts.city_count,
        counts.surplus_city_count,
        intervals.surplus_city_count_low,
        intervals.surplus_city_count_high,
        {{ is_headline('booked.rh_time_base', 'booked.npp_gap_policy') }}
        and booked.sink_unit_booking = 'co2' as is_headline

    from booked

    left join counts
        on booked.rh_time_base = counts.rh_time_base
        and booked.npp_gap_policy = counts.npp_gap_policy
        and booked.sink_unit_booking = counts.sink_unit_booking
        and booked.entity_level = counts.entity_level
        and booked.entity_id = counts.entity_id

    left join intervals
        on booked.rh_time_base = intervals.rh_time_base
        and booked.npp_gap_policy = intervals.npp_gap_policy
        and booked.sink_unit_booking = intervals.sink_unit_booking
        and booked.entity_level = intervals.entity_level
        and booked.entity_id = intervals.entity_id

)

select * from final
