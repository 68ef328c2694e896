-- Keys of the marts. Grain: one row per table_name, key_type, key_index, column_name.
-- Primary keys were tested; of a foreign key the rows without their dimension are counted, since
-- tables that users bring may name places which the zones do not have.
{{ config(alias='keys') }}

{%- for name in keyed_marts() %}
-- depends_on: {{ ref(name) }}
{%- endfor %}
{%- set rows = key_rows() %}

with

final (
    schema_name, table_name, key_type, key_index, column_name, referenced_table,
    referenced_column, orphan_count
) as (

    values
    {{ (rows or ["('', '', '', 0, '', '', '', 0)"]) | join(',\n    ') }}

)

select * from final
order by table_name, key_type, key_index, column_name
