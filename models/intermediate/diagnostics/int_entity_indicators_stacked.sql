-- Indicators of all entities. Grain: one row per entity_level, entity_id, indicator, year.
-- Study years of the nation, its regions, provinces and cities, with NULL where unknown.
with

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

region_budgets as (

    select * from {{ ref('fct_region_carbon_budgets') }}

),

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

city_budgets as (

    select * from {{ ref('fct_city_carbon_budgets') }}

),

stacked as (

    select
        'nation' as entity_level,
        nation_id as entity_id,
        nation_name as entity_name,
        true as in_study,
        year,
        {{ unnest_indicators() }}

    from national_budgets

    union all

    select
        'region' as entity_level,
        region_id as entity_id,
        region_name as entity_name,
        true as in_study,
        year,
        {{ unnest_indicators() }}

    from region_budgets

    union all

    select
        'province' as entity_level,
        province_id as entity_id,
        province_name as entity_name,
        in_study,
        year,
        {{ unnest_indicators() }}

    from province_budgets

    union all

    select
        'city' as entity_level,
        city_id as entity_id,
        city_name as entity_name,
        in_study,
        year,
        {{ unnest_indicators() }}

    from city_budgets

),

final as (

    select * from stacked

    where {{ is_study_year() }}

)

select * from final
