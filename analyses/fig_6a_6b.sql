-- Figs. 6a and 6b: how much CO2 does a dollar of GDP cost, and how much does a person emit?
-- Grain: one row per measure, country and year; kg CO2 per current US dollar (6a), t CO2 per person
-- and year (6b).
-- Paper: 2.60 (2000) and 0.81 (2015) in China, "an average annual decrease of up to 11 %"; in 2015
-- China has 2.74 times the intensity of the United States and 2.92 times that of Japan. It emits
-- 25 % of the United States per person on average of 2000-2015, and rises while they fall.
-- Where the paper is wrong: the compound fall of 2000-2015 is 7.5 % a year, not 11 %. Current
-- dollars count inflation and the rise of the yuan as progress; Russia follows the rouble. 25 % is
-- a mean of a quantity that trebled; at the end of the period the share is near 40 %.
with

country_comparisons as (

    select * from {{ ref('fct_country_comparisons') }}

),

measured as (

    select
        country_code,
        country_name,
        year,
        is_own_inventory,
        unnest(['co2_intensity_kg_usd', 'co2_per_capita_t']) as measure,
        unnest([co2_intensity_kg_usd, co2_per_capita_t]) as amount

    from country_comparisons

),

home as (

    select * from measured
    where country_code = '{{ var("nation_code3") }}'

),

final as (

    select
        measured.measure,
        measured.country_code,
        measured.country_name,
        measured.year,
        measured.is_own_inventory,
        measured.amount,
        {{ safe_ratio('home.amount', 'measured.amount') }} as home_to_country_ratio,
        1 - power(
            measured.amount / nullif(first_value(measured.amount) over since_first, 0),
            1.0 / nullif(measured.year - first_value(measured.year) over since_first, 0)
        ) as compound_fall_ratio_yr

    from measured

    left join home
        on measured.measure = home.measure
        and measured.year = home.year

    where measured.amount is not null

    window since_first as (
        partition by measured.measure, measured.country_code order by measured.year
    )

)

select * from final
order by measure, country_code, year
