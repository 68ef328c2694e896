{#- Fails with every combination of the grain's columns that is repeated or has a NULL in it. -#}
{% test unique_grain(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as row_count

from {{ model }}

group by {{ columns | join(', ') }}

having count(*) > 1 or {{ columns | join(' is null or ') }} is null
{% endtest %}
