-- Files that were read, with their fingerprints. Grain: one row per path, role.
with

source as (

    select * from {{ source('raw', 'source_files') }}

),

final as (

    select
        ---------- ids
        cast(path as varchar) as path,
        cast(source_id as varchar) as source_id,
        cast(role as varchar) as role,

        ---------- file
        cast(sha256 as varchar) as sha256,
        cast(size_bytes as bigint) as size_bytes,
        cast(crs as varchar) as crs,
        cast(unit as varchar) as unit,
        cast(nodata as varchar) as nodata,
        cast(value_min as double) as value_min,
        cast(value_max as double) as value_max

    from source

)

select * from final
