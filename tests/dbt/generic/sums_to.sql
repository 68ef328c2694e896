{#- Fails with every column and group of `by` in which the value of the row is not the sum over the
    rows of `parts` (those where `parts_where`) and the row's own `remainder`. -#}
{% test sums_to(model, columns, parts, by, parts_where='true', remainder='0') %}
with

part_sums as (

    select
        {{ by | join(', ') }},
        {% for column in columns -%}
        sum({{ column }}) as {{ column }},
        sum(abs({{ column }})) as {{ column }}_size{{ ',' if not loop.last }}
        {% endfor %}
    from {{ parts }}

    where {{ parts_where }}

    group by {{ by | join(', ') }}

),

compared as (
    {% for column in columns %}
    select
        '{{ column }}' as column_name,
        {% for key in by -%}
        cast(coalesce(totals.{{ key }}, part_sums.{{ key }}) as varchar) as {{ key }},
        {% endfor -%}
        totals.{{ column }} as total,
        part_sums.{{ column }} as part_sum,
        part_sums.{{ column }}_size as part_size,
        totals.remainder as remainder

    from (select *, {{ remainder }} as remainder from {{ model }}) as totals

    full outer join part_sums
        on {% for key in by -%}
        totals.{{ key }} = part_sums.{{ key }}{{ ' and ' if not loop.last }}
        {%- endfor %}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (

    select * from compared

    where abs(coalesce(total, 0) - coalesce(part_sum, 0) - coalesce(remainder, 0))
        > {{ var('identity_tolerance_ratio') }}
        * greatest(coalesce(part_size, 0) + abs(coalesce(remainder, 0)), 1e-12)
        or (total is null and part_sum is not null)

)

select * from final
{% endtest %}
