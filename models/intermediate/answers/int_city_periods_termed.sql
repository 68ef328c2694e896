-- Terms of the budgets of cities in each period. Grain: one row per city_id, period.
-- Cities in the study; a period is a year, or the mean of the study years, NULL unless every one
-- of them is known. NPP and RH under every choice of eq. 3.
with

budgets as (

    select * from {{ ref('int_city_budgets_computed') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

yearly as (

    select
        budgets.city_id,
        budgets.year,
        any_value(budgets.ce_tgco2) as ce_tgco2,
        any_value(budgets.rcs_tgco2) as rcs_tgco2,
        any_value(budgets.rcs_low_tgco2) as rcs_low_tgco2,
        any_value(budgets.rcs_high_tgco2) as rcs_high_tgco2,
        {% for reading in readings() if reading.sink_unit_booking == 'co2' -%}
        {% for measure in ['npp', 'rh'] -%}
        any_value(budgets.{{ measure }}_tgco2) filter (
            where budgets.rh_time_base = '{{ reading.rh_time_base }}'
            and budgets.npp_gap_policy = '{{ reading.npp_gap_policy }}'
        ) as {{ measure }}_{{ reading.choice }}_tgco2,
        {% endfor -%}
        {% endfor -%}
        any_value(budgets.npp_coverage_ratio) as npp_coverage_ratio

    from budgets

    inner join cities
        on budgets.city_id = cities.city_id

    where cities.in_study
        and {{ is_study_year('budgets.year') }}

    group by budgets.city_id, budgets.year

),

final as (

    select
        city_id,
        cast(year as varchar) as period,
        false as is_period_mean,
        * exclude (city_id, year)

    from yearly

    union all by name

    select
        city_id,
        '{{ study_period() }}' as period,
        true as is_period_mean,
        {% for measure in ['ce', 'rcs', 'rcs_low', 'rcs_high'] -%}
        {{ complete_mean(measure ~ '_tgco2') }} as {{ measure }}_tgco2,
        {% endfor -%}
        {% for choice in respiration_choices() -%}
        {% for measure in ['npp', 'rh'] -%}
        {{ complete_mean(measure ~ '_' ~ choice ~ '_tgco2') }} as {{ measure }}_{{ choice }}_tgco2,
        {% endfor -%}
        {% endfor -%}
        {{ exact_mean('npp_coverage_ratio') }} as npp_coverage_ratio

    from yearly

    group by city_id

)

select * from final
