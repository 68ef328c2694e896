{#- Eq. 2: NEP = NPP - RH. NULL if either is missing. -#}
{% macro nep(npp, rh) -%}
    (({{ npp }}) - ({{ rh }}))
{%- endmacro %}

{#- ECS = NEP + RCS. NULL if either is missing. -#}
{% macro ecs(nep, rcs) -%}
    (({{ nep }}) + ({{ rcs }}))
{%- endmacro %}

{#- CNC = ECS - CE; above zero is a surplus. NULL if either is missing. -#}
{% macro cnc(ecs, ce) -%}
    (({{ ecs }}) - ({{ ce }}))
{%- endmacro %}

{#- 10^3 t CO2 km-2 yr-1 from Tg CO2 yr-1 and km2. -#}
{% macro flux_ktco2_km2(mass_tgco2, area_km2) -%}
    ({{ safe_ratio(mass_tgco2, area_km2) }} * 1000.0::double)
{%- endmacro %}

{#- ECS / CE: the share of its emissions that a place absorbs (below zero where it is a source). -#}
{% macro absorbed_ratio(ecs, ce) -%}
    {{ safe_ratio(ecs, ce) }}
{%- endmacro %}

{#- surplus, deficit or neutral by the sign of CNC; NULL stays NULL. -#}
{% macro carbon_state(cnc) -%}
    case
        when {{ cnc }} > 0 then 'surplus'
        when {{ cnc }} < 0 then 'deficit'
        when {{ cnc }} = 0 then 'neutral'
    end
{%- endmacro %}

{#- Whether NPP is known of enough of a place for a verdict on it. Its sinks are shown all the same. -#}
{% macro has_enough_npp(npp_coverage_ratio) -%}
    (coalesce({{ npp_coverage_ratio }}, 0) >= {{ var('npp_min_coverage_ratio') }})
{%- endmacro %}

{#- The names of NEP under every choice, Tg CO2 yr-1 or g C m-2 yr-1 by the unit given. -#}
{% macro nep_choice_columns(unit='tgco2') -%}
    {%- set names = [] -%}
    {%- for time_base in rh_time_bases() -%}
        {%- for policy in npp_gap_policies() -%}
            {%- do names.append('nep_' ~ time_base ~ '_' ~ policy ~ '_' ~ unit) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- The sink measures that add up from cities to provinces, regions and the nation. -#}
{% macro additive_sink_columns() -%}
    {{ return(
        ['npp_tgco2', 'rh_tgco2', 'nep_tgco2']
        + nep_choice_columns('tgco2')
        + ['rcs_tgco2', 'rcs_low_tgco2', 'rcs_high_tgco2']
    ) }}
{%- endmacro %}

{#- Sums of the additive sink measures, each under its own name. -#}
{% macro sum_sinks() -%}
    {%- for column in additive_sink_columns() -%}
        sum({{ column }}) as {{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}

{#- The measures of a budget in their published order, from a relation that has the additive sink
    measures, ce_tgco2, ecs_tgco2, cnc_tgco2, area_km2 and what its year rests on. -#}
{% macro budget_measures() -%}
    ce_tgco2,
    {% for column in additive_sink_columns() -%}
    {{ column }},
    {% endfor -%}
    ecs_tgco2,
    cnc_tgco2,
    {{ flux_ktco2_km2('cnc_tgco2', 'area_km2') }} as cnc_ktco2_km2,
    {{ absorbed_ratio('ecs_tgco2', 'ce_tgco2') }} as absorbed_ratio,
    {{ carbon_state('cnc_tgco2') }} as carbon_state,
    npp_coverage_ratio,
    rcs_coverage_ratio,
    '{{ var("rh_time_base") }}' as rh_time_base,
    '{{ var("npp_gap_policy") }}' as npp_gap_policy,
    npp_source,
    runoff_source,
    is_climatology
{%- endmacro %}

{#- The budget of a group of provinces in the study (a region, the nation) and what it rests on.
    CNC needs CE and ECS of every province: a sum of inventories with one missing is no balance. -#}
{% macro sum_province_budgets() -%}
    sum(area_km2) as area_km2,
    sum(ce_tgco2) as ce_tgco2,
    {{ sum_sinks() }},
    {{ safe_ratio('sum(npp_coverage_ratio * area_km2)', 'sum(area_km2)') }} as npp_coverage_ratio,
    {{ safe_ratio('sum(rcs_coverage_ratio * area_km2)', 'sum(area_km2)') }} as rcs_coverage_ratio,
    min(npp_source) as npp_source,
    min(runoff_source) as runoff_source,
    bool_or(is_climatology) as is_climatology,
    sum(unassigned_ce_tgco2) as unassigned_ce_tgco2,
    count(*) as province_count,
    count(ce_tgco2) as ce_province_count,
    count(ecs_tgco2) as ecs_province_count,
    cast(sum(city_count) as bigint) as city_count,
    cast(sum(ce_city_count) as bigint) as ce_city_count,
    cast(sum(ecs_city_count) as bigint) as ecs_city_count,
    cast(sum(surplus_city_count) as bigint) as surplus_city_count
{%- endmacro %}

{#- CNC of a group of provinces, from the columns of sum_province_budgets. -#}
{% macro group_cnc() -%}
    case
        when ce_province_count = province_count and ecs_province_count = province_count
            then {{ cnc(ecs('nep_tgco2', 'rcs_tgco2'), 'ce_tgco2') }}
    end
{%- endmacro %}

{#- NEP of each choice as a column of its own, in a query grouped over the choices. -#}
{% macro pivot_nep_choices() -%}
    {%- for time_base in rh_time_bases() -%}
        {%- set is_last = loop.last -%}
        {%- for policy in npp_gap_policies() -%}
            max(nep_tgco2) filter (
                where rh_time_base = '{{ time_base }}' and npp_gap_policy = '{{ policy }}'
            ) as nep_{{ time_base }}_{{ policy }}_tgco2{{ ',' if not (is_last and loop.last) }}
        {% endfor -%}
    {%- endfor -%}
{%- endmacro %}

{#- The additive sink measures of a relation in a join. -#}
{% macro prefixed_sinks(relation) -%}
    {%- for column in additive_sink_columns() -%}
        {{ relation }}.{{ column }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
