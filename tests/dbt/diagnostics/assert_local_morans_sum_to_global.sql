-- Local I of eq. 11 sum to S0 I, and with row-standardised weights S0 is the number of cities with
-- a neighbour. Fails with one row per indicator, period whose sum is off by more than 1e-9 of it.
with

clusters as (

    select * from {{ ref('fct_city_clusters') }}

),

autocorrelations as (

    select * from {{ ref('fct_spatial_autocorrelations') }}

),

local_sums as (

    select
        indicator,
        period,
        sum(local_i) as local_sum,
        sum(abs(local_i)) as local_size,
        count(*) filter (where neighbour_count > 0) as s0

    from clusters

    group by indicator, period

),

final as (

    select
        autocorrelations.indicator,
        autocorrelations.period,
        autocorrelations.morans_i,
        local_sums.s0,
        local_sums.local_sum

    from autocorrelations

    left join local_sums
        on autocorrelations.indicator = local_sums.indicator
        and autocorrelations.period = local_sums.period

    where autocorrelations.is_headline
        and autocorrelations.morans_i is not null
        and (
            local_sums.local_sum is null
            or abs(local_sums.local_sum - local_sums.s0 * autocorrelations.morans_i)
            > 1e-9 * local_sums.local_size
        )

)

select * from final
