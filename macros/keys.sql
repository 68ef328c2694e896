{#- Primary and foreign keys of the marts, as a list of dictionaries. A primary key is what a mart's
    unique_grain test holds; a column that is the whole primary key of a dimension refers to it
    wherever it stands, since one name stands for one thing in the whole warehouse. -#}
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
            {%- if dimension_of.get(column, node.name) != node.name -%}
                {%- do keys.append({
                    'table': node.name, 'type': 'foreign', 'columns': [column],
                    'referenced': dimension_of[column]
                }) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(keys) }}
{%- endmacro %}

{#- Write meta.keys. Primary keys were tested; of a foreign key the rows without their dimension are
    counted, since tables that users bring may name places which the zones do not have. -#}
{% macro write_keys() -%}
    {%- set rows = [] -%}
    {%- for key in mart_keys() -%}
        {%- for column in key['columns'] -%}
            {%- do rows.append('(' ~ [
                "'marts'",
                sql_text(key.table),
                sql_text(key.type),
                loop.index,
                sql_text(column),
                sql_text(key.get('referenced')),
                sql_text(column if key.type == 'foreign' else none),
                orphan_count_sql(key.table, column, key.referenced)
                    if key.type == 'foreign' else 'null',
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
            referenced_column varchar,
            orphan_count bigint
        )"
    ) -%}
    {%- do run_query('insert into meta.keys values ' ~ rows | join(', ')) -%}
{%- endmacro %}

{#- Subquery: rows of a mart that name a place which the dimension does not have. -#}
{% macro orphan_count_sql(table, column, dimension) -%}
    {{ return(
        '(select count(*) from marts.' ~ table ~ ' anti join marts.' ~ dimension
        ~ ' using (' ~ column ~ ') where ' ~ column ~ ' is not null)'
    ) }}
{%- endmacro %}
