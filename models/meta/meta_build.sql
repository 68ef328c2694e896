-- The build that made this file: versions, every choice, the ingest it rests on. Grain: one row.
{{ config(alias='build') }}

{%- set facts = project_facts() %}

with

ingest as (

    select * from {{ source('raw', 'ingest') }}

),

final as (

    select
        cast({{ began_at() }} as timestamp) as built_at,
        {{ sql_text(facts['version']) }} as project_version,
        cast({{ sql_text(facts['git_commit']) }} as varchar) as git_commit,
        cast({{ facts['git_is_dirty'] | tojson }} as boolean) as git_is_dirty,
        {{ version_of_dbt() }} as dbt_version,
        version() as duckdb_version,
        {{ sql_text(project_choices(facts)) }} as vars_json,
        ingest.catalogue,
        ingest.catalogue_sha256,
        ingest.title,
        ingest.grid_crs,
        ingest.grid_resolution,
        ingest.grid_width,
        ingest.grid_height,
        ingest.ingested_at,
        ingest.software

    from ingest

)

select * from final
