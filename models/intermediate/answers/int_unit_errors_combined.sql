-- Errors of each measure from all components. Grain: one row per unit_id, draw.
-- A view: it is one expression on each row, and larger than what it is made of.
{{ config(materialized='view') }}
with

units as (

    select * from {{ ref('int_unit_terms_averaged') }}

),

own_errors as (

    select * from {{ ref('int_unit_errors_drawn') }}

),

national_errors as (

    select * from {{ ref('int_national_errors_drawn') }}

),

final as (

    select
        units.unit_id,
        units.city_id,
        units.province_id,
        units.region_id,
        own_errors.draw,
        (
            1 + national_errors.ce_national_inventory_error_ratio
            + own_errors.ce_provincial_statistics_error_ratio
        ) * (1 + own_errors.ce_city_allocation_error_ratio) - 1 as ce_error_ratio,
        national_errors.npp_product_error_ratio + own_errors.npp_local_error_ratio
            as npp_error_ratio,
        {% for choice in respiration_choices() -%}
        {{ respiration_error(
            'national_errors.rh_daily_scale_error_ratio',
            'national_errors.rh_heterotrophic_share_error_ratio',
            'own_errors.rh_local_error_ratio',
            'national_errors.rh_temperature_coefficient_error_ratio',
            'national_errors.rh_precipitation_coefficient_error_ratio',
            'units.temperature_share_' ~ choice,
            'units.log_mean_response_' ~ choice,
            'units.mean_exponent_' ~ choice,
            'units.mean_precipitation_response_' ~ choice
        ) }} as rh_{{ choice }}_error_ratio,
        units.nep_rule_{{ choice }}_tgco2 * own_errors.nep_rule_z
            as nep_{{ choice }}_error_tgco2,
        {% endfor -%}
        national_errors.weathering_probability,
        national_errors.runoff_error_ratio,
        units.rcs_rule_tgco2 * own_errors.rcs_rule_z as rcs_error_tgco2

    from units

    inner join own_errors
        on units.unit_id = own_errors.unit_id

    inner join national_errors
        on own_errors.draw = national_errors.draw

)

select * from final
