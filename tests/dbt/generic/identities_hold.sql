{#- Fails with every row where a column differs from an expression of the same row by more than the
    tolerance, or where one of the two is missing. Each identity is a mapping: `column`; `equals`,
    the expression; `scale`, what the residual is held against (the column itself by default; for a
    small difference of large terms, one of the terms); `null_allowed`, true where the column may be
    missing although the expression is not. -#}
{% test identities_hold(model, identities) %}
{% for identity in identities %}
{%- set residual = identity.column ~ ' - (' ~ identity.equals ~ ')' %}
select
    '{{ identity.column }} = {{ identity.equals }}' as broken_identity,
    {{ identity.column }} as column_value,
    {{ residual }} as residual

from {{ model }}

where abs({{ residual }})
    > {{ var('identity_tolerance_ratio') }}
    * greatest(abs({{ identity.scale or identity.column }}), 1e-12)
    {%- if not identity.null_allowed %}
    or ({{ identity.column }} is null) != (({{ identity.equals }}) is null)
    {%- endif %}
{% if not loop.last %}
union all
{% endif %}
{% endfor %}
{% endtest %}
