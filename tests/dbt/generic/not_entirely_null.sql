{#- Fails with every column that has no value in any row of a relation that has rows. -#}
{% test not_entirely_null(model, columns) %}
{% for column in columns %}
select '{{ column }}' as column_name

from {{ model }}

having count(*) > 0 and count({{ column }}) = 0
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endtest %}
