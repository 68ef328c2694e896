-- How sure the means are. Grain: one row per entity_level, entity_id, indicator.
-- Mean of the study years with the spread of its drawn errors under the headline reading, and the
-- linear sum of the components, the most that they could come to if all failed together.
with

totals as (

    select * from {{ ref('int_entity_totals_spread') }}

),

components as (

    select * from {{ ref('fct_uncertainty_components') }}

),

entity_series as (

    select * from {{ ref('int_entity_series_listed') }}

),

component_sums as (

    select
        entity_level,
        entity_id,
        indicator,
        {{ exact_sum('sigma_tgco2') }} as linear_sigma_tgco2,
        max_by(component, sigma_tgco2) as largest_component,
        count(*) as component_count

    from components

    group by entity_level, entity_id, indicator

),

final as (

    select
        entity_series.entity_level,
        entity_series.entity_id,
        entity_series.entity_name,
        entity_series.indicator,
        entity_series.mean_tgco2 as value_tgco2,
        totals.sigma_tgco2,
        entity_series.mean_tgco2 + totals.low_error_tgco2 as low_tgco2,
        entity_series.mean_tgco2 + totals.high_error_tgco2 as high_tgco2,
        {{ safe_ratio('totals.sigma_tgco2', 'abs(entity_series.mean_tgco2)') }} as relative_ratio,
        component_sums.linear_sigma_tgco2,
        {{ safe_ratio('component_sums.linear_sigma_tgco2', 'abs(entity_series.mean_tgco2)') }}
            as linear_relative_ratio,
        component_sums.largest_component,
        component_sums.component_count

    from totals

    inner join entity_series
        on totals.entity_level = entity_series.entity_level
        and totals.entity_id = entity_series.entity_id
        and totals.indicator = entity_series.indicator

    inner join component_sums
        on totals.entity_level = component_sums.entity_level
        and totals.entity_id = component_sums.entity_id
        and totals.indicator = component_sums.indicator

    where entity_series.mean_tgco2 is not null

)

select * from final
