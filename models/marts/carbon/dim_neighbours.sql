-- Pairs of cities that touch, or an island and its nearest city.
-- Grain: one row per city_id, neighbour_id, contact.
with

final as (

    select * from {{ ref('stg_raw__neighbours') }}

)

select * from final
order by city_id, neighbour_id, contact
