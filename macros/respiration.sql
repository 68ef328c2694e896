{#- The time bases on which eq. 3 is evaluated; every run computes all of them. -#}
{% macro rh_time_bases() -%}
    {{ return(['monthly', 'annual_x12']) }}
{%- endmacro %}

{#- The policies for cells that have a climate but no NPP; every run computes all of them. -#}
{% macro npp_gap_policies() -%}
    {{ return(['valid', 'barren_as_zero']) }}
{%- endmacro %}

{#- True on the rows of the headline choices of the vars. -#}
{% macro is_headline(rh_time_base='rh_time_base', npp_gap_policy='npp_gap_policy') -%}
    ({{ rh_time_base }} = '{{ var("rh_time_base") }}'
    and {{ npp_gap_policy }} = '{{ var("npp_gap_policy") }}')
{%- endmacro %}

{#- Eq. 3 for a year, from the two response terms that ingestion sums (linear, so at any scale).
    monthly:    c (f + g),    f = sum over 12 months of exp(k_t T), g = sum of ln(k_r R + 1)
    annual_x12: 12 c (f + g), f = exp(k_t T_year),                  g = ln(k_r P_year + 1)
    c = 0.22 g C m-2 day-1 x 30 days x 46.5 % = 3.069 g C m-2 month-1. -#}
{% macro heterotrophic_respiration(temperature_response, precipitation_response, time_base) -%}
    {%- if time_base not in ['monthly', 'annual_x12'] -%}
        {{ exceptions.raise_compiler_error(
            "rh_time_base is '" ~ time_base ~ "'; choose monthly or annual_x12"
        ) }}
    {%- endif -%}
    (
        {{ 12 if time_base == 'annual_x12' else 1 }}
        * {{ var('rh_daily_scale_gc_m2') }}::double
        * {{ var('rh_days_per_month') }}::double
        * {{ var('rh_heterotrophic_ratio') }}::double
        * (({{ temperature_response }}) + ({{ precipitation_response }}))
    )
{%- endmacro %}

{#- Select of NPP and RH (t C) of the rows of zonal city-years under one choice. valid integrates
    over the cells with NPP and climate, barren_as_zero over all cells with a climate. -#}
{% macro respiration_choice(relation, time_base, npp_gap_policy) -%}
    {%- set term = 'monthly' if time_base == 'monthly' else 'annual' -%}
    {%- set mask = 'joint' if npp_gap_policy == 'valid' else 'climate' -%}
    select
        collection,
        city_id,
        year,
        '{{ time_base }}' as rh_time_base,
        '{{ npp_gap_policy }}' as npp_gap_policy,
        area_km2,
        joint_area_km2,
        {{ mask }}_area_km2 as respiring_area_km2,
        npp_joint_tc as npp_tc,
        {{ heterotrophic_respiration(
            'temperature_response_' ~ term ~ '_' ~ mask ~ '_km2',
            'precipitation_response_' ~ term ~ '_' ~ mask ~ '_km2',
            time_base
        ) }} as rh_tc
    from {{ relation }}
{%- endmacro %}
