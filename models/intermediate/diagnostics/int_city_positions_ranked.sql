-- Places of a spatial network. Grain: one row per network_id, island_policy, city_id.
-- Cities in the study with a value, at positions from 1 in the order of city_id; drop leaves out
-- those without a neighbour among them.
with

networks as (

    select * from {{ ref('int_spatial_networks_found') }}

),

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

city_neighbours as (

    select * from {{ ref('int_city_neighbours_chosen') }}

),

policies as (

    select unnest({{ island_policies() }}) as island_policy

),

examples as (

    select
        network_id,
        min(indicator || '/' || period) as example

    from networks

    group by network_id

),

valued as (

    select
        examples.network_id,
        city_periods.city_id

    from examples

    inner join city_periods
        on examples.example = city_periods.indicator || '/' || city_periods.period

    where city_periods.value_tgco2 is not null

),

neighbour_counts as (

    select
        cities.network_id,
        city_neighbours.island_policy,
        cities.city_id,
        count(*) as neighbour_count

    from valued as cities

    inner join city_neighbours
        on cities.city_id = city_neighbours.city_id

    inner join valued as neighbours
        on city_neighbours.neighbour_id = neighbours.city_id
        and cities.network_id = neighbours.network_id

    group by cities.network_id, city_neighbours.island_policy, cities.city_id

),

counted as (

    select
        valued.network_id,
        policies.island_policy,
        valued.city_id,
        coalesce(neighbour_counts.neighbour_count, 0) as neighbour_count

    from valued

    cross join policies

    left join neighbour_counts
        on valued.network_id = neighbour_counts.network_id
        and policies.island_policy = neighbour_counts.island_policy
        and valued.city_id = neighbour_counts.city_id

),

final as (

    select
        *,
        cast(
            row_number() over (partition by network_id, island_policy order by city_id)
            as integer
        ) as position

    from counted

    where island_policy != 'drop'
        or neighbour_count > 0

)

select * from final
