-- Carbon budgets of every level in one table. Grain: one row per entity_level, entity_id, year.
-- Only places in the study under the headline reading: within one level, what may be summed can be.
{{ config(alias='carbon_budgets') }}

with

entity_budgets as (

    select * from {{ ref('int_entity_budgets_stacked') }}
    where in_study

),

places as (

    select * from {{ ref('int_entities_located') }}

),

verdicts as (

    select
        'city' as entity_level,
        city_id as entity_id,
        period,
        verdict,
        input_grade,
        cnc_low_tgco2,
        cnc_high_tgco2

    from {{ ref('fct_city_verdicts') }}

    where not is_period_mean

    union all

    select
        entity_level,
        entity_id,
        period,
        verdict,
        input_grade,
        cnc_low_tgco2,
        cnc_high_tgco2

    from {{ ref('fct_entity_verdicts') }}

    where not is_period_mean

),

final as (

    select
        entity_budgets.entity_level,
        entity_budgets.entity_id,
        entity_budgets.entity_name,
        places.entity_name_zh,
        places.iso_3166_2,
        places.province_id,
        places.province_name,
        places.region_id,
        places.longitude,
        places.latitude,
        entity_budgets.year,
        make_date(entity_budgets.year, 1, 1) as year_date,
        entity_budgets.area_km2,
        entity_budgets.ce_tgco2,
        entity_budgets.npp_tgco2,
        entity_budgets.rh_tgco2,
        entity_budgets.nep_tgco2,
        entity_budgets.rcs_tgco2,
        entity_budgets.rcs_low_tgco2,
        entity_budgets.rcs_high_tgco2,
        entity_budgets.ecs_tgco2,
        entity_budgets.cnc_tgco2,
        verdicts.cnc_low_tgco2,
        verdicts.cnc_high_tgco2,
        entity_budgets.cnc_ktco2_km2,
        entity_budgets.absorbed_ratio,
        entity_budgets.carbon_state,
        entity_budgets.npp_coverage_ratio,
        entity_budgets.rcs_coverage_ratio,
        verdicts.verdict,
        verdicts.input_grade

    from entity_budgets

    left join places
        on entity_budgets.entity_level = places.entity_level
        and entity_budgets.entity_id = places.entity_id

    left join verdicts
        on entity_budgets.entity_level = verdicts.entity_level
        and entity_budgets.entity_id = verdicts.entity_id
        and cast(entity_budgets.year as varchar) = verdicts.period

)

select * from final
