-- Parquet files of the lake, one for each block of rows of a collection and year. Grain: path.
with

source as (

    select * from {{ source('raw', 'lake_partitions') }}

),

final as (

    select
        ---------- ids
        cast(collection as varchar) as collection,
        cast(year as integer) as year,

        ---------- file
        cast(path as varchar) as path,
        cast(cell_count as bigint) as cell_count

    from source

)

select * from final
