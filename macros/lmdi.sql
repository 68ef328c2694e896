{#- Logarithmic mean, (a - b) / ln(a / b): a where both are equal, 0 where one is zero. Close to
    each other the quotient of two small differences loses digits, and atanh keeps them. -#}
{% macro log_mean(a, b) -%}
    case
        when ({{ a }}) < 0 or ({{ b }}) < 0 then null
        when ({{ a }}) = ({{ b }}) then cast({{ a }} as double)
        when ({{ a }}) = 0 or ({{ b }}) = 0 then 0.0
        when abs(({{ a }}) - ({{ b }})) < 0.1 * (({{ a }}) + ({{ b }}))
            then (({{ a }}) - ({{ b }}))
                / (2.0 * atanh((({{ a }}) - ({{ b }})) / (({{ a }}) + ({{ b }}))))
        else (({{ a }}) - ({{ b }})) / ln(({{ a }}) / ({{ b }}))
    end
{%- endmacro %}

{#- ln(a / b), NULL where one of the two is not above zero: DuckDB refuses such a logarithm. -#}
{% macro log_ratio(a, b) -%}
    case when ({{ a }}) > 0 and ({{ b }}) > 0 then ln(({{ a }}) / ({{ b }})) end
{%- endmacro %}

{#- The links of the Kaya identity, CE = population x (GDP / population) x (energy / GDP)
    x (CE / energy): the factor and the total that it reaches, in order. The last link is CE. -#}
{% macro kaya_links() -%}
    {{ return([
        ('population', 'population_persons'),
        ('affluence', 'gdp_lcu'),
        ('energy_intensity', 'energy_tce'),
        ('carbon_intensity', 'ce_tgco2'),
    ]) }}
{%- endmacro %}

{#- Additive LMDI-I (Ang 2005): effect of one link of a chain x_0, x_1 / x_0, x_2 / x_1, ... on the
    change of its last member, L(total, base total) x ln(link / base link). A member is a column,
    its base `base_` and the same name. Where the total appears or vanishes, the limit of the
    formula gives the whole change to the first link that is zero, and nothing to the others (Ang
    and Liu 2007); a zero inside the chain of a total above zero contradicts itself and is NULL. -#}
{% macro lmdi_effect(members, position) -%}
    {%- set member = members[position] -%}
    {%- set total = members[-1] -%}
    {%- set earlier = members[:position] -%}
    case
        when
            {% for name in members -%}
            {{ name }} is null or base_{{ name }} is null{{ ' or ' if not loop.last }}
            {%- endfor %}
            then null
        when {{ total }} = base_{{ total }} and {{ total }} = 0 then 0.0
        when {{ total }} = 0 or base_{{ total }} = 0
            then case
                when ({{ member }} = 0 or base_{{ member }} = 0)
                    {%- for name in earlier %}
                    and {{ name }} > 0 and base_{{ name }} > 0
                    {%- endfor %}
                    then {{ total }} - base_{{ total }}
                else 0.0
            end
        else
            {{ log_mean(total, 'base_' ~ total) }}
            * (
                {{ log_ratio(member, 'base_' ~ member) }}
                {%- if earlier %}
                - {{ log_ratio(earlier[-1], 'base_' ~ earlier[-1]) }}
                {%- endif %}
            )
    end
{%- endmacro %}
