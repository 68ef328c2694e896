-- Budgets of the nation, its regions and provinces in each period under every choice of eq. 3.
-- Grain: one row per entity_level, entity_id, period.
-- A period is a year, or the mean of the study years, NULL unless every one of them is known.
with

{% for level, model in [
    ('nation', 'fct_national_carbon_budgets'),
    ('region', 'fct_region_carbon_budgets'),
    ('province', 'fct_province_carbon_budgets'),
] -%}
{{ level }}_budgets as (

    select
        '{{ level }}' as entity_level,
        {{ level }}_id as entity_id,
        {{ level }}_name as entity_name,
        {{ 'in_study' if level == 'province' else 'true' }} as in_study,
        year,
        ce_tgco2,
        rcs_tgco2,
        {% for choice in respiration_choices() -%}
        nep_{{ choice }}_tgco2,
        {% endfor -%}
        cnc_tgco2 is not null as is_balanced,
        npp_coverage_ratio

    from {{ ref(model) }}

),

{% endfor -%}
yearly as (

    select * from nation_budgets

    union all

    select * from region_budgets

    union all

    select * from province_budgets

),

final as (

    select
        entity_level,
        entity_id,
        entity_name,
        cast(year as varchar) as period,
        false as is_period_mean,
        * exclude (entity_level, entity_id, entity_name, in_study, year)

    from yearly

    where in_study
        and {{ is_study_year() }}

    union all by name

    select
        entity_level,
        entity_id,
        any_value(entity_name) as entity_name,
        '{{ study_period() }}' as period,
        true as is_period_mean,
        {% for measure in ['ce', 'rcs'] -%}
        {{ complete_mean(measure ~ '_tgco2') }} as {{ measure }}_tgco2,
        {% endfor -%}
        {% for choice in respiration_choices() -%}
        {{ complete_mean('nep_' ~ choice ~ '_tgco2') }} as nep_{{ choice }}_tgco2,
        {% endfor -%}
        bool_and(is_balanced) as is_balanced,
        {{ exact_mean('npp_coverage_ratio') }} as npp_coverage_ratio

    from yearly

    where in_study
        and {{ is_study_year() }}

    group by entity_level, entity_id

)

select * from final
