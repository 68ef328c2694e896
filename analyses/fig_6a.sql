-- Fig. 6a: how much CO2 does a dollar of GDP cost, in China and elsewhere?
-- Grain: one row per country and year. Unit: kg CO2 per current US dollar.
-- Paper: 2.60 (2000) and 0.81 (2015) in China, "an average annual decrease of up to 11 %"; in 2015
-- China has 2.74 times the intensity of the United States and 2.92 times that of Japan.
-- Where the paper is wrong: the compound fall of 2000-2015 is 7.5 % a year, not 11 %. Current
-- dollars count inflation and the rise of the yuan as progress; Russia follows the rouble.
with

country_comparisons as (

    select * from {{ ref('fct_country_comparisons') }}

),

home as (

    select * from country_comparisons
    where country_code = '{{ var("nation_code3") }}'

),

final as (

    select
        country_comparisons.country_code,
        country_comparisons.country_name,
        country_comparisons.year,
        country_comparisons.is_own_inventory,
        country_comparisons.co2_intensity_kg_usd,
        {{ safe_ratio('home.co2_intensity_kg_usd', 'country_comparisons.co2_intensity_kg_usd') }}
            as home_to_country_ratio,
        1 - power(
            country_comparisons.co2_intensity_kg_usd
            / nullif(first_value(country_comparisons.co2_intensity_kg_usd) over since_first, 0),
            1.0 / nullif(country_comparisons.year - first_value(country_comparisons.year)
                over since_first, 0)
        ) as compound_fall_ratio_yr

    from country_comparisons

    left join home
        on country_comparisons.year = home.year

    where country_comparisons.co2_intensity_kg_usd is not null

    window since_first as (
        partition by country_comparisons.country_code order by country_comparisons.year
    )

)

select * from final
order by country_code, year
