-- Cities of a spatial sample, those without a value and the islands that drop leaves out are all
-- cities in the study; weights of a city sum to 1.
-- Fails with one row per indicator, period, island_policy that does not add up.
with

cities as (

    select * from {{ ref('dim_cities') }}

),

autocorrelations as (

    select * from {{ ref('fct_spatial_autocorrelations') }}

),

clusters as (

    select * from {{ ref('fct_city_clusters') }}

),

links as (

    select * from {{ ref('int_city_links_weighted') }}

),

networks as (

    select * from {{ ref('int_spatial_networks_found') }}

),

study as (

    select count(*) as study_city_count
    from cities
    where in_study

),

cluster_counts as (

    select
        indicator,
        period,
        count(*) as row_count

    from clusters

    group by indicator, period

),

weight_sums as (

    select
        network_id,
        island_policy,
        city_id,
        sum(weight) as weight_sum

    from links

    group by network_id, island_policy, city_id

),

final as (

    select
        autocorrelations.indicator,
        autocorrelations.period,
        autocorrelations.island_policy,
        'cities' as what

    from autocorrelations

    cross join study

    left join cluster_counts
        on autocorrelations.indicator = cluster_counts.indicator
        and autocorrelations.period = cluster_counts.period

    where autocorrelations.city_count
        + autocorrelations.missing_city_count
        + case
            when autocorrelations.island_policy = 'drop' then autocorrelations.island_count
            else 0
        end != study.study_city_count
        or cluster_counts.row_count is distinct from study.study_city_count

    union all

    select distinct
        networks.indicator,
        networks.period,
        weight_sums.island_policy,
        'weights' as what

    from weight_sums

    inner join networks
        on weight_sums.network_id = networks.network_id

    where abs(weight_sums.weight_sum - 1) > 1e-9

)

select * from final
