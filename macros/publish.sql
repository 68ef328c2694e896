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

{#- Copy what readers get to a new file, and put that in place at once. -#}
{% macro publish_database() -%}
    {%- set folder = env_var('CARBON_PUBLISHED', 'published') -%}
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
    {%- do copy_tables('publish_next') -%}
    {#- In the copy only: in the build file the next build would compute with them. -#}
    {%- do run_query(run_query("select publish_functions('publish_next')").rows[0][0]) -%}
    {%- do run_query('checkpoint publish_next') -%}
    {%- do run_query('detach publish_next') -%}
    {%- set published = run_query(
        "select publish_replace(" ~ sql_text(next_path) ~ ")"
    ).rows[0][0] -%}
    {%- do log('published: ' ~ published, info=true) -%}
{%- endmacro %}

{#- Copy the tables that are models or seeds of a published schema, with their constraints and
    comments. Inputs and steps between stay in the build file, and so does what an earlier version
    of the project left there. -#}
{% macro copy_tables(database) -%}
    {%- for schema in published_schemas() -%}
        {%- do run_query('create schema ' ~ database ~ '.' ~ schema) -%}
    {%- endfor -%}
    {%- set wanted = [] -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type in ['model', 'seed'] and node.schema in published_schemas() -%}
            {%- do wanted.append(sql_text(node.schema ~ '.' ~ node.alias)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set among = " in (" ~ wanted | join(', ') ~ ")" -%}
    {%- set tables = run_query(
        "select
            schema_name || '.' || table_name,
            regexp_replace(sql, '^CREATE TABLE ', 'create table " ~ database ~ ".')
        from duckdb_tables()
        where database_name = current_database() and schema_name || '.' || table_name" ~ among ~ "
        order by schema_name, table_name"
    ) -%}
    {%- for row in tables.rows -%}
        {%- do run_query(row[1]) -%}
        {%- do run_query('insert into ' ~ database ~ '.' ~ row[0] ~ ' from ' ~ row[0]) -%}
    {%- endfor -%}
    {%- set comments = run_query(
        "select string_agg(
            'comment on ' || kind || ' " ~ database ~ ".' || name || ' is '
            || '''' || replace(comment, '''', '''''') || ''';', '\n'
        )
        from (
            select 'table' as kind, schema_name || '.' || table_name as name, comment
            from duckdb_tables()
            where database_name = current_database()
                and schema_name || '.' || table_name" ~ among ~ "
            union all
            select 'column', concat_ws('.', schema_name, table_name, column_name), comment
            from duckdb_columns()
            where database_name = current_database()
                and schema_name || '.' || table_name" ~ among ~ "
        )
        where comment is not null"
    ).rows[0][0] -%}
    {%- do run_query(comments) -%}
{%- endmacro %}

{#- A text as an SQL literal, or null. -#}
{% macro sql_text(value) -%}
    {%- if value is none -%}
        {{ return('null') }}
    {%- endif -%}
    {{ return("'" ~ (value | string).replace("'", "''") ~ "'") }}
{%- endmacro %}
