-- Local clusters and hot spots of cities. Grain: one row per city_id, indicator, period.
-- Every city in the study, under the island policy of the vars; NULL where it has no value or is
-- left out as an island.
with

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

positions as (

    select * from {{ ref('int_city_positions_ranked') }}

),

samples as (

    select * from {{ ref('int_spatial_samples_listed') }}

),

networks as (

    select * from {{ ref('int_spatial_networks_listed') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

tested as (

    select
        samples.indicator,
        samples.period,
        networks.city_ids,
        local_morans_i(
            samples.vals, networks.src, networks.dst, networks.weights,
            {{ var('spatial_permutations') }}, {{ var('spatial_seed') }}
        ) as local_morans,
        getis_ord_gi_star(samples.vals, networks.src, networks.dst) as gi_star_scores

    from samples

    inner join networks
        on samples.network_id = networks.network_id
        and samples.island_policy = networks.island_policy

    where samples.is_headline

),

unnested as (

    select
        indicator,
        period,
        unnest(city_ids) as city_id,
        unnest(local_morans) as local_moran,
        unnest(gi_star_scores) as gi_star_z

    from tested

),

adjusted as (

    select
        indicator,
        period,
        list_sort(list(city_id)) as city_ids,
        false_discovery_rate({{ list_in_order("local_moran['p_sim']", 'city_id') }}) as p_fdrs

    from unnested

    group by indicator, period

),

discoveries as (

    select
        indicator,
        period,
        unnest(city_ids) as city_id,
        unnest(p_fdrs) as p_fdr

    from adjusted

),

joined as (

    select
        cities.city_id,
        cities.city_name,
        cities.province_id,
        cities.province_name,
        city_periods.indicator,
        city_periods.period,
        city_periods.is_period_mean,
        city_periods.value_tgco2,
        positions.neighbour_count,
        unnested.local_moran['local_i'] as local_i,
        unnested.local_moran['p_sim'] as p_sim,
        discoveries.p_fdr,
        unnested.local_moran['quadrant'] as quadrant,
        unnested.gi_star_z

    from city_periods

    inner join cities
        on city_periods.city_id = cities.city_id

    left join samples
        on city_periods.indicator = samples.indicator
        and city_periods.period = samples.period
        and samples.is_headline

    left join positions
        on city_periods.city_id = positions.city_id
        and samples.network_id = positions.network_id
        and samples.island_policy = positions.island_policy

    left join unnested
        on city_periods.city_id = unnested.city_id
        and city_periods.indicator = unnested.indicator
        and city_periods.period = unnested.period

    left join discoveries
        on city_periods.city_id = discoveries.city_id
        and city_periods.indicator = discoveries.indicator
        and city_periods.period = discoveries.period

    where city_periods.indicator in ({{ text_list(var('spatial_indicators')) }})

),

final as (

    select
        *,
        {{ cluster_type('quadrant', 'p_sim', 'p_fdr') }} as cluster_type,
        {{ hot_spot('gi_star_z') }} as hot_spot

    from joined

)

select * from final
