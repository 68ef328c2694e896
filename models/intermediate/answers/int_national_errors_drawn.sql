-- Relative errors that the whole nation shares, drawn. Grain: one row per draw.
-- Those of eq. 3 are of its parameters. NPP errs partly with the daily scale of respiration.
with

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

ratios as (

    select
        {% for component in national_components() -%}
        {{ component_value(component) }} as {{ component }},
        {% endfor -%}
        {{ component_value('npp_product', 'correlation_ratio') }} as npp_correlation_ratio

    from components

),

lists as (

    select
        {% for component in national_components() -%}
        normal_draws({{ draw_key(component) }}, {{ var('monte_carlo_draws') }}) as {{ component }},
        {% endfor -%}
        uniform_draws({{ draw_key('weathering_coefficient') }}, {{ var('monte_carlo_draws') }})
            as weathering_probability

),

draws as (

    select
        unnest(range(1, {{ var('monte_carlo_draws') }} + 1)) as draw,
        {% for component in national_components() -%}
        unnest({{ component }}) as {{ component }},
        {% endfor -%}
        unnest(weathering_probability) as weathering_probability

    from lists

),

final as (

    select
        draws.draw,
        {% for component in national_components() if component != 'npp_product' -%}
        ratios.{{ component }} * draws.{{ component }} as {{ component }}_error_ratio,
        {% endfor -%}
        ratios.npp_product * (
            ratios.npp_correlation_ratio * draws.rh_daily_scale
            + sqrt(1 - ratios.npp_correlation_ratio * ratios.npp_correlation_ratio)
            * draws.npp_product
        ) as npp_product_error_ratio,
        draws.weathering_probability

    from draws

    cross join ratios

)

select * from final
