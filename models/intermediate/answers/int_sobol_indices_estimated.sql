-- Sobol' indices of NEP and CNC. Grain: one row per entity_level, entity_id, indicator, component.
-- Of the nation and of every city with a CNC.
with

terms as (

    select * from {{ ref('int_sobol_terms_listed') }}

),

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

ratios as (

    select
        {% for component in national_components() -%}
        {{ component_value(component) }} as {{ component }},
        {% endfor -%}
        {{ component_value('npp_product', 'correlation_ratio') }} as npp_product_correlation,
        {{ component_value('rh_local', 'correlation_ratio') }} as rh_local_correlation

    from components

),

cube as (

    select sobol_points(
        {{ 2 * sobol_inputs() | length }}, {{ var('sobol_points') }}, {{ var('monte_carlo_seed') }}
    ) as numbers

),

points as (

    select
        unnest(range(1, {{ var('sobol_points') }} + 1)) as point,
        unnest(numbers) as p

    from cube

),

normals as (

    select
        point,
        p,
        normal_quantiles(p) as z

    from points

),

results as (

    select
        terms.entity_level,
        terms.entity_id,
        points.point,
        {% for indicator in ['NEP', 'CNC'] -%}
        {{ sobol_error(indicator) }} as {{ indicator | lower }}_a,
        {{ sobol_error(indicator, 'all') }} as {{ indicator | lower }}_b,
        {% for component in sobol_inputs() -%}
        {{ sobol_error(indicator, component) }} as {{ indicator | lower }}_{{ component }},
        {% endfor -%}
        {% endfor -%}
        terms.ce_tgco2

    from terms

    cross join ratios

    cross join normals as points

),

indices as (

    {% for indicator in ['NEP', 'CNC'] -%}
    select
        entity_level,
        entity_id,
        '{{ indicator }}' as indicator,
        sobol_indices(
            list({{ indicator | lower }}_a order by point),
            list({{ indicator | lower }}_b order by point),
            [
                {%- for component in sobol_inputs() %}
                list({{ indicator | lower }}_{{ component }} order by point)
                {{- ',' if not loop.last }}
                {%- endfor %}
            ]
        ) as shares

    from results

    group by entity_level, entity_id

    {% if not loop.last %}union all{% endif %}

    {% endfor %}
),

final as (

    select
        entity_level,
        entity_id,
        indicator,
        unnest({{ sobol_inputs() }}) as component,
        unnest(shares['first']) as first_order_ratio,
        unnest(shares['total']) as total_ratio

    from indices

)

select * from final
