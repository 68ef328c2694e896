-- Code and seeds that the build depends on, with their hashes. Grain: one row per path.
{{ config(alias='project_files') }}

with

final as (

    select
        files.key as path,
        files.value ->> '$' as sha256

    from json_each(publish_project_facts() -> '$.files') as files

)

select * from final
order by path
