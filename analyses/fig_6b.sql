-- Fig. 6b: how much CO2 does a person emit, in China and elsewhere?
-- Grain: one row per country and year. Unit: t CO2 per person and year.
-- Paper: China emits 25 % of the United States per person on average of 2000-2015, and rises while
-- the United States fall.
-- Where the paper is wrong: 25 % is a mean of a quantity that trebled; at the end of the period the
-- share is near 40 %.
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
        country_comparisons.co2_per_capita_t,
        {{ safe_ratio('home.co2_per_capita_t', 'country_comparisons.co2_per_capita_t') }}
            as home_to_country_ratio,
        1 - power(
            country_comparisons.co2_per_capita_t
            / nullif(first_value(country_comparisons.co2_per_capita_t) over since_first, 0),
            1.0 / nullif(country_comparisons.year - first_value(country_comparisons.year)
                over since_first, 0)
        ) as compound_fall_ratio_yr

    from country_comparisons

    left join home
        on country_comparisons.year = home.year

    where country_comparisons.co2_per_capita_t is not null

    window since_first as (
        partition by country_comparisons.country_code order by country_comparisons.year
    )

)

select * from final
order by country_code, year
