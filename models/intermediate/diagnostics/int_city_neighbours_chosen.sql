-- Neighbours under each island policy. Grain: one row per island_policy, city_id, neighbour_id.
-- Queen contiguity; attach ties an island to its nearest city as well.
with

neighbours as (

    select * from {{ ref('stg_raw__neighbours') }}

),

policies as (

    select unnest({{ island_policies() }}) as island_policy

),

final as (

    select distinct
        policies.island_policy,
        neighbours.city_id,
        neighbours.neighbour_id

    from policies

    inner join neighbours
        on neighbours.contact = 'contiguity'
        or (neighbours.contact = 'attachment' and policies.island_policy = 'attach')

)

select * from final
