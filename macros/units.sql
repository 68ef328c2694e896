{#- Carbon to carbon dioxide by molar mass, 44/12. The only place where C becomes CO2. -#}
{% macro carbon_to_co2(carbon) -%}
    (({{ carbon }}) * 44.0::double / 12.0::double)
{%- endmacro %}

{#- t C -> Tg CO2. -#}
{% macro tc_to_tgco2(carbon_t) -%}
    ({{ carbon_to_co2(carbon_t) }} / 1e6::double)
{%- endmacro %}

{#- Tg of carbon or of carbon dioxide, as a column says -> Tg CO2. -#}
{% macro mass_tgco2(mass_tg, substance) -%}
    case {{ substance }}
        when 'C' then {{ carbon_to_co2(mass_tg) }}
        when 'CO2' then {{ mass_tg }}
    end
{%- endmacro %}

{#- Mt -> Tg: the same mass under two names, so a number keeps its value and changes its label. -#}
{% macro mt_to_tg(mass_mt) -%}
    (({{ mass_mt }}) * 1.0::double)
{%- endmacro %}

{#- t -> Tg. -#}
{% macro t_to_tg(mass_t) -%}
    (({{ mass_t }}) / 1e6::double)
{%- endmacro %}

{#- Share of a whole; NULL where the whole is zero or either is missing. -#}
{% macro safe_ratio(part, whole) -%}
    (({{ part }}) / nullif({{ whole }}, 0))
{%- endmacro %}

{#- An identifier from a name, in any alphabet: letters and digits, the rest one underscore. -#}
{% macro slug(name) -%}
    nullif(trim(regexp_replace(lower({{ name }}), '[^\p{L}\p{N}]+', '_', 'g'), '_'), '')
{%- endmacro %}
