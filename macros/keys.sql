{#- Primary and foreign keys of the marts, as a list of dictionaries. A primary key is what a mart's
    unique_grain test holds; a column that is the whole primary key of a dimension refers to it
    wherever it stands, since one name stands for one thing in the whole warehouse; `is_key: false`
    in the meta of a column says that it does not. -#}
{% macro mart_keys() -%}
    {%- set grains = {} -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type == 'test' and node.test_metadata
            and node.test_metadata.name == 'unique_grain' -%}
            {%- do grains.update({node.attached_node: node.test_metadata.kwargs.columns}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set marts = [] -%}
    {%- set dimension_of = {} -%}
    {%- for node in graph.nodes.values() | selectattr('schema', 'equalto', 'marts') -%}
        {%- if node.resource_type == 'model' and node.unique_id in grains -%}
            {%- do marts.append(node) -%}
            {%- set grain = grains[node.unique_id] -%}
            {%- if node.name.startswith('dim_') and grain | length == 1 -%}
                {%- do dimension_of.update({grain[0]: node.name}) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set keys = [] -%}
    {%- for node in marts | sort(attribute='name') -%}
        {%- do keys.append({
            'table': node.name, 'type': 'primary', 'columns': grains[node.unique_id]
        }) -%}
        {%- for column in node.columns -%}
            {%- if dimension_of.get(column, node.name) != node.name
                and node.columns[column].config.meta.get('is_key', true) -%}
                {%- do keys.append({
                    'table': node.name, 'type': 'foreign', 'columns': [column],
                    'referenced': dimension_of[column]
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}

{#- Write meta.keys, once every foreign key is known to hold; primary keys were tested. -#}
{% macro write_keys() -%}
    {%- set rows = [] -%}
    {%- for key in mart_keys() -%}
        {%- if key.type == 'foreign' -%}
            {%- do refuse_orphans(key.table, key.columns[0], key.referenced) -%}
        {%- endif -%}
        {%- for column in key['columns'] -%}
            {%- do rows.append('(' ~ [
                "'marts'",
                sql_text(key.table),
                sql_text(key.type),
                loop.index,
                sql_text(column),
                sql_text(key.get('referenced')),
                sql_text(column if key.type == 'foreign' else none),
            ] | join(', ') ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do run_query(
        "create or replace table meta.keys (
            schema_name varchar,
            table_name varchar,
            key_type varchar,
            key_index integer,
            column_name varchar,
            referenced_table varchar,
            referenced_column varchar
        )"
    ) -%}
    {%- do run_query('insert into meta.keys values ' ~ rows | join(', ')) -%}
{%- endmacro %}

{#- Stop a publication whose fact names a city, province or region that its dimension has not. -#}
{% macro refuse_orphans(table, column, dimension) -%}
    {%- set orphans = run_query(
        "select " ~ column ~ " from marts." ~ table ~ " anti join marts." ~ dimension
        ~ " using (" ~ column ~ ") where " ~ column ~ " is not null limit 1"
    ) -%}
    {%- if orphans.rows -%}
        {%- do exceptions.raise_compiler_error(
            'marts.' ~ table ~ ' has ' ~ column ~ ' ' ~ orphans.rows[0][0] ~ ', which marts.'
            ~ dimension ~ ' has not: not published'
        ) -%}
    {%- endif -%}
{%- endmacro %}
