-- What makes a mean uncertain. Grain: one row per entity_level, entity_id, indicator, component.
-- Each component alone; where two are correlated, their sum spreads more or less than both.
with

errors as (

    select * from {{ ref('int_entity_components_spread') }}

),

entity_series as (

    select * from {{ ref('int_entity_series_listed') }}

),

moved as (

    {% for measure, moved_indicators in measure_indicators().items() -%}
    select
        *,
        unnest({{ moved_indicators }}) as indicator

    from errors

    where measure = '{{ measure }}'

    {% if not loop.last %}union all{% endif %}

    {% endfor %}
),

final as (

    select
        moved.entity_level,
        moved.entity_id,
        entity_series.entity_name,
        moved.indicator,
        moved.component,
        entity_series.mean_tgco2 as value_tgco2,
        moved.sigma_tgco2,
        {{ safe_ratio('moved.sigma_tgco2', 'abs(entity_series.mean_tgco2)') }} as relative_ratio,
        {{ safe_ratio(
            'moved.sigma_tgco2 * moved.sigma_tgco2',
            'sum(moved.sigma_tgco2 * moved.sigma_tgco2) over (
                partition by moved.entity_level, moved.entity_id, moved.indicator
            )'
        ) }} as variance_ratio

    from moved

    inner join entity_series
        on moved.entity_level = entity_series.entity_level
        and moved.entity_id = entity_series.entity_id
        and moved.indicator = entity_series.indicator

    where entity_series.mean_tgco2 is not null

)

select * from final
