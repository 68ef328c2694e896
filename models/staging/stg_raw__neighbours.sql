-- Cities that touch, or an island and its nearest. Grain: city_id, neighbour_id, contact.
with

source as (

    select * from {{ source('raw', 'neighbours') }}

),

final as (

    select
        ---------- ids
        cast(city_id as varchar) as city_id,
        cast(neighbour_id as varchar) as neighbour_id,
        cast(contact as varchar) as contact

    from source

)

select * from final
