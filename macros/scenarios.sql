{#- The seven drivers of the network (Zhang et al. 2022, section 2.2.4), as a list. Quantities that
    grow by shares enter by their logarithm; shares enter as they are. -#}
{% macro bp_features(relation) -%}
    [
        ln(nullif({{ relation }}.population_persons, 0)),
        {{ relation }}.urban_ratio,
        ln(nullif({{ relation }}.gdp_lcu, 0)),
        {{ relation }}.secondary_industry_ratio,
        ln(nullif({{ relation }}.energy_intensity_tce_lcu, 0)),
        ln(nullif({{ relation }}.energy_tce, 0)),
        {{ relation }}.coal_ratio
    ]
{%- endmacro %}

{#- The drivers of STIRPAT (York et al. 2003), by logarithm: population, affluence, technology. -#}
{% macro stirpat_features(relation) -%}
    [
        ln(nullif({{ relation }}.population_persons, 0)),
        ln(nullif({{ relation }}.gdp_lcu, 0) / nullif({{ relation }}.population_persons, 0)),
        ln(nullif({{ relation }}.energy_intensity_tce_lcu, 0))
    ]
{%- endmacro %}

{#- The drivers that a scenario projects by a growth rate; energy is GDP times its intensity. -#}
{% macro projected_drivers() -%}
    {{ return([
        'population_persons',
        'urban_ratio',
        'gdp_lcu',
        'secondary_industry_ratio',
        'energy_intensity_tce_lcu',
        'coal_ratio',
    ]) }}
{%- endmacro %}

{#- What a quantity has become, as a multiple, after yearly growth rates: the product of 1 + g up
    to and with the year. 100 at 4 % for eight years is 136.856905. -#}
{% macro compounded_growth(growth_ratio, partition_by, order_by='year') -%}
    exp(sum(ln(1 + {{ growth_ratio }})) over (
        partition by {{ partition_by }} order by {{ order_by }}
    ))
{%- endmacro %}

{#- R2 of predictions, 1 - SSE / SST; NULL where the actual values do not vary. -#}
{% macro r_squared(actual, predicted) -%}
    (
        1 - sum(power({{ actual }} - {{ predicted }}, 2))
        / nullif(var_pop({{ actual }}) * count({{ actual }}), 0)
    )
{%- endmacro %}

{#- Change against a base, as a share of the size of the base; negative is a fall. -#}
{% macro relative_change(measure, base) -%}
    {{ safe_ratio(measure ~ ' - ' ~ base, 'abs(' ~ base ~ ')') }}
{%- endmacro %}
