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

{#- Every reading of the method that a run computes: name, time base, gap policy and booking. -#}
{% macro readings() -%}
    {%- set found = [] -%}
    {%- for time_base in rh_time_bases() -%}
        {%- for policy in npp_gap_policies() -%}
            {%- for booking in sink_unit_bookings() -%}
                {%- do found.append({
                    'name': time_base ~ '_' ~ policy ~ '_' ~ booking,
                    'choice': time_base ~ '_' ~ policy,
                    'rh_time_base': time_base,
                    'npp_gap_policy': policy,
                    'sink_unit_booking': booking,
                }) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The choices of eq. 3 that a run computes, as they stand in the names of columns. -#}
{% macro respiration_choices() -%}
    {{ return(readings() | map(attribute='choice') | unique | list) }}
{%- endmacro %}

{#- The choice of eq. 3 and the reading that the vars make the headline. -#}
{% macro headline_choice() -%}
    {{ return(var('rh_time_base') ~ '_' ~ var('npp_gap_policy')) }}
{%- endmacro %}

{% macro headline_reading() -%}
    {{ return(headline_choice() ~ '_co2') }}
{%- endmacro %}

{#- Components of one sign for the whole nation, drawn once for all places. -#}
{% macro national_components() -%}
    {{ return([
        'ce_national_inventory', 'npp_product', 'rh_temperature_coefficient',
        'rh_precipitation_coefficient', 'rh_daily_scale', 'rh_heterotrophic_share', 'runoff',
    ]) }}
{%- endmacro %}

{#- A column of seed ref_uncertainty_components for one component; 0 where the seed leaves it out. -#}
{% macro component_value(component, column='relative_ratio') -%}
    coalesce(max({{ column }}) filter (where component = '{{ component }}'), 0)
{%- endmacro %}

{#- Name of a stream of random numbers. -#}
{% macro draw_key(component) -%}
    '{{ component }}/{{ var("monte_carlo_seed") }}'
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
    month as the one whose logarithm is the mean one. -#}
{% macro precipitation_response_change(error, mean_response) -%}
    (
        {{ safe_ratio(
            'ln(greatest(1 + (' ~ error ~ '), 0) * (exp(' ~ mean_response ~ ') - 1) + 1)',
            mean_response
        ) }} - 1
    )
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

{#- ECS of a place under a choice of eq. 3 with drawn errors, from its terms and its errors. -#}
{% macro drawn_ecs(choice, terms='terms', errors='errors') -%}
    (
        {{ terms }}.npp_{{ choice }}_tgco2 * (1 + {{ errors }}.npp_error_ratio)
        - {{ terms }}.rh_{{ choice }}_tgco2 * (1 + {{ errors }}.rh_{{ choice }}_error_ratio)
        + coalesce({{ errors }}.nep_{{ choice }}_error_tgco2, 0)
        + {{ triangular_quantile(
            errors ~ '.weathering_probability',
            terms ~ '.rcs_low_tgco2', terms ~ '.rcs_tgco2', terms ~ '.rcs_high_tgco2'
        ) }} * (1 + {{ errors }}.runoff_error_ratio)
        + coalesce({{ errors }}.rcs_error_tgco2, 0)
    )
{%- endmacro %}

{#- CE of a place with drawn errors. -#}
{% macro drawn_ce(terms='terms', errors='errors') -%}
    ({{ terms }}.ce_tgco2 * (1 + {{ errors }}.ce_error_ratio))
{%- endmacro %}

{#- Name of the period that stands for the mean of the study years. -#}
{% macro study_period() -%}
    {{ return(study_first_year() ~ '-' ~ study_last_year()) }}
{%- endmacro %}

{#- Columns of the probability and the 95 % interval of each reading, from columns cnc_<reading>;
    yearly intervals only under the headline reading. -#}
{% macro judged_readings() -%}
    {%- for reading in readings() %}
    count(*) filter (where cnc_{{ reading.name }} > 0)::double
    / nullif(count(cnc_{{ reading.name }}), 0) as probability_{{ reading.name }},
    quantile_cont(cnc_{{ reading.name }}, [0.025, 0.975])
    {%- if reading.name != headline_reading() %} filter (where is_period_mean){% endif %}
        as interval_{{ reading.name }}{{ ',' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{#- The columns of judged_readings as one row for each reading. -#}
{% macro unnest_readings() -%}
    unnest([
        {%- for reading in readings() %}
        {
            'reading': '{{ reading.name }}',
            'rh_time_base': '{{ reading.rh_time_base }}',
            'npp_gap_policy': '{{ reading.npp_gap_policy }}',
            'sink_unit_booking': '{{ reading.sink_unit_booking }}',
            'is_headline': {{ reading.name == headline_reading() }},
            'surplus_probability': probability_{{ reading.name }},
            'error_low_tgco2': interval_{{ reading.name }}[1],
            'error_high_tgco2': interval_{{ reading.name }}[2]
        }{{ ',' if not loop.last }}
        {%- endfor %}
    ])
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

{#- Error of a unit's mean from each component alone, Tg CO2 yr-1 with its sign in the measure; by
    component, from relations units, own_errors and national_errors. -#}
{% macro component_errors() -%}
    {%- set choice = headline_choice() -%}
    {%- set errors = {
        'ce_national_inventory':
            'units.ce_tgco2 * national_errors.ce_national_inventory_error_ratio',
        'ce_provincial_statistics':
            'units.ce_tgco2 * own_errors.ce_provincial_statistics_error_ratio',
        'ce_city_allocation': 'units.ce_tgco2 * own_errors.ce_city_allocation_error_ratio',
        'npp_product': 'units.npp_tgco2 * national_errors.npp_product_error_ratio',
        'npp_local': 'units.npp_tgco2 * own_errors.npp_local_error_ratio',
        'rh_local': 'units.rh_' ~ choice ~ '_tgco2 * own_errors.rh_local_error_ratio',
        'weathering_coefficient': triangular_quantile(
            'national_errors.weathering_probability',
            'units.rcs_low_tgco2', 'units.rcs_tgco2', 'units.rcs_high_tgco2'
        ) ~ ' - units.rcs_tgco2',
        'runoff': 'units.rcs_tgco2 * national_errors.runoff_error_ratio',
        'zonal_rule_nep': 'units.nep_rule_' ~ choice ~ '_tgco2 * own_errors.nep_rule_z',
        'zonal_rule_rcs': 'units.rcs_rule_tgco2 * own_errors.rcs_rule_z',
    } -%}
    {%- for component in [
        'rh_daily_scale', 'rh_heterotrophic_share', 'rh_temperature_coefficient',
        'rh_precipitation_coefficient'
    ] -%}
        {%- set alone = {} -%}
        {%- for name in [
            'rh_daily_scale', 'rh_heterotrophic_share', 'rh_temperature_coefficient',
            'rh_precipitation_coefficient'
        ] -%}
            {%- do alone.update({
                name: 'national_errors.' ~ name ~ '_error_ratio' if name == component else '0'
            }) -%}
        {%- endfor -%}
        {%- do errors.update({
            component: 'units.rh_' ~ choice ~ '_tgco2 * ' ~ respiration_error(
                alone['rh_daily_scale'], alone['rh_heterotrophic_share'], '0',
                alone['rh_temperature_coefficient'], alone['rh_precipitation_coefficient'],
                'units.temperature_share_' ~ choice, 'units.log_mean_response_' ~ choice,
                'units.mean_exponent_' ~ choice, 'units.mean_precipitation_response_' ~ choice
            )
        }) -%}
    {%- endfor -%}
    {{ return(errors) }}
{%- endmacro %}

{#- Whether a draw is used for a period: all for the mean of the study years, the first of them for a
    single year. -#}
{% macro is_drawn(period, draw) -%}
    ({{ period }} = '{{ study_period() }}' or {{ draw }} <= {{ var('monte_carlo_year_draws') }})
{%- endmacro %}
