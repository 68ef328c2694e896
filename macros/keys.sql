{#- Primary and foreign keys of the marts, as a list of dictionaries. A primary key is what a mart's
    unique_grain test holds; a column that is the whole primary key of a dimension refers to it
    wherever it stands, since one name stands for one thing in the whole warehouse. -#}
{% macro mart_keys() -%}
    {%- set grains = grains() -%}
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

{#- Marts that meta.keys counts rows of, and so is made after: dbt wants them by name. -#}
{% macro keyed_marts() -%}
    {{ return([
        'dim_cities', 'dim_neighbours', 'dim_provinces', 'dim_regions', 'fct_cell_carbon_sinks',
        'fct_cell_trends', 'fct_city_carbon_budgets', 'fct_city_clusters',
        'fct_city_emission_inventories', 'fct_city_scenario_budgets', 'fct_city_terms',
        'fct_city_verdicts', 'fct_city_weatherings', 'fct_data_quality',
        'fct_emission_inventory_comparisons', 'fct_energy_emissions', 'fct_inequalities',
        'fct_province_carbon_budgets', 'fct_region_carbon_budgets'
    ]) }}
{%- endmacro %}

{#- Rows of meta.keys, as the lines of a VALUES list. -#}
{% macro key_rows() -%}
    {%- set rows = [] -%}
    {%- for key in (mart_keys() if execute else []) -%}
        {%- if key.type == 'foreign' and not (
            key.table in keyed_marts() and key.referenced in keyed_marts()
        ) -%}
            {%- do exceptions.raise_compiler_error(
                key.table ~ ' refers to ' ~ key.referenced ~ ': name both in keyed_marts()'
            ) -%}
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
                orphan_count_sql(key.table, column, key.referenced)
                    if key.type == 'foreign' else 'null',
            ] | join(', ') ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(rows) }}
{%- endmacro %}

{#- Subquery: rows of a mart that name a place which the dimension does not have. -#}
{% macro orphan_count_sql(table, column, dimension) -%}
    {{ return(
        '(select count(*) from marts.' ~ table ~ ' anti join marts.' ~ dimension
        ~ ' using (' ~ column ~ ') where ' ~ column ~ ' is not null)'
    ) }}
{%- endmacro %}
