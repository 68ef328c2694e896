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

{#- The components of Sobol' indices in the order of their dimensions. -#}
{% macro sobol_inputs() -%}
    {{ return(component_errors().keys() | list) }}
{%- endmacro %}

{#- Error of NEP or CNC of a place in the linear form: stored terms times errors, of which what is
    drawn by place is a normal number times its spread. `exchanged` is taken from the second half of
    the point's numbers; all: every input is. -#}
{% macro sobol_error(indicator, exchanged=none) -%}
    {%- set z = {} -%}
    {%- set inputs = sobol_inputs() -%}
    {%- for input in inputs -%}
        {%- set second = exchanged in ('all', input) -%}
        {%- do z.update({
            input: 'points.z[' ~ (loop.index + (inputs | length if second else 0)) ~ ']',
            input ~ '/p': 'points.p[' ~ (loop.index + (inputs | length if second else 0)) ~ ']',
        }) -%}
    {%- endfor -%}
    (
        terms.npp_tgco2 * ratios.npp_product * (
            ratios.npp_product_correlation * {{ z['rh_daily_scale'] }}
            + sqrt(1 - pow(ratios.npp_product_correlation, 2)) * {{ z['npp_product'] }}
        )
        + terms.npp_local * {{ z['npp_local'] }}
        - terms.rh_local * (
            ratios.rh_local_correlation * {{ z['npp_local'] }}
            + sqrt(1 - pow(ratios.rh_local_correlation, 2)) * {{ z['rh_local'] }}
        )
        - terms.rh_tgco2 * {{ respiration_error(
            'ratios.rh_daily_scale * ' ~ z['rh_daily_scale'],
            'ratios.rh_heterotrophic_share * ' ~ z['rh_heterotrophic_share'],
            '0',
            'ratios.rh_temperature_coefficient * ' ~ z['rh_temperature_coefficient'],
            'ratios.rh_precipitation_coefficient * ' ~ z['rh_precipitation_coefficient'],
            'terms.temperature_share', 'terms.log_mean_response',
            'terms.mean_exponent', 'terms.mean_precipitation_response'
        ) }}
        + terms.zonal_rule_nep * {{ z['zonal_rule_nep'] }}
        {%- if indicator == 'CNC' %}
        + {{ triangular_quantile(
            z['weathering_coefficient/p'],
            'terms.rcs_low_tgco2', 'terms.rcs_tgco2', 'terms.rcs_high_tgco2'
        ) }} * (1 + ratios.runoff * {{ z['runoff'] }}) - terms.rcs_tgco2
        + terms.zonal_rule_rcs * {{ z['zonal_rule_rcs'] }}
        - terms.ce_tgco2 * ratios.ce_national_inventory * {{ z['ce_national_inventory'] }}
        - terms.ce_provincial_statistics * {{ z['ce_provincial_statistics'] }}
        - terms.ce_city_allocation * {{ z['ce_city_allocation'] }}
        {%- endif %}
    )
{%- endmacro %}
