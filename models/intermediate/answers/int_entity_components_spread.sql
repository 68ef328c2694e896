-- Spread of the means by one component alone. Grain: entity_level, entity_id, component.
-- Standard deviation of the draws of the nation, its regions, provinces and cities.
with

unit_errors as (

    select * from {{ ref('int_unit_components_drawn') }}

),

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

province_sums as (

    select
        province_id,
        any_value(region_id) as region_id,
        draw,
    {% for component in component_errors() -%}
    sum({{ component }}_tgco2) as {{ component }}_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from unit_errors

    group by province_id, draw

),

memberships as (

    select
        unnest(['nation', 'region', 'province']) as entity_level,
        unnest(['{{ var("nation_id") }}', region_id, province_id]) as entity_id,
        *

    from province_sums

),

entity_sums as (

    select
        entity_level,
        entity_id,
        draw,
    {% for component in component_errors() -%}
    sum({{ component }}_tgco2) as {{ component }}_tgco2
    {{- ',' if not loop.last }}
    {% endfor %}

    from memberships

    where entity_id is not null

    group by entity_level, entity_id, draw

),

spreads as (

    select
        entity_level,
        entity_id,
    {% for component in component_errors() -%}
    stddev_samp({{ component }}_tgco2) as {{ component }}_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from entity_sums

    group by entity_level, entity_id

    union all

    select
        'city' as entity_level,
        city_id as entity_id,
    {% for component in component_errors() -%}
    stddev_samp({{ component }}_tgco2) as {{ component }}_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from unit_errors

    where city_id is not null

    group by city_id

),

unnested as (

    select
        entity_level,
        entity_id,
        unnest([
            {%- for component in component_errors() -%}
            '{{ component }}'{{ ', ' if not loop.last }}
            {%- endfor -%}
        ]) as component,
        unnest([
            {%- for component in component_errors() -%}
            {{ component }}_tgco2{{ ', ' if not loop.last }}
            {%- endfor -%}
        ]) as sigma_tgco2

    from spreads

),

final as (

    select
        unnested.entity_level,
        unnested.entity_id,
        unnested.component,
        components.measure,
        unnested.sigma_tgco2

    from unnested

    inner join components
        on unnested.component = components.component

    where unnested.sigma_tgco2 is not null

)

select * from final
