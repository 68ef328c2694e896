-- The drawn allocation of a province's emissions to its cities keeps their sum in every draw.
-- Fails with one row per province and draw that does not.
with

units as (

    select * from {{ ref('int_unit_terms_averaged') }}

),

errors as (

    select * from {{ ref('int_unit_errors_drawn') }}

),

final as (

    select
        units.province_id,
        errors.draw

    from units

    inner join errors
        on units.unit_id = errors.unit_id

    where units.ce_tgco2 > 0

    group by units.province_id, errors.draw

    having abs(sum(units.ce_tgco2 * errors.ce_city_allocation_error_ratio))
        > 1e-6 * sum(units.ce_tgco2)

)

select * from final
