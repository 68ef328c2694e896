-- Source cards: who made each input, under which licence. Grain: one row per source_id.
with

source as (

    select * from {{ source('raw', 'sources') }}

),

final as (

    select
        ---------- ids
        cast(source_id as varchar) as source_id,

        ---------- card
        cast(producer as varchar) as producer,
        cast(title as varchar) as title,
        cast(licence as varchar) as licence,
        cast(citation as varchar) as citation,
        cast(url as varchar) as url,
        cast(version as varchar) as version,
        cast(is_synthetic as boolean) as is_synthetic,
        cast(is_modelled as boolean) as is_modelled,
        cast(note as varchar) as note

    from source

)

select * from final
