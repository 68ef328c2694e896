{#- Eq. 1: t CO2 of one fuel = activity x NCV [TJ/unit] x EF [kg CO2/TJ] x OX / 1000. -#}
{% macro fuel_co2(activity, ncv_tj_per_unit, emission_factor_kgco2_tj, oxidation_ratio) -%}
    (
        ({{ activity }})
        * ({{ ncv_tj_per_unit }})
        * ({{ emission_factor_kgco2_tj }})
        * ({{ oxidation_ratio }})
        / 1000.0::double
    )
{%- endmacro %}
