-- What no city took stands in fct_data_quality, to the tonne, beside the province's own figure.
-- Fails with one row per year in which the two differ.
with

quality as (

    select * from {{ ref('fct_data_quality') }}

),

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

listed as (

    select
        year,
        sum(unassigned_ce_tgco2) as ce_tgco2

    from quality

    group by year

),

kept as (

    select
        year,
        sum(unassigned_ce_tgco2) as ce_tgco2

    from province_budgets

    group by year

),

final as (

    select
        kept.year,
        kept.ce_tgco2 as kept_ce_tgco2,
        listed.ce_tgco2 as listed_ce_tgco2

    from kept

    left join listed
        on kept.year = listed.year

    where abs(kept.ce_tgco2 - coalesce(listed.ce_tgco2, 0))
        > {{ var('identity_tolerance_ratio') }} * greatest(kept.ce_tgco2, 1e-12)

)

select * from final
