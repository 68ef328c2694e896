{#- Write, audit, publish: the on-run-end step of every dbt command. Only a build of everything
    that passed replaces the published file; anything else says in one line why it does not. -#}
{% macro publish(results) -%}
    {%- if execute and flags.WHICH in ['build', 'run', 'test', 'seed', 'retry'] -%}
        {%- set hindrance = publishing_hindrance(results) -%}
        {%- if hindrance -%}
            {%- do log('not published: ' ~ hindrance, info=true) -%}
        {%- else -%}
            {%- do publish_database() -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Why this run must not publish, as half a sentence; an empty string if it may. -#}
{% macro publishing_hindrance(results) -%}
    {%- if flags.WHICH != 'build' -%}
        {{ return('only `dbt build` publishes, this was `dbt ' ~ flags.WHICH ~ '`') }}
    {%- endif -%}
    {%- if flags.EMPTY or invocation_args_dict.get('sample') -%}
        {{ return('--empty and --sample leave rows out') }}
    {%- endif -%}
    {%- set ran = [] -%}
    {%- set unpassed = [] -%}
    {%- for result in results -%}
        {%- do ran.append(result.node.unique_id) -%}
        {#- An exposure is nothing to run: it says what rests on the marts. -#}
        {%- if result.node.resource_type != 'exposure'
            and result.status | string not in ['success', 'pass', 'warn'] -%}
            {%- do unpassed.append(result.node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if unpassed -%}
        {{ return(
            unpassed | length ~ ' of ' ~ ran | length ~ ' nodes did not pass (' ~ unpassed[0]
            ~ (', ...' if unpassed | length > 1 else '') ~ ')'
        ) }}
    {%- endif -%}
    {#- Unit tests are not in `graph`, so an argument that deselects is refused by its name. -#}
    {%- for argument in [
        'select', 'exclude', 'selector', 'models', 'resource_types', 'exclude_resource_types'
    ] -%}
        {%- if invocation_args_dict.get(argument) -%}
            {{ return('--' ~ argument | replace('_', '-') ~ ' leaves nodes out') }}
        {%- endif -%}
    {%- endfor -%}
    {%- set missing = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type in ['model', 'seed', 'snapshot', 'test']
            and node.config.enabled
            and node.config.materialized != 'ephemeral'
            and node.unique_id not in ran -%}
            {%- do missing.append(node.name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {{ return(missing | length ~ ' nodes did not run (' ~ missing[0] ~ ', ...)') }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- Write the meta tables, copy the build file to a new file, and put it in place at once. -#}
{% macro publish_database() -%}
    {%- set folder = env_var('CARBON_PUBLISHED', 'published') -%}
    {%- do run_query('drop schema if exists audit cascade') -%}
    {%- do write_meta() -%}
    {#- DuckDB 1.0 cannot read the index that a key makes; tests hold the grains and meta.keys
        names them. -#}
    {%- set keyed = run_query(
        "select schema_name || '.' || table_name from duckdb_constraints()
        where database_name = current_database() and constraint_type in ('PRIMARY KEY', 'UNIQUE')"
    ) -%}
    {%- if keyed.rows -%}
        {%- do exceptions.raise_compiler_error(
            keyed.rows[0][0] ~ ' has a key, and DuckDB 1.0 could not open the published file'
        ) -%}
    {%- endif -%}
    {%- set next_path = run_query(
        "select publish_prepare(" ~ sql_text(folder) ~ ")"
    ).rows[0][0] -%}
    {%- do run_query(
        "attach " ~ sql_text(next_path) ~ " as publish_next (storage_version 'v1.0.0')"
    ) -%}
    {%- do run_query(
        'copy from database ' ~ adapter.quote(target.database) ~ ' to publish_next'
    ) -%}
    {#- In the copy only: in the build file the next build would compute with them. -#}
    {%- do run_query(run_query("select publish_functions('publish_next')").rows[0][0]) -%}
    {%- do run_query('checkpoint publish_next') -%}
    {%- do run_query('detach publish_next') -%}
    {%- set published = run_query(
        "select publish_replace(" ~ sql_text(next_path) ~ ")"
    ).rows[0][0] -%}
    {%- do log('published: ' ~ published, info=true) -%}
{%- endmacro %}

{#- A text as an SQL literal, or null. -#}
{% macro sql_text(value) -%}
    {%- if value is none -%}
        {{ return('null') }}
    {%- endif -%}
    {{ return("'" ~ (value | string).replace("'", "''") ~ "'") }}
{%- endmacro %}

{#- Schema `meta`: this build, the sources, files and code it rests on, every key and published column.
    A hook cannot ref() what it may not need, so raw is named here. -#}
{% macro write_meta() -%}
    {%- set facts = fromjson(run_query('select publish_project_facts()').rows[0][0]) -%}
    {%- set choices = {} -%}
    {%- for name in facts['vars'] -%}
        {%- do choices.update({name: var(name)}) -%}
    {%- endfor -%}
    {%- do run_query('create schema if not exists meta') -%}

    {%- do run_query(
        "create or replace table meta.build as
        select
            timestamp " ~ sql_text(run_started_at.strftime('%Y-%m-%d %H:%M:%S')) ~ " as built_at,
            " ~ sql_text(facts['version']) ~ " as project_version,
            " ~ sql_text(facts['git_commit']) ~ "::varchar as git_commit,
            " ~ (facts['git_is_dirty'] | tojson) ~ "::boolean as git_is_dirty,
            " ~ sql_text(dbt_version) ~ " as dbt_version,
            version() as duckdb_version,
            " ~ sql_text(tojson(choices, sort_keys=true)) ~ " as vars_json,
            ingest.*
        from raw.ingest as ingest"
    ) -%}
    {%- do run_query(
        "create or replace table meta.sources as
        select * from raw.sources order by source_id"
    ) -%}
    {%- do run_query(
        "create or replace table meta.source_files as
        select
            files.*,
            sources.producer,
            sources.licence,
            sources.is_synthetic
        from raw.source_files as files
        left join raw.sources as sources
            on files.source_id = sources.source_id
        order by files.role, files.path"
    ) -%}
    {%- do run_query("create or replace table meta.project_files (path varchar, sha256 varchar)") -%}
    {%- set hashes = [] -%}
    {%- for path, sha256 in facts['files'].items() -%}
        {%- do hashes.append('(' ~ sql_text(path) ~ ', ' ~ sql_text(sha256) ~ ')') -%}
    {%- endfor -%}
    {%- do run_query('insert into meta.project_files values ' ~ hashes | join(', ')) -%}
    {%- do run_query(
        "create or replace table meta.columns (
            schema_name varchar,
            table_name varchar,
            column_name varchar,
            column_index integer,
            data_type varchar,
            unit varchar,
            description varchar
        )"
    ) -%}
    {%- do write_keys() -%}
    {%- for name, description in meta_comments().items() -%}
        {%- do run_query(
            'comment on ' ~ ('column' if name.count('.') == 2 else 'table') ~ ' ' ~ name
            ~ ' is ' ~ sql_text(description)
        ) -%}
    {%- endfor -%}
    {%- do run_query(column_dictionary_sql()) -%}
    {%- do comment_columns() -%}
{%- endmacro %}

{#- Give every column without a comment the one that the dictionary lends it; raw is ingestion's. -#}
{% macro comment_columns() -%}
    {%- set statements = run_query(
        "select string_agg(
            format('comment on column \"{}\".\"{}\".\"{}\" is ', schema_name, table_name, column_name)
            || '''' || replace(described.description, '''', '''''') || ''';',
            '\n'
        )

        from meta.columns as described

        inner join duckdb_columns() as columns using (schema_name, table_name, column_name)

        where columns.database_name = current_database()
            and columns.comment is null
            and schema_name != 'raw'
            and described.description is not null"
    ).rows[0][0] -%}
    {%- if statements -%}
        {%- do run_query(statements) -%}
    {%- endif -%}
{%- endmacro %}

{#- Comments of the meta tables and of the columns that no other table has. -#}
{% macro meta_comments() -%}
    {{ return({
        'meta.build': 'The build that made this file. Grain: one row.',
        'meta.build.built_at': 'Time at which the build began, UTC.',
        'meta.build.project_version': 'Version of the project.',
        'meta.build.git_commit': 'Commit of the project; NULL outside a git work tree.',
        'meta.build.git_is_dirty': 'Whether files differed from that commit.',
        'meta.build.dbt_version': 'Version of dbt.',
        'meta.build.duckdb_version': 'Version of DuckDB that wrote the file.',
        'meta.build.vars_json': 'Every scientific choice of the build, as JSON.',
        'meta.sources': 'Source cards of the inputs. Grain: one row per source_id.',
        'meta.source_files': 'Files that were read. Grain: one row per path, role.',
        'meta.project_files': 'Code and seeds that the build depends on. Grain: one row per path.',
        'meta.columns': 'Every column of this file. Grain: schema_name, table_name, column_name.',
        'meta.columns.schema_name': 'Schema of the table or view.',
        'meta.columns.table_name': 'Table or view.',
        'meta.columns.column_name': 'Column.',
        'meta.columns.column_index': 'Position of the column, from 1.',
        'meta.columns.data_type': 'SQL type.',
        'meta.columns.unit': 'Unit of measure; 1 for pure numbers, NULL for text and flags.',
        'meta.columns.description': 'What the column means.',
        'meta.keys': 'Keys of the marts. Grain: table_name, key_type, key_index, column_name.',
        'meta.keys.schema_name': 'Schema of the table.',
        'meta.keys.table_name': 'Table that has the key.',
        'meta.keys.key_type': 'primary (its grain) or foreign (a dimension it refers to).',
        'meta.keys.key_index': 'Position of the column in its key, from 1.',
        'meta.keys.column_name': 'Column of the key.',
        'meta.keys.referenced_table': 'Dimension that a foreign key refers to; else NULL.',
        'meta.keys.referenced_column': 'Column of that dimension; else NULL.',
        'meta.keys.orphan_count': 'Rows whose value that dimension does not have; 0: the key holds.',
    }) }}
{%- endmacro %}

{#- Insert of the column dictionary. A column that its own table does not describe has the meaning
    of its namesake: one name stands for one quantity in the whole warehouse. -#}
{% macro column_dictionary_sql() -%}
    {%- set documented = [] -%}
    {%- for node in graph.nodes.values() | list + graph.sources.values() | list -%}
        {%- if node.resource_type in ['model', 'seed', 'source'] -%}
            {%- for column in node.columns.values() -%}
                {%- do documented.append(
                    '(' ~ [
                        sql_text(node.schema),
                        sql_text(node.alias or node.identifier),
                        sql_text(column.name),
                        sql_text(column.description)
                    ] | join(', ') ~ ')'
                ) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(
        "insert into meta.columns
        with

        documented as (

            select * from (values
                " ~ documented | join(',
                ') ~ "
            ) as _(schema_name, table_name, column_name, description)

        ),

        namesakes as (

            select
                column_name,
                any_value(description order by schema_name != 'marts', schema_name, table_name)
                    filter (description != '') as description

            from documented

            group by column_name

        ),

        described as (

            select
                columns.schema_name,
                columns.table_name,
                columns.column_name,
                columns.column_index,
                columns.data_type,
                coalesce(
                    nullif(documented.description, ''), columns.comment, namesakes.description
                ) as description

            from duckdb_columns() as columns

            left join documented
                on columns.schema_name = documented.schema_name
                and columns.table_name = documented.table_name
                and columns.column_name = documented.column_name

            left join namesakes
                on columns.column_name = namesakes.column_name

            where columns.database_name = current_database()
                and not columns.internal

        )

        select
            schema_name,
            table_name,
            column_name,
            column_index,
            data_type,
            nullif(regexp_extract(description, 'Unit: ([^.]+)[.]$', 1), '') as unit,
            description

        from described

        order by schema_name, table_name, column_index"
    ) }}
{%- endmacro %}
