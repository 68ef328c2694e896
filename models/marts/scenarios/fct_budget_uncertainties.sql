-- How sure the means are. Grain: one row per entity_level, entity_id, indicator.
-- Mean of the study years with its standard uncertainty by quadrature of the components, and the
-- linear sum, the most that they could come to if all failed together.
with

components as (

    select * from {{ ref('fct_uncertainty_components') }}

),

combined as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        indicator,
        min(value_tgco2) as value_tgco2,
        {{ quadrature('list(sigma_tgco2 order by component)') }} as sigma_tgco2,
        sum(sigma_tgco2) as linear_sigma_tgco2,
        max_by(component, sigma_tgco2) as largest_component,
        count(*) as component_count

    from components

    group by entity_level, entity_id, indicator

),

final as (

    select
        entity_level,
        entity_id,
        entity_name,
        indicator,
        value_tgco2,
        sigma_tgco2,
        value_tgco2 - {{ var('uncertainty_coverage_factor') }} * sigma_tgco2 as low_tgco2,
        value_tgco2 + {{ var('uncertainty_coverage_factor') }} * sigma_tgco2 as high_tgco2,
        {{ safe_ratio('sigma_tgco2', 'abs(value_tgco2)') }} as relative_ratio,
        linear_sigma_tgco2,
        {{ safe_ratio('linear_sigma_tgco2', 'abs(value_tgco2)') }} as linear_relative_ratio,
        largest_component,
        component_count

    from combined

)

select * from final
