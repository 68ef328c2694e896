-- Mean budget of each city in the study. Grain: one row per city_id, rh_time_base, npp_gap_policy.
-- Over the study years, under every choice; NULL where a year is missing.
with

budgets as (

    select * from {{ ref('int_city_budgets_computed') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

final as (

    select
        budgets.city_id,
        min(cities.city_name) as city_name,
        min(cities.province_id) as province_id,
        min(cities.region_id) as region_id,
        budgets.rh_time_base,
        budgets.npp_gap_policy,
        {% for measure in ['ce', 'npp', 'rh', 'nep', 'rcs', 'rcs_low', 'rcs_high', 'ecs', 'cnc'] -%}
        {{ complete_mean('budgets.' ~ measure ~ '_tgco2') }} as {{ measure }}_tgco2,
        {% endfor -%}
        bool_and(budgets.is_headline) as is_headline

    from budgets

    inner join cities
        on budgets.city_id = cities.city_id

    where cities.in_study
        and {{ is_study_year('budgets.year') }}

    group by budgets.city_id, budgets.rh_time_base, budgets.npp_gap_policy

)

select * from final
