-- Edges of a spatial network. Grain: one row per network_id, island_policy, city_id, neighbour_id.
-- Positions of both ends and row-standardised weights: those of a city sum to 1.
-- A view: one model lists it and the tests look into it.
{{ config(materialized='view') }}
with

positions as (

    select * from {{ ref('int_city_positions_ranked') }}

),

city_neighbours as (

    select * from {{ ref('int_city_neighbours_chosen') }}

),

final as (

    select
        cities.network_id,
        cities.island_policy,
        cities.city_id,
        neighbours.city_id as neighbour_id,
        cities.position as city_position,
        neighbours.position as neighbour_position,
        1.0::double / cities.neighbour_count as weight

    from positions as cities

    inner join city_neighbours
        on cities.city_id = city_neighbours.city_id
        and cities.island_policy = city_neighbours.island_policy

    inner join positions as neighbours
        on city_neighbours.neighbour_id = neighbours.city_id
        and cities.network_id = neighbours.network_id
        and cities.island_policy = neighbours.island_policy

)

select * from final
