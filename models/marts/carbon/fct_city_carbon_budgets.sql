-- Carbon budget of each city. Grain: one row per city_id, year.
-- Tg CO2 per year, for every city and year of the study, with NULL where unknown.
with

budgets as (

    select * from {{ ref('int_city_budgets_computed') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

nep_choices as (

    select
        city_id,
        year,
        {{ pivot_nep_choices() }}

    from budgets

    group by city_id, year

),

headline as (

    select * from budgets
    where is_headline

),

joined as (

    select
        headline.*,
        nep_choices.nep_monthly_valid_tgco2,
        nep_choices.nep_monthly_barren_as_zero_tgco2,
        nep_choices.nep_annual_x12_valid_tgco2,
        nep_choices.nep_annual_x12_barren_as_zero_tgco2,
        cities.city_name,
        cities.province_name,
        cities.region_id,
        cities.region_name,
        cities.in_study,
        cities.area_km2

    from headline

    inner join nep_choices
        on headline.city_id = nep_choices.city_id
        and headline.year = nep_choices.year

    inner join cities
        on headline.city_id = cities.city_id

),

final as (

    select
        city_id,
        city_name,
        province_id,
        province_name,
        region_id,
        region_name,
        in_study,
        year,
        area_km2,
        {{ budget_measures() }}

    from joined

)

select * from final
