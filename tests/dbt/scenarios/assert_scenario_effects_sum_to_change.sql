-- Effects of the drivers of a scenario sum to the change of its emissions.
-- Fails with one row per scenario, model and year that is further off than 1e-9, relatively.
with

effects as (

    select * from {{ ref('fct_scenario_emission_drivers') }}

),

final as (

    select
        scenario,
        model,
        year,
        sum(effect_tgco2) as effect_tgco2,
        any_value(ce_change_tgco2) as ce_change_tgco2

    from effects

    group by scenario, model, year

    having sum(effect_tgco2) is null
        or abs(sum(effect_tgco2) - any_value(ce_change_tgco2))
        > {{ var('identity_tolerance_ratio') }} * sum(abs(effect_tgco2))

)

select * from final
