-- Errors that a province, a neighbourhood or a city has of its own, drawn. Grain: unit_id, draw.
-- The allocation of a province's emissions to its cities keeps their sum: what one city is given
-- too much, the others lack. Single precision, which is ample for a random number.
with

units as (

    select * from {{ ref('int_unit_terms_averaged') }}

),

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

ratios as (

    select
        {{ component_value('ce_provincial_statistics') }} as province_ratio,
        {{ component_value('ce_city_allocation') }} as allocation_ratio,
        {{ component_value('npp_local') }} as npp_ratio,
        {{ component_value('npp_local', 'length_km') }} as npp_length_km,
        {{ component_value('rh_local') }} as rh_ratio,
        {{ component_value('rh_local', 'length_km') }} as rh_length_km,
        {{ component_value('rh_local', 'correlation_ratio') }} as rh_correlation_ratio

    from components

),

city_lists as (

    select
        list(unit_id order by unit_id) as unit_ids,
        list(longitude order by unit_id) as longitudes,
        list(latitude order by unit_id) as latitudes

    from units

    where city_id is not null

),

fields as (

    select
        city_lists.unit_ids,
        field_draws(
            city_lists.longitudes, city_lists.latitudes, ratios.npp_length_km,
            {{ var('monte_carlo_draws') }}, {{ draw_key('npp_local') }}
        ) as npp_fields,
        field_draws(
            city_lists.longitudes, city_lists.latitudes, ratios.rh_length_km,
            {{ var('monte_carlo_draws') }}, {{ draw_key('rh_local') }}
        ) as rh_fields

    from city_lists

    cross join ratios

),

city_fields as (

    select
        unnest(unit_ids) as unit_id,
        unnest(npp_fields) as npp_field,
        unnest(rh_fields) as rh_field

    from fields

),

unit_lists as (

    select
        units.unit_id,
        units.province_id,
        units.ce_tgco2,
        normal_draws(
            units.province_id || '/' || {{ draw_key('ce_provincial_statistics') }},
            {{ var('monte_carlo_draws') }}
        ) as province_z,
        normal_draws(
            units.unit_id || '/' || {{ draw_key('ce_city_allocation') }},
            {{ var('monte_carlo_draws') }}
        ) as allocation_z,
        normal_draws(
            units.unit_id || '/' || {{ draw_key('zonal_rule_nep') }}, {{ var('monte_carlo_draws') }}
        ) as nep_rule_z,
        normal_draws(
            units.unit_id || '/' || {{ draw_key('zonal_rule_rcs') }}, {{ var('monte_carlo_draws') }}
        ) as rcs_rule_z,
        city_fields.npp_field,
        city_fields.rh_field

    from units

    left join city_fields
        on units.unit_id = city_fields.unit_id

),

draws as (

    select
        unit_id,
        province_id,
        greatest(coalesce(ce_tgco2, 0), 0) as ce_weight,
        unnest(range(1, {{ var('monte_carlo_draws') }} + 1)) as draw,
        unnest(province_z) as province_z,
        unnest(allocation_z) as allocation_z,
        unnest(nep_rule_z) as nep_rule_z,
        unnest(rcs_rule_z) as rcs_rule_z,
        unnest(npp_field) as npp_z,
        unnest(rh_field) as rh_z

    from unit_lists

),

allocated as (

    select
        draws.*,
        ratios.province_ratio * draws.province_z as ce_provincial_statistics_error_ratio,
        exp(ratios.allocation_ratio * draws.allocation_z) as allocation_weight,
        ratios.npp_ratio * draws.npp_z as npp_local_error_ratio,
        ratios.rh_ratio * (
            ratios.rh_correlation_ratio * draws.npp_z
            + sqrt(1 - ratios.rh_correlation_ratio * ratios.rh_correlation_ratio) * draws.rh_z
        ) as rh_local_error_ratio

    from draws

    cross join ratios

),

conserved as (

    select
        *,
        coalesce(
            {{ safe_ratio(
                'allocation_weight * sum(ce_weight) over (partition by province_id, draw)',
                'sum(ce_weight * allocation_weight) over (partition by province_id, draw)'
            ) }} - 1,
            0
        ) as ce_city_allocation_error_ratio

    from allocated

),

final as (

    select
        unit_id,
        cast(draw as integer) as draw,
        cast(ce_provincial_statistics_error_ratio as float) as ce_provincial_statistics_error_ratio,
        cast(ce_city_allocation_error_ratio as float) as ce_city_allocation_error_ratio,
        cast(npp_local_error_ratio as float) as npp_local_error_ratio,
        cast(rh_local_error_ratio as float) as rh_local_error_ratio,
        cast(nep_rule_z as float) as nep_rule_z,
        cast(rcs_rule_z as float) as rcs_rule_z

    from conserved

)

select * from final
