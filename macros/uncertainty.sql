{#- Standard uncertainty of a sum or difference of independent terms: the root of the sum of their
    squares, in absolute terms (Landschuetzer et al. 2014). -#}
{% macro quadrature(standard_uncertainties) -%}
    sqrt(list_sum(list_transform({{ standard_uncertainties }}, lambda s: s * s)))
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

{#- Share by which the sum of exp(k_t T) grows with k_t times (1 + error), less 1. Exact for one
    temperature; for a year of months and a city of cells T is taken as normal, whose mean and the
    stored sum give its spread: ln E exp((1 + e) k T) - ln E exp(k T) = e m + ((1 + e)^2 - 1) v / 2,
    m = k E T, v = 2 (ln E exp(k T) - m). -#}
{% macro temperature_response_change(error, log_mean_response, mean_exponent) -%}
    (
        exp(
            ({{ error }}) * ({{ mean_exponent }})
            + ({{ error }}) * (2 + ({{ error }}))
            * greatest(({{ log_mean_response }}) - ({{ mean_exponent }}), 0)
        ) - 1
    )
{%- endmacro %}

{#- Share by which the sum of ln(k_r R + 1) grows with k_r times (1 + error), less 1, taking every
    month as the one whose logarithm is the mean one; where no rain falls, its limit. -#}
{% macro precipitation_response_change(error, mean_response) -%}
    case
        when ({{ mean_response }}) = 0 then greatest(({{ error }}), -1)
        else {{ safe_ratio(
            'ln(greatest(1 + (' ~ error ~ '), 0) * (exp(' ~ mean_response ~ ') - 1) + 1)',
            mean_response
        ) }} - 1
    end
{%- endmacro %}

{#- Relative error of RH by eq. 3 from the errors of its four parameters and a local one; the two
    responses weigh by the share of temperature in their sum. -#}
{% macro respiration_error(
    scale, share, local, temperature, precipitation,
    temperature_share, log_mean_response, mean_exponent, mean_precipitation_response
) -%}
    (
        (1 + ({{ scale }})) * (1 + ({{ share }})) * (1 + ({{ local }}))
        * (
            1
            + ({{ temperature_share }})
            * {{ temperature_response_change(temperature, log_mean_response, mean_exponent) }}
            + (1 - ({{ temperature_share }}))
            * {{ precipitation_response_change(precipitation, mean_precipitation_response) }}
        ) - 1
    )
{%- endmacro %}

{#- Quantile of a triangular distribution: what a coefficient with a default and a range of unequal
    arms becomes at a probability. -#}
{% macro triangular_quantile(probability, low, mode, high) -%}
    case
        when ({{ high }}) <= ({{ low }}) then ({{ mode }})
        when ({{ probability }}) * (({{ high }}) - ({{ low }})) < ({{ mode }}) - ({{ low }})
            then ({{ low }}) + sqrt(
                ({{ probability }}) * (({{ high }}) - ({{ low }})) * (({{ mode }}) - ({{ low }}))
            )
        else ({{ high }}) - sqrt(
            (1 - ({{ probability }})) * (({{ high }}) - ({{ low }})) * (({{ high }}) - ({{ mode }}))
        )
    end
{%- endmacro %}

{#- A published figure in Tg CO2 yr-1 from its unit. -#}
{% macro published_to_tgco2(value, unit) -%}
    case {{ unit }}
        when 'Pg C yr-1' then {{ carbon_to_co2(value ~ ' * 1000') }}
        when 'Tg C yr-1' then {{ carbon_to_co2(value) }}
        when 'Pg CO2 yr-1' then ({{ value }}) * 1000
        when 'Tg CO2 yr-1' then ({{ value }}) * 1.0
    end
{%- endmacro %}
