{#- Standard uncertainty of a sum or difference of independent terms: the root of the sum of their
    squares, in absolute terms (Landschuetzer et al. 2014). -#}
{% macro quadrature(standard_uncertainties) -%}
    sqrt(list_sum(list_transform({{ standard_uncertainties }}, lambda s: s * s)))
{%- endmacro %}

{#- Standard uncertainty of a rectangular distribution, (high - low) / sqrt(12). -#}
{% macro rectangular_uncertainty(low, high) -%}
    (({{ high }}) - ({{ low }})) / sqrt(12.0)
{%- endmacro %}

{#- The indicators that an error of each measure moves. -#}
{% macro measure_indicators() -%}
    {{ return({
        'CE': ['CE', 'CNC'],
        'NPP': ['NPP', 'NEP', 'ECS', 'CNC'],
        'RH': ['NEP', 'ECS', 'CNC'],
        'NEP': ['NEP', 'ECS', 'CNC'],
        'RCS': ['RCS', 'ECS', 'CNC'],
    }) }}
{%- endmacro %}

{#- The readings of the sinks' unit: Tg CO2, or Tg C that were booked as Tg CO2 without 44/12. -#}
{% macro sink_unit_bookings() -%}
    {{ return(['co2', 'carbon_as_co2']) }}
{%- endmacro %}

{#- A sink in Tg CO2 under a booking. -#}
{% macro booked_sink(sink_tgco2, booking='sink_unit_booking') -%}
    case
        when {{ booking }} = 'co2' then ({{ sink_tgco2 }})
        when {{ booking }} = 'carbon_as_co2' then ({{ sink_tgco2 }}) / {{ carbon_to_co2('1.0') }}
    end
{%- endmacro %}

{#- A number between 0 and 1 that follows from a text alone, the same in every build. -#}
{% macro uniform_draw(key) -%}
    ((cast(md5_number_upper({{ key }}) as double) + 0.5) / 18446744073709551616.0)
{%- endmacro %}

{#- A standard normal number that follows from a text alone (Box and Muller 1958). -#}
{% macro normal_draw(key) -%}
    (
        sqrt(-2.0 * ln({{ uniform_draw(key) }}))
        * cos(2.0 * pi() * {{ uniform_draw(key ~ " || '/angle'") }})
    )
{%- endmacro %}
