-- Spatial networks as lists. Grain: one row per network_id, island_policy.
-- Places by position and edges by both positions, as the SQL functions take them.
with

networks as (

    select * from {{ ref('int_spatial_networks_found') }}

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

network_ids as (

    select distinct network_id
    from networks

),

position_lists as (

    select
        network_id,
        island_policy,
        {{ list_in_order('city_id', 'position') }} as city_ids

    from positions

    group by network_id, island_policy

),

edge_lists as (

    select
        network_id,
        island_policy,
        list_sort(list({
            'src': city_position, 'dst': neighbour_position, 'weight': weight
        })) as edges,
        count(distinct city_id) as linked_city_count

    from links

    group by network_id, island_policy

),

link_lists as (

    select
        network_id,
        island_policy,
        linked_city_count,
        list_transform(edges, lambda edge: edge['src']) as src,
        list_transform(edges, lambda edge: edge['dst']) as dst,
        list_transform(edges, lambda edge: edge['weight']) as weights

    from edge_lists

),

final as (

    select
        network_ids.network_id,
        policies.island_policy,
        coalesce(position_lists.city_ids, []) as city_ids,
        coalesce(link_lists.src, []) as src,
        coalesce(link_lists.dst, []) as dst,
        coalesce(link_lists.weights, []) as weights,
        coalesce(link_lists.linked_city_count, 0) as linked_city_count,
        cast(len(coalesce(link_lists.src, [])) as bigint) as link_count

    from network_ids

    cross join policies

    left join position_lists
        on network_ids.network_id = position_lists.network_id
        and policies.island_policy = position_lists.island_policy

    left join link_lists
        on network_ids.network_id = link_lists.network_id
        and policies.island_policy = link_lists.island_policy

)

select * from final
