{#- The columns of the lake's partitions and their types, beside collection and year. -#}
{% macro lake_columns() -%}
    {{ return({
        'cell_id': 'bigint',
        'temperature_c': 'double',
        'precipitation_mm': 'double',
        'evapotranspiration_mm': 'double',
        'runoff_mm': 'double',
        'npp_gc_m2': 'double',
        'temperature_response_monthly': 'double',
        'precipitation_response_monthly': 'double',
        'temperature_response_annual': 'double',
        'precipitation_response_annual': 'double',
        'lithology_code': 'smallint',
    }) }}
{%- endmacro %}

{#- The lake as a relation: the partitions that raw.lake_partitions lists under CARBON_DATA, and
    no others, so that a partition left by a stopped run is never read. Without any partition, or in
    the published file, which lists none, it is an empty relation of the same columns and types. -#}
{% macro read_lake(partitions) -%}
    {%- set paths = [] -%}
    {%- if execute and load_relation(partitions) is not none -%}
        {%- set listed = run_query(
            "select path from " ~ partitions ~ " where cell_count > 0 order by path"
        ) -%}
        {%- for row in listed.rows -%}
            {#- In a folder's name these are letters, in read_parquet a pattern. -#}
            {%- set path = modules.re.sub(
                '([*?[])', '[\\1]', env_var('CARBON_DATA', 'data') ~ '/' ~ row[0]
            ) -%}
            {%- do paths.append(sql_text(path)) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if paths -%}
        read_parquet(
            [{{ paths | join(', ') }}],
            hive_partitioning = true,
            hive_types = {'collection': varchar, 'year': integer}
        )
    {%- else -%}
        (
            select
                null::varchar as collection,
                null::integer as year,
                {%- for name, type in lake_columns().items() %}
                null::{{ type }} as {{ name }},
                {%- endfor %}
            where false
        )
    {%- endif -%}
{%- endmacro %}
