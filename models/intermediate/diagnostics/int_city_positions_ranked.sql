-- Places of a spatial sample. Grain: one row per indicator, period, island_policy, city_id.
-- Cities in the study with a value, at positions from 1 in the order of city_id; drop leaves out
-- those without a neighbour among them.
with

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

city_neighbours as (

    select * from {{ ref('int_city_neighbours_chosen') }}

),

valued as (

    select * from city_periods

    where value_tgco2 is not null
        and indicator in ({{ text_list(var('spatial_indicators')) }})

),

policies as (

    select unnest({{ island_policies() }}) as island_policy

),

neighbour_counts as (

    select
        cities.indicator,
        cities.period,
        city_neighbours.island_policy,
        cities.city_id,
        count(*) as neighbour_count

    from valued as cities

    inner join city_neighbours
        on cities.city_id = city_neighbours.city_id

    inner join valued as neighbours
        on city_neighbours.neighbour_id = neighbours.city_id
        and cities.indicator = neighbours.indicator
        and cities.period = neighbours.period

    group by cities.indicator, cities.period, city_neighbours.island_policy, cities.city_id

),

counted as (

    select
        valued.indicator,
        valued.period,
        policies.island_policy,
        valued.city_id,
        valued.value_tgco2,
        coalesce(neighbour_counts.neighbour_count, 0) as neighbour_count

    from valued

    cross join policies

    left join neighbour_counts
        on valued.indicator = neighbour_counts.indicator
        and valued.period = neighbour_counts.period
        and policies.island_policy = neighbour_counts.island_policy
        and valued.city_id = neighbour_counts.city_id

),

final as (

    select
        *,
        cast(
            row_number() over (partition by indicator, period, island_policy order by city_id)
            as integer
        ) as position

    from counted

    where island_policy != 'drop'
        or neighbour_count > 0

)

select * from final
