{#- A number as a whole multiple of 2^-64. Integers add up without rounding, so that their sum does
    not depend on the order of rows or the number of threads; an ordered aggregate would keep every
    row of every group. Sums up to 9e18 fit; what is below 5e-20 counts as 0. -#}
{% macro exact_integer(measure) -%}
    cast(({{ measure }}) * 1.8446744073709551616e19 as hugeint)
{%- endmacro %}

{#- Sum of the rows of a condition that has the same last digits in whatever order it is added. -#}
{% macro exact_sum(measure, condition='true') -%}
    (sum({{ exact_integer(measure) }})
        {%- if condition != 'true' %} filter (where {{ condition }}){% endif %}::double
    / 1.8446744073709551616e19)
{%- endmacro %}

{#- Mean of the rows of a condition that has the same last digits in whatever order it is added. -#}
{% macro exact_mean(measure, condition='true') -%}
    ({{ exact_sum(measure, condition) }} / nullif(count({{ measure }})
        {%- if condition != 'true' %} filter (where {{ condition }}){% endif %}, 0))
{%- endmacro %}

{#- Values of a group as a list in the order of a key that no two rows share. Sorting the finished
    list takes less memory than an ordered aggregate does. -#}
{% macro list_in_order(measure, key, condition='true') -%}
    list_transform(
        list_sort(list({'key': {{ key }}, 'value': {{ measure }}})
            {%- if condition != 'true' %} filter (where {{ condition }}){% endif %}),
        lambda item: item['value']
    )
{%- endmacro %}
