-- Spread of the means by all components at once. Grain: entity_level, entity_id, indicator.
-- Standard deviation and 95 % interval of the drawn errors of the nation, its regions, provinces
-- and cities, with the correlations that components have.
with

entity_errors as (

    select * from {{ ref('int_entity_errors_drawn') }}

    where period = '{{ study_period() }}'

),

unit_errors as (

    select * from {{ ref('int_unit_errors_combined') }}

),

city_terms as (

    select * from {{ ref('int_city_periods_termed') }}

    where is_period_mean

),

errors as (

    select
        entity_level,
        entity_id,
        draw,
        ce_error_tgco2 as ce,
        npp_error_tgco2 as npp,
        nep_{{ headline_choice() }}_error_tgco2 as nep,
        rcs_error_tgco2 as rcs

    from entity_errors

    union all

    select
        'city' as entity_level,
        terms.city_id as entity_id,
        errors.draw,
        terms.ce_tgco2 * errors.ce_error_ratio as ce,
        terms.npp_{{ headline_choice() }}_tgco2 * errors.npp_error_ratio as npp,
        terms.npp_{{ headline_choice() }}_tgco2 * errors.npp_error_ratio
        - terms.rh_{{ headline_choice() }}_tgco2 * errors.rh_{{ headline_choice() }}_error_ratio
        + coalesce(errors.nep_{{ headline_choice() }}_error_tgco2, 0) as nep,
        {{ drawn_ecs(headline_choice()) }} - (
            terms.npp_{{ headline_choice() }}_tgco2 * (1 + errors.npp_error_ratio)
            - terms.rh_{{ headline_choice() }}_tgco2
            * (1 + errors.rh_{{ headline_choice() }}_error_ratio)
            + coalesce(errors.nep_{{ headline_choice() }}_error_tgco2, 0)
        ) - terms.rcs_tgco2 as rcs

    from city_terms as terms

    inner join unit_errors as errors
        on terms.city_id = errors.city_id

),

spreads as (

    select
        entity_level,
        entity_id,
        {% for indicator, error in [
            ('CE', 'ce'), ('NPP', 'npp'), ('NEP', 'nep'), ('RCS', 'rcs'),
            ('ECS', 'nep + rcs'), ('CNC', 'nep + rcs - ce'),
        ] -%}
    {
        'indicator': '{{ indicator }}',
        'sigma_tgco2': stddev_samp({{ error }}),
        'interval': quantile_cont({{ error }}, [0.025, 0.975])
    } as {{ indicator | lower }}_spread{{ ',' if not loop.last }}
    {% endfor %}

    from errors

    group by entity_level, entity_id

),

unnested as (

    select
        entity_level,
        entity_id,
        unnest([
            ce_spread, npp_spread, nep_spread, rcs_spread, ecs_spread, cnc_spread
        ]) as spread

    from spreads

),

final as (

    select
        entity_level,
        entity_id,
        spread['indicator'] as indicator,
        spread['sigma_tgco2'] as sigma_tgco2,
        spread['interval'][1] as low_error_tgco2,
        spread['interval'][2] as high_error_tgco2

    from unnested

)

select * from final
