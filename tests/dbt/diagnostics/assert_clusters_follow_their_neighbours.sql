-- Quadrant and Gi* of a city from a join of its neighbours: the signs of its deviation and lag, and
-- the sum over itself and its neighbours against its expectation. A named cluster is the quadrant
-- and significant. Fails with one row per city that disagrees.
with

clusters as (

    select * from {{ ref('fct_city_clusters') }}

),

positions as (

    select * from {{ ref('int_city_positions_ranked') }}

),

links as (

    select * from {{ ref('int_city_links_weighted') }}

),

networks as (

    select * from {{ ref('int_spatial_networks_found') }}

),

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

valued as (

    select
        networks.indicator,
        networks.period,
        city_periods.value_tgco2,
        positions.*

    from networks

    inner join positions
        on networks.network_id = positions.network_id

    inner join city_periods
        on positions.city_id = city_periods.city_id
        and networks.indicator = city_periods.indicator
        and networks.period = city_periods.period

),

deviations as (

    select
        *,
        count(*) over sample as n,
        value_tgco2 - avg(value_tgco2) over sample as z,
        stddev_pop(value_tgco2) over sample as s

    from valued

    where {{ is_headline_island_policy() }}

    window sample as (partition by indicator, period)

),

lags as (

    select
        links.city_id,
        deviations.indicator,
        deviations.period,
        sum(links.weight * deviations.z) as lag,
        sum(deviations.z) as neighbour_sum

    from links

    inner join deviations
        on links.neighbour_id = deviations.city_id
        and links.network_id = deviations.network_id

    where {{ is_headline_island_policy('links.island_policy') }}

    group by links.city_id, deviations.indicator, deviations.period

),

expected as (

    select
        deviations.city_id,
        deviations.indicator,
        deviations.period,
        deviations.n,
        deviations.s,
        deviations.z,
        coalesce(lags.lag, 0) as lag,
        deviations.z + coalesce(lags.neighbour_sum, 0) as own_sum,
        deviations.neighbour_count + 1 as own_count

    from deviations

    left join lags
        on deviations.city_id = lags.city_id
        and deviations.indicator = lags.indicator
        and deviations.period = lags.period

    -- The functions answer NULL for fewer than three places and for equal values.
    where deviations.n >= 3
        and deviations.s > 0

),

compared as (

    select
        clusters.*,
        expected.z,
        expected.lag,
        -- Within rounding of zero either sign may be right.
        case
            when least(abs(expected.z), abs(expected.lag)) < 1e-9 * expected.s
                then clusters.quadrant
            when expected.z > 0 and expected.lag > 0 then 'HH'
            when expected.z < 0 and expected.lag < 0 then 'LL'
            when expected.z > 0 then 'HL'
            else 'LH'
        end as expected_quadrant,
        expected.own_sum / expected.s / nullif(
            sqrt(
                (expected.n * expected.own_count - expected.own_count * expected.own_count)
                / (expected.n - 1)
            ),
            0
        ) as expected_gi_star_z

    from clusters

    inner join expected
        on clusters.city_id = expected.city_id
        and clusters.indicator = expected.indicator
        and clusters.period = expected.period

),

final as (

    select * from compared

    where quadrant is distinct from expected_quadrant
        or (gi_star_z is null) != (expected_gi_star_z is null)
        or abs(gi_star_z - expected_gi_star_z) > 1e-9
        or cluster_type not in (quadrant, 'ns')
        or (
            cluster_type != 'ns'
            and {{ 'p_fdr' if var('cluster_p_adjustment') == 'fdr' else 'p_sim' }}
            >= {{ var('cluster_significance_level') }}
        )
        or p_fdr < p_sim - 1e-9

)

select * from final
