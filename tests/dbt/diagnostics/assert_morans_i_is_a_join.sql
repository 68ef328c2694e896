-- Moran's I as a join of neighbours, n / S0 sum w z z / sum z^2 (eq. 10), equals the function.
-- Fails with one row per indicator, period, island_policy that differs by more than 1e-9.
with

autocorrelations as (

    select * from {{ ref('fct_spatial_autocorrelations') }}

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
        value_tgco2
        - avg(value_tgco2) over (partition by indicator, period, island_policy) as z

    from valued

),

square_sums as (

    select
        indicator,
        period,
        island_policy,
        count(*) as n,
        sum(z * z) as square_sum

    from deviations

    group by indicator, period, island_policy

),

product_sums as (

    select
        cities.indicator,
        cities.period,
        cities.island_policy,
        sum(links.weight) as s0,
        sum(links.weight * cities.z * neighbours.z) as product_sum

    from links

    inner join deviations as cities
        on links.city_id = cities.city_id
        and links.network_id = cities.network_id
        and links.island_policy = cities.island_policy

    inner join deviations as neighbours
        on links.neighbour_id = neighbours.city_id
        and links.network_id = neighbours.network_id
        and links.island_policy = neighbours.island_policy
        and cities.indicator = neighbours.indicator
        and cities.period = neighbours.period

    group by cities.indicator, cities.period, cities.island_policy

),

final as (

    select
        autocorrelations.indicator,
        autocorrelations.period,
        autocorrelations.island_policy,
        autocorrelations.morans_i,
        square_sums.n / product_sums.s0 * product_sums.product_sum / square_sums.square_sum
            as joined_i

    from autocorrelations

    inner join square_sums
        on autocorrelations.indicator = square_sums.indicator
        and autocorrelations.period = square_sums.period
        and autocorrelations.island_policy = square_sums.island_policy

    inner join product_sums
        on autocorrelations.indicator = product_sums.indicator
        and autocorrelations.period = product_sums.period
        and autocorrelations.island_policy = product_sums.island_policy

    -- The function answers NULL for fewer than three places and for equal values.
    where square_sums.n >= 3
        and square_sums.square_sum > 0
        and (
            autocorrelations.morans_i is null
            or abs(autocorrelations.morans_i - joined_i) > 1e-9
        )

)

select * from final
