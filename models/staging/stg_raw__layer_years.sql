-- What each year rests on. Grain: one row per collection, year, quantity.
-- The source of each quantity, the model that stands in for a layer, and whether it is the same
-- every year.
with

source as (

    select * from {{ source('raw', 'layer_years') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(year as integer) as year,
        cast(quantity as varchar) as quantity,
        cast(source_id as varchar) as source_id,

        ---------- kind
        cast(model as varchar) as model,
        cast(is_climatology as boolean) as is_climatology

    from source

)

select * from final
