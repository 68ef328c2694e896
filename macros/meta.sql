{#- What the project says of itself: version, names of its vars, hashes of its files, commit. -#}
{% macro project_facts() -%}
    {%- if not execute -%}
        {{ return({'vars': [], 'version': none, 'git_commit': none, 'git_is_dirty': none}) }}
    {%- endif -%}
    {{ return(fromjson(run_query('select publish_project_facts()').rows[0][0])) }}
{%- endmacro %}

{#- Time at which the build began, and version of dbt, as SQL literals. -#}
{% macro began_at() -%}
    {{ sql_text((run_started_at | string)[:19]) }}
{%- endmacro %}

{% macro version_of_dbt() -%}
    {{ sql_text(dbt_version) }}
{%- endmacro %}

{#- Every var and its value, as JSON. -#}
{% macro project_choices(facts) -%}
    {%- set choices = {} -%}
    {%- for name in facts['vars'] -%}
        {%- do choices.update({name: var(name)}) -%}
    {%- endfor -%}
    {{ return(tojson(choices, sort_keys=true)) }}
{%- endmacro %}

{#- Columns that the grain of a model or seed has, by its id, as its unique_grain test says. -#}
{% macro grains() -%}
    {%- set found = {} -%}
    {%- for node in graph.nodes.values() -%}
        {%- if node.resource_type == 'test' and node.test_metadata
            and node.test_metadata.name == 'unique_grain' -%}
            {%- do found.update({node.attached_node: node.test_metadata.kwargs.columns}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- Schemas that are published: what readers get. -#}
{% macro published_schemas() -%}
    {{ return(['bi', 'marts', 'meta', 'ref']) }}
{%- endmacro %}

{#- Columns by which the rows of a table may be added up; any other column of a grain must be held
    to one value first, or the same thing is counted again. -#}
{% macro additive_dimensions() -%}
    {{ return([
        'nation_id', 'region_id', 'province_id', 'city_id', 'cell_id', 'entity_id', 'year',
        'fuel', 'factor', 'lithology_code'
    ]) }}
{%- endmacro %}

{#- Flags that say which rows may be added up. -#}
{% macro summing_flags() -%}
    {{ return(['in_study', 'is_headline', 'is_period_mean', 'is_summary', 'is_history']) }}
{%- endmacro %}

{#- Rows of meta.columns as their YAML says, as the lines of a VALUES list: schema, table, column,
    position, type, description, columns to hold to one value before a sum. Types are those of the
    contracts; of a seed, what its column_types say, else text. -#}
{% macro described_columns() -%}
    {%- set rows = [] -%}
    {%- if execute -%}
        {%- set grains = grains() -%}
        {%- for node in graph.nodes.values() | sort(attribute='unique_id') -%}
            {%- if node.resource_type in ['model', 'seed'] and node.schema in published_schemas() -%}
                {%- set within = [] -%}
                {%- for name in node.columns -%}
                    {%- if name in summing_flags() or (
                        name in grains.get(node.unique_id, []) and name not in additive_dimensions()
                    ) -%}
                        {%- do within.append(name) -%}
                    {%- endif -%}
                {%- endfor -%}
                {%- for column in node.columns.values() -%}
                    {%- set type = column.data_type
                        or (node.config.get('column_types') or {}).get(column.name, 'varchar') -%}
                    {%- do rows.append('(' ~ [
                        sql_text(node.schema),
                        sql_text(node.alias),
                        sql_text(column.name),
                        loop.index,
                        sql_text(type | upper),
                        sql_text(column.description),
                        sql_text(within | join(', ') if within else none)
                    ] | join(', ') ~ ')') -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(rows) }}
{%- endmacro %}

{#- A column's name as people say it: without its unit, and with the field's terms in capitals. -#}
{% macro spoken_name(name) -%}
    array_to_string(
        list_transform(
            string_split(
                regexp_replace(
                    {{ name }},
                    '_(tgco2|ktco2_km2|tgco2_yr|gc_m2|gc_m2_yr|km2|ratio|mm|c|tj|tce|t_tce|persons)$',
                    ''
                ), '_'
            ),
            (word, position) -> case
                when word in (
                    'ce', 'npp', 'rh', 'nep', 'rcs', 'ecs', 'cnc', 'co2', 'gdp', 'id', 'iso', 'mk',
                    'wkt', 'ipcc', 'ceads', 'zh', 'sha256', 'crs', 'sql', 'dbt', 'url'
                ) then upper(word)
                when position = 1 then upper(word[1]) || word[2:]
                else word
            end
        ), ' '
    )
{%- endmacro %}
