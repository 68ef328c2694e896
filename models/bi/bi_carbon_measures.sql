-- The same, one measure a row. Grain: one row per entity_level, entity_id, year, measure.
-- For tools with one value field; aggregation says what may be done with the values of a measure.
{{ config(alias='carbon_measures') }}

with

budgets as (

    select * from {{ ref('bi_carbon_budgets') }}

),

measures as (

    select * from {{ ref('ref_measures') }}

),

{% set names = [
    'ce_tgco2', 'npp_tgco2', 'rh_tgco2', 'nep_tgco2', 'rcs_tgco2', 'ecs_tgco2', 'cnc_tgco2',
    'absorbed_ratio', 'cnc_ktco2_km2', 'npp_coverage_ratio', 'rcs_coverage_ratio',
] -%}
{%- set bounded = ['rcs_tgco2', 'cnc_tgco2'] -%}
measured as (

    select
        *,
        unnest([{{ text_list(names) }}]) as measure,
        unnest([{{ names | join(', ') }}]) as value,  -- noqa: RF04
        unnest([
            {%- for name in names %}
            {{ name.replace('_tgco2', '_low_tgco2') if name in bounded else 'null' }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        ]) as low,
        unnest([
            {%- for name in names %}
            {{ name.replace('_tgco2', '_high_tgco2') if name in bounded else 'null' }}
            {{- ',' if not loop.last }}
            {%- endfor %}
        ]) as high

    from budgets

),

final as (

    select
        measured.entity_level,
        measured.entity_id,
        measured.entity_name,
        measured.entity_name_zh,
        measured.iso_3166_2,
        measured.year,
        measured.year_date,
        measured.measure,
        measures.label,
        measured.value,
        measured.low,
        measured.high,
        case
            when ends_with(measured.measure, '_ktco2_km2') then '10^3 t CO2 km-2 yr-1'
            when ends_with(measured.measure, '_tgco2') then 'Tg CO2 yr-1'
            else '1'
        end as unit,
        measures.aggregation,
        measures.format

    from measured

    left join measures
        on measured.measure = measures.measure

)

select * from final
