-- Files that were read, with what their source card says of them. Grain: one row per path, role.
{{ config(alias='source_files') }}

with

files as (

    select * from {{ ref('stg_raw__source_files') }}

),

sources as (

    select * from {{ ref('stg_raw__sources') }}

),

final as (

    select
        files.*,
        sources.producer,
        sources.licence,
        sources.is_synthetic

    from files

    left join sources
        on files.source_id = sources.source_id

)

select * from final
order by role, path
