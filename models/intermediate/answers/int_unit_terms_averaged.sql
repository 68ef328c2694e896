-- Mean terms of what errs as one. Grain: one row per unit_id.
-- Cities in the study, and what each of their provinces emits outside their means; with what the
-- response terms say of temperature and rain under each choice of eq. 3.
with

city_means as (

    select * from {{ ref('int_city_choices_averaged') }}

),

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

),

zonal_rules as (

    select * from {{ ref('int_city_zonal_rules_compared') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

provinces as (

    select * from {{ ref('dim_provinces') }}

),

province_series as (

    select * from {{ ref('int_entity_series_listed') }}

    where entity_level = 'province'
        and indicator = 'CE'

),

responses as (

    select
        city_id,
        {% for mask in ['joint', 'climate'] -%}
        {% for term in ['monthly', 'annual'] -%}
        avg({{ safe_ratio('temperature_response_' ~ term ~ '_' ~ mask ~ '_km2',
            mask ~ '_area_km2') }} order by year) as temperature_{{ term }}_{{ mask }},
        avg({{ safe_ratio('precipitation_response_' ~ term ~ '_' ~ mask ~ '_km2',
            mask ~ '_area_km2') }} order by year) as precipitation_{{ term }}_{{ mask }},
        {% endfor -%}
        {% endfor -%}
        count(*) as year_count

    from zonal_city_years

    where collection = '{{ var("historical_collection") }}'
        and zonal_rule = 'fraction'
        and {{ is_study_year() }}

    group by city_id

),

shapes as (

    select
        city_id,
    -- noqa: disable=LT02
    {% for time_base in rh_time_bases() -%}
    {%- set is_last = loop.last -%}
    {%- set term = 'monthly' if time_base == 'monthly' else 'annual' -%}
    {%- set steps = 12.0 if time_base == 'monthly' else 1.0 -%}
    {%- for policy in npp_gap_policies() -%}
    {%- set mask = 'joint' if policy == 'valid' else 'climate' -%}
    {%- set choice = time_base ~ '_' ~ policy -%}
        {{ safe_ratio(
            'temperature_' ~ term ~ '_' ~ mask,
            '(temperature_' ~ term ~ '_' ~ mask ~ ' + precipitation_' ~ term ~ '_' ~ mask ~ ')'
        ) }} as temperature_share_{{ choice }},
    ln(temperature_{{ term }}_{{ mask }} / {{ steps }}) as log_mean_response_{{ choice }},
    ln(temperature_annual_{{ mask }}) as mean_exponent_{{ choice }},
    precipitation_{{ term }}_{{ mask }} / {{ steps }}
        as mean_precipitation_response_{{ choice }}
    {{- ',' if not (is_last and loop.last) }}
    {% endfor -%}
{%- endfor %}
    -- noqa: enable=LT02

    from responses

),

terms as (

    select
        city_id,
        any_value(province_id) as province_id,
        any_value(region_id) as region_id,
        any_value(ce_tgco2) as ce_tgco2,
        any_value(npp_tgco2) filter (where is_headline) as npp_tgco2,
        any_value(rcs_tgco2) as rcs_tgco2,
        any_value(rcs_low_tgco2) as rcs_low_tgco2,
        any_value(rcs_high_tgco2) as rcs_high_tgco2,
    {% for reading in readings() if reading.sink_unit_booking == 'co2' -%}
    any_value(rh_tgco2) filter (
        where rh_time_base = '{{ reading.rh_time_base }}'
        and npp_gap_policy = '{{ reading.npp_gap_policy }}'
    ) as rh_{{ reading.choice }}_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from city_means

    group by city_id

),

rule_differences as (

    select
        city_id,
        {% for reading in readings() if reading.sink_unit_booking == 'co2' -%}
        abs(any_value(nep_difference_tgco2) filter (
            where rh_time_base = '{{ reading.rh_time_base }}'
            and npp_gap_policy = '{{ reading.npp_gap_policy }}'
        )) as nep_rule_{{ reading.choice }}_tgco2,
        {% endfor -%}
        abs(any_value(rcs_difference_tgco2)) as rcs_rule_tgco2

    from zonal_rules

    group by city_id

),

city_sums as (

    select
        province_id,
        any_value(region_id) as region_id,
        coalesce(sum(ce_tgco2), 0) as ce_tgco2

    from terms

    group by province_id

),

final as (

    select
        terms.city_id as unit_id,
        terms.*,
        cities.longitude,
        cities.latitude,
        shapes.* exclude (city_id), -- noqa: RF02
        rule_differences.* exclude (city_id) -- noqa: RF02

    from terms

    inner join cities
        on terms.city_id = cities.city_id

    left join shapes
        on terms.city_id = shapes.city_id

    left join rule_differences
        on terms.city_id = rule_differences.city_id

    union all by name

    select
        'rest of ' || city_sums.province_id as unit_id,
        city_sums.province_id,
        provinces.region_id,
        province_series.mean_tgco2 - city_sums.ce_tgco2 as ce_tgco2

    from city_sums

    inner join provinces
        on city_sums.province_id = provinces.province_id

    inner join province_series
        on city_sums.province_id = province_series.entity_id

)

select * from final
