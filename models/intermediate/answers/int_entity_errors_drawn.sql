-- Errors of the budgets of the nation, its regions and provinces, drawn. Grain: one row per
-- entity_level, entity_id, period, draw.
-- Sums over cities and over what a province emits outside them. Single precision.
with

city_terms as (

    select * from {{ ref('int_city_periods_termed') }}

),

entity_terms as (

    select * from {{ ref('int_entity_periods_termed') }}

),

units as (

    select * from {{ ref('int_unit_terms_averaged') }}

),

errors as (

    select * from {{ ref('int_unit_errors_combined') }}

),

city_sums as (

    select
        units.province_id,
        city_terms.period,
        coalesce(sum(city_terms.ce_tgco2), 0) as ce_tgco2

    from city_terms

    inner join units
        on city_terms.city_id = units.unit_id

    group by units.province_id, city_terms.period

),

terms as (

    select
        city_id as unit_id,
        *

    from city_terms

    union all by name

    select
        'rest of ' || city_sums.province_id as unit_id,
        city_sums.period,
        entity_terms.ce_tgco2 - city_sums.ce_tgco2 as ce_tgco2

    from city_sums

    inner join entity_terms
        on city_sums.province_id = entity_terms.entity_id
        and city_sums.period = entity_terms.period
        and entity_terms.entity_level = 'province'

),

province_errors as (

    select
        errors.province_id,
        any_value(errors.region_id) as region_id,
        terms.period,
        errors.draw,
        coalesce(sum({{ drawn_ce() }} - terms.ce_tgco2), 0) as ce_error_tgco2,
        coalesce(sum(
            {{ triangular_quantile(
                'errors.weathering_probability',
                'terms.rcs_low_tgco2', 'terms.rcs_tgco2', 'terms.rcs_high_tgco2'
            ) }} * (1 + errors.runoff_error_ratio)
            + coalesce(errors.rcs_error_tgco2, 0) - terms.rcs_tgco2
        ), 0) as rcs_error_tgco2,
        coalesce(
            sum(terms.npp_{{ headline_choice() }}_tgco2 * errors.npp_error_ratio), 0
        ) as npp_error_tgco2,
    {% for choice in respiration_choices() -%}
    coalesce(sum(
        terms.npp_{{ choice }}_tgco2 * errors.npp_error_ratio
        - terms.rh_{{ choice }}_tgco2 * errors.rh_{{ choice }}_error_ratio
        + coalesce(errors.nep_{{ choice }}_error_tgco2, 0)
        ), 0) as nep_{{ choice }}_error_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from terms

    inner join errors
        on terms.unit_id = errors.unit_id
        and {{ is_drawn('terms.period', 'errors.draw') }}

    group by errors.province_id, terms.period, errors.draw

),

memberships as (

    select
        *,
        unnest(['nation', 'region', 'province']) as entity_level,
        unnest(['{{ var("nation_id") }}', region_id, province_id]) as entity_id

    from province_errors

),

final as (

    select
        entity_level,
        entity_id,
        period,
        draw,
        {% for error in ['ce', 'rcs', 'npp'] -%}
        cast(sum({{ error }}_error_tgco2) as float) as {{ error }}_error_tgco2,
        {% endfor -%}
    {% for choice in respiration_choices() -%}
    cast(sum(nep_{{ choice }}_error_tgco2) as float)
        as nep_{{ choice }}_error_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from memberships

    where entity_id is not null

    group by entity_level, entity_id, period, draw

)

select * from final
