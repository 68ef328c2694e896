-- Fig. 4a: how has the carbon neutral capacity of each province changed, year by year?
-- Grain: one row per province in the study and year. Unit: Tg CO2 per year; above zero is surplus.
-- Paper: the nation's weakest year is 2014 (-8.71 Pg), its best 1998 (-2.22 Pg); most provinces are
-- in deficit throughout; "the change in China was -13.37 Tg/yr".
-- Where the paper is wrong: -13.37 is the mean of the slopes of 30 provinces, not China's slope,
-- which is 30 times that (about -400 Tg CO2 per year per year): see national_slope_tgco2_yr and
-- mean_province_slope_tgco2_yr beside every row.
with

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

trends as (

    select * from {{ ref('fct_trends') }}

),

slopes as (

    select
        avg(slope_tgco2_yr) filter (where entity_level = 'province' and in_study)
            as mean_province_slope_tgco2_yr,
        max(slope_tgco2_yr) filter (where entity_level = 'nation') as national_slope_tgco2_yr

    from trends

    where indicator = 'CNC'

),

final as (

    select
        province_budgets.province_id,
        province_budgets.province_name,
        province_budgets.year,
        province_budgets.cnc_tgco2,
        province_budgets.carbon_state,
        national_budgets.cnc_tgco2 as national_cnc_tgco2,
        rank() over (
            partition by province_budgets.province_id order by national_budgets.cnc_tgco2
        ) as national_rank_from_weakest,
        slopes.mean_province_slope_tgco2_yr,
        slopes.national_slope_tgco2_yr

    from province_budgets

    inner join national_budgets
        on province_budgets.year = national_budgets.year

    cross join slopes

    where province_budgets.in_study

)

select * from final
order by province_id, year
