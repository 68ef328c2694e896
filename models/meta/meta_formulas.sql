-- How each measure follows from columns of this file, as SQL under the headline choices.
-- Grain: one row per measure. The formulas are those of the models: the same macros write them.
{{ config(alias='formulas') }}

{%- set base = 'annual' if var('rh_time_base') == 'annual_x12' else 'monthly' %}
{%- set mask = 'joint' if var('npp_gap_policy') == 'valid' else 'climate' %}
{%- set respiration = heterotrophic_respiration(
    'temperature_response_' ~ base ~ '_' ~ mask ~ '_km2',
    'precipitation_response_' ~ base ~ '_' ~ mask ~ '_km2',
    'annual_x12' if base == 'annual' else 'monthly'
) %}
{%- set weathering = tc_to_tgco2(rock_weathering('a_mmolco2_l', 'runoff_mm_km2')) %}
{%- set rows = [
    ('ce_tgco2', 'fct_city_emission_inventories', 'sum(ce_tgco2) filter (where is_headline)'),
    ('npp_tgco2', 'fct_city_terms', tc_to_tgco2('npp_joint_tc')),
    ('rh_tgco2', 'fct_city_terms', tc_to_tgco2(respiration)),
    ('rcs_tgco2', 'fct_city_weatherings', 'sum(' ~ weathering ~ ')'),
    ('nep_tgco2', 'carbon_budgets', nep('npp_tgco2', 'rh_tgco2')),
    ('ecs_tgco2', 'carbon_budgets', ecs('nep_tgco2', 'rcs_tgco2')),
    ('cnc_tgco2', 'carbon_budgets', cnc('ecs_tgco2', 'ce_tgco2')),
    ('absorbed_ratio', 'carbon_budgets', absorbed_ratio('ecs_tgco2', 'ce_tgco2')),
    ('cnc_ktco2_km2', 'carbon_budgets', flux_ktco2_km2('cnc_tgco2', 'area_km2')),
] %}

with

measures as (

    select * from {{ ref('ref_measures') }}

),

formulas as (

    {%- for measure, relation, formula in rows %}
    select
        '{{ measure }}' as measure,
        '{{ relation }}' as table_name,
        trim(regexp_replace({{ sql_text(formula) }}, '\s+', ' ', 'g')) as formula
    {{- '\n\n    union all\n' if not loop.last }}
    {%- endfor %}

),

final as (

    select
        formulas.measure,
        measures.label,
        formulas.table_name,
        formulas.formula,
        measures.citation

    from formulas

    inner join measures
        on formulas.measure = measures.measure

)

select * from final
