-- Global Moran's I of the cities. Grain: one row per indicator, period, island_policy.
-- CE, ECS and CNC side by side: where sinks hardly change, the map of CNC is that of -CE.
with

samples as (

    select * from {{ ref('int_spatial_samples_listed') }}

),

networks as (

    select * from {{ ref('int_spatial_networks_listed') }}

),

tested as (

    select
        samples.*,
        morans_i(
            samples.vals, networks.src, networks.dst, networks.weights,
            {{ var('spatial_permutations') }}, {{ var('spatial_seed') }}
        ) as moran

    from samples

    inner join networks
        on samples.network_id = networks.network_id
        and samples.island_policy = networks.island_policy

),

final as (

    select
        indicator,
        period,
        is_period_mean,
        island_policy,
        is_headline,
        moran['i'] as morans_i,
        moran['expected_i'] as expected_i,
        moran['var_norm'] as var_norm,
        moran['z_norm'] as z_norm,
        moran['p_norm'] as p_norm,
        moran['p_sim'] as p_sim,
        city_count,
        missing_city_count,
        island_count,
        link_count

    from tested

)

select * from final
