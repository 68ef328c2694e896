-- Errors of the means of every entity by component. Grain: entity_level, entity_id, component.
-- Headline choices. Errors that places share are summed linearly, others by quadrature.
with

errors as (

    select * from {{ ref('int_city_errors_termed') }}

),

memberships as (

    select
        *,
        unnest(['nation', 'region', 'province', 'city']) as entity_level,
        unnest(['{{ var("nation_id") }}', region_id, province_id, city_id]) as entity_id

    from errors

    where is_headline

),

shared_sums as (

    select
        entity_level,
        entity_id,
        component,
        measure,
        shared_by,
        sum(sigma_tgco2) as sigma_tgco2

    from memberships

    where entity_id is not null

    group by entity_level, entity_id, component, measure, shared_by

),

final as (

    select
        entity_level,
        entity_id,
        component,
        min(measure) as measure,
        {{ quadrature('list(sigma_tgco2 order by shared_by)') }} as sigma_tgco2

    from shared_sums

    group by entity_level, entity_id, component

)

select * from final
