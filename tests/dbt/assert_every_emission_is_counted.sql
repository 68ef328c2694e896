-- Emissions of the study years, summed as supplied, are the emissions of all provinces.
-- Fails with one row per year in which a unit was lost (its province is unknown) or doubled.
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

supplied as (

    select
        year,
        {{ mt_to_tg('sum(ce_mtco2)') }} as ce_tgco2

    from emissions

    group by year

),

counted as (

    select
        year,
        sum(ce_tgco2) as ce_tgco2

    from province_budgets

    group by year

),

final as (

    select
        counted.year,
        supplied.ce_tgco2 as supplied_ce_tgco2,
        counted.ce_tgco2 as counted_ce_tgco2

    from counted

    inner join supplied
        on counted.year = supplied.year

    where abs(supplied.ce_tgco2 - coalesce(counted.ce_tgco2, 0))
        > {{ var('identity_tolerance_ratio') }} * abs(supplied.ce_tgco2)

)

select * from final
