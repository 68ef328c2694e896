{#- Fails with every row and column whose value lies outside its range, given as
    {column: [minimum, maximum]} with null for an open end; NULL values pass. -#}
{% test within_ranges(model, ranges) %}
{% for column, limits in ranges.items() %}
select
    '{{ column }}' as column_name,
    cast({{ column }} as double) as column_value

from {{ model }}

where
    false
    {%- if limits[0] is not none %}
    or {{ column }} < {{ limits[0] }}
    {%- endif %}
    {%- if limits[1] is not none %}
    or {{ column }} > {{ limits[1] }}
    {%- endif %}
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endtest %}
