-- Sensitivity: what do low and high weathering coefficients do to the rock sink, place by place?
-- Grain: one row per nation, region or province. Unit: Tg CO2 per year, mean of the study years.
-- Paper: 10 Tg C for the nation, 6.14 Tg CO2 for Guangxi (10 % of the nation).
-- Where the paper is wrong: 6.14 Tg CO2 is 16.7 % of 10 Tg C; its totals need 16.7 to 17.8 Tg C.
-- Which GEM-CO2 class stands for mixed and loose sediments (low to high here) decides the total.
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

places as (

    select
        'nation' as entity_level,
        nation_id as entity_id,
        nation_name as entity_name,
        year,
        rcs_tgco2,
        rcs_low_tgco2,
        rcs_high_tgco2,
        rcs_coverage_ratio

    from national_budgets

    union all

    select
        'region' as entity_level,
        region_id as entity_id,
        region_name as entity_name,
        year,
        rcs_tgco2,
        rcs_low_tgco2,
        rcs_high_tgco2,
        rcs_coverage_ratio

    from region_budgets

    union all

    select
        'province' as entity_level,
        province_id as entity_id,
        province_name as entity_name,
        year,
        rcs_tgco2,
        rcs_low_tgco2,
        rcs_high_tgco2,
        rcs_coverage_ratio

    from province_budgets

    where in_study

),

final as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        avg(rcs_tgco2) as rcs_tgco2,
        avg(rcs_low_tgco2) as rcs_low_tgco2,
        avg(rcs_high_tgco2) as rcs_high_tgco2,
        avg(rcs_tgco2) / {{ carbon_to_co2('1.0') }} as rcs_tgc,
        avg(rcs_high_tgco2) / nullif(avg(rcs_low_tgco2), 0) as high_to_low_ratio,
        avg(rcs_coverage_ratio) as rcs_coverage_ratio

    from places

    where {{ is_study_year() }}

    group by entity_level, entity_id

)

select * from final
order by entity_level asc, rcs_tgco2 desc
