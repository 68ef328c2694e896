-- Errors of the means from each component alone. Grain: one row per unit_id, draw.
-- Headline choice of eq. 3; a view, as int_unit_errors_combined.
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
    {% for component, error in component_errors().items() -%}
    {{ error }} as {{ component }}_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from units

    inner join own_errors
        on units.unit_id = own_errors.unit_id

    inner join national_errors
        on own_errors.draw = national_errors.draw

)

select * from final
