-- Values of spatial samples as lists. Grain: one row per indicator, period, island_policy.
-- By position in the sample's network, which is listed apart: many samples share one.
with

networks as (

    select * from {{ ref('int_spatial_networks_found') }}

),

network_lists as (

    select * from {{ ref('int_spatial_networks_listed') }}

),

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

positions as (

    select * from {{ ref('int_city_positions_ranked') }}

),

value_lists as (

    select
        networks.indicator,
        networks.period,
        positions.island_policy,
        {{ list_in_order('city_periods.value_tgco2', 'positions.position') }} as vals

    from networks

    inner join positions
        on networks.network_id = positions.network_id

    inner join city_periods
        on positions.city_id = city_periods.city_id
        and networks.indicator = city_periods.indicator
        and networks.period = city_periods.period

    group by networks.indicator, networks.period, positions.island_policy

),

final as (

    select
        networks.indicator,
        networks.period,
        networks.is_period_mean,
        network_lists.island_policy,
        {{ is_headline_island_policy('network_lists.island_policy') }} as is_headline,
        networks.network_id,
        coalesce(value_lists.vals, []) as vals,
        cast(len(coalesce(value_lists.vals, [])) as bigint) as city_count,
        networks.missing_city_count,
        networks.study_city_count
        - networks.missing_city_count
        - network_lists.linked_city_count as island_count,
        network_lists.link_count

    from networks

    inner join network_lists
        on networks.network_id = network_lists.network_id

    left join value_lists
        on networks.indicator = value_lists.indicator
        and networks.period = value_lists.period
        and network_lists.island_policy = value_lists.island_policy

)

select * from final
