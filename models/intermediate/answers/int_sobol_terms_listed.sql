-- Terms and spreads that Sobol' indices rest on. Grain: one row per entity_level, entity_id.
-- Of the nation and of every city: means of the study years under the headline reading, response
-- terms weighted by respiration, and the spread of what is drawn by place.
with

units as (

    select * from {{ ref('int_unit_terms_averaged') }}

),

spreads as (

    select * from {{ ref('int_entity_components_spread') }}

),

placed as (

    select
        *,
        unnest(['nation', 'city']) as entity_level,
        unnest(['{{ var("nation_id") }}', city_id]) as entity_id

    from units

),

summed as (

    select
        entity_level,
        entity_id,
        sum(ce_tgco2) as ce_tgco2,
        sum(npp_tgco2) as npp_tgco2,
        sum(rcs_tgco2) as rcs_tgco2,
        sum(rcs_low_tgco2) as rcs_low_tgco2,
        sum(rcs_high_tgco2) as rcs_high_tgco2,
        {% for shape in [
            'temperature_share', 'log_mean_response', 'mean_exponent', 'mean_precipitation_response'
        ] -%}
        sum({{ shape }}_{{ headline_choice() }} * rh_{{ headline_choice() }}_tgco2)
        / nullif(sum(rh_{{ headline_choice() }}_tgco2), 0) as {{ shape }},
        {% endfor -%}
        sum(rh_{{ headline_choice() }}_tgco2) as rh_tgco2

    from placed

    where entity_id is not null

    group by entity_level, entity_id

),

pivoted as (

    select
        entity_level,
        entity_id,
    {% for component in component_errors() -%}
    coalesce(max(sigma_tgco2) filter (where component = '{{ component }}'), 0)
        as {{ component }}{{ ',' if not loop.last }}
    {% endfor %}

    from spreads

    group by entity_level, entity_id

),

final as (

    select
        summed.*,
        pivoted.* exclude (pivoted.entity_level, pivoted.entity_id)

    from summed

    inner join pivoted
        on summed.entity_level = pivoted.entity_level
        and summed.entity_id = pivoted.entity_id

    where summed.rh_tgco2 is not null
        and summed.rcs_tgco2 is not null
        and summed.ce_tgco2 is not null

)

select * from final
