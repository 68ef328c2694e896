{#- First and last year of the study: the vars where they are given, else the years of the
    historical collection, so that another country needs no change here. -#}
{% macro study_first_year() -%}
    {{ return(_study_year('study_first_year', 'min(first_year)')) }}
{%- endmacro %}

{% macro study_last_year() -%}
    {{ return(_study_year('study_last_year', 'max(last_year)')) }}
{%- endmacro %}

{#- A var, or what the historical collection says: as ingested, or in the published file, which has
    no inputs, as meta has it. A unit test gives the var. -#}
{% macro _study_year(name, of_collection) -%}
    {%- if var(name) is not none or not execute -%}
        {{ return(var(name)) }}
    {%- endif -%}
    {%- set ingested = adapter.get_relation(target.database, 'raw', 'collections') -%}
    {%- set found = run_query(
        "select " ~ of_collection ~ " from " ~ (ingested or 'meta.collections') ~ "
        where collection = " ~ sql_text(var('historical_collection'))
    ) -%}
    {{ return(found.rows[0][0]) }}
{%- endmacro %}
