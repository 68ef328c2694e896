-- Spatial samples as lists. Grain: one row per indicator, period, island_policy.
-- Values by position and edges by both positions, as the SQL functions take them.
with

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

positions as (

    select * from {{ ref('int_city_positions_ranked') }}

),

links as (

    select * from {{ ref('int_city_links_weighted') }}

),

policies as (

    select unnest({{ island_policies() }}) as island_policy

),

periods as (

    select
        indicator,
        period,
        bool_or(is_period_mean) as is_period_mean,
        count(*) as study_city_count,
        count(*) - count(value_tgco2) as missing_city_count

    from city_periods

    where indicator in ({{ text_list(var('spatial_indicators')) }})

    group by indicator, period

),

position_lists as (

    select
        indicator,
        period,
        island_policy,
        list(city_id order by position) as city_ids,
        list(value_tgco2 order by position) as vals

    from positions

    group by indicator, period, island_policy

),

link_lists as (

    select
        indicator,
        period,
        island_policy,
        list(city_position order by city_position, neighbour_position) as src,
        list(neighbour_position order by city_position, neighbour_position) as dst,
        list(weight order by city_position, neighbour_position) as weights,
        count(distinct city_id) as linked_city_count

    from links

    group by indicator, period, island_policy

),

final as (

    select
        periods.indicator,
        periods.period,
        periods.is_period_mean,
        policies.island_policy,
        {{ is_headline_island_policy('policies.island_policy') }} as is_headline,
        coalesce(position_lists.city_ids, []) as city_ids,
        coalesce(position_lists.vals, []) as vals,
        coalesce(link_lists.src, []) as src,
        coalesce(link_lists.dst, []) as dst,
        coalesce(link_lists.weights, []) as weights,
        cast(len(coalesce(position_lists.vals, [])) as bigint) as city_count,
        periods.missing_city_count,
        periods.study_city_count
        - periods.missing_city_count
        - coalesce(link_lists.linked_city_count, 0) as island_count,
        cast(len(coalesce(link_lists.src, [])) as bigint) as link_count

    from periods

    cross join policies

    left join position_lists
        on periods.indicator = position_lists.indicator
        and periods.period = position_lists.period
        and policies.island_policy = position_lists.island_policy

    left join link_lists
        on periods.indicator = link_lists.indicator
        and periods.period = link_lists.period
        and policies.island_policy = link_lists.island_policy

)

select * from final
