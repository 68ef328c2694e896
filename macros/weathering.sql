{#- Eq. 4 (GEM-CO2): C = a x runoff x 12e-3. Per km2 from mm (t C km-2 = g C m-2), or per zone
    from mm x km2 (t C). a is the CO2 taken from air and soil, so carbonates are never halved.
    mmol/L x mm = mol x 10^3 km-2; x 12 g/mol = 12e-3 t. -#}
{% macro rock_weathering(coefficient_mmolco2_l, runoff) -%}
    (({{ coefficient_mmolco2_l }}) * ({{ runoff }}) * 12e-3::double)
{%- endmacro %}
