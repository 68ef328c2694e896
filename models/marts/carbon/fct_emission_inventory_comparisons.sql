-- Inventories of the paper's Table 1 beside ours. Grain: one row per province_id, period.
-- A period is a year, or 'mean' of the study period.
with

paper_table1 as (

    select * from {{ ref('ref_paper_table1') }}

),

province_emissions as (

    select * from {{ ref('int_province_emissions_summed') }}

),

energy_emissions as (

    select * from {{ ref('fct_energy_emissions') }}

),

fuel_sums as (

    select
        province_id,
        year,
        sum(co2_tgco2) as eq1_tgco2

    from energy_emissions

    where factor_set = 'ipcc2006'

    group by province_id, year

),

own_years as (

    select
        coalesce(province_emissions.province_id, fuel_sums.province_id) as province_id,
        coalesce(province_emissions.year, fuel_sums.year) as year,
        province_emissions.ce_tgco2,
        fuel_sums.eq1_tgco2

    from province_emissions

    full outer join fuel_sums
        on province_emissions.province_id = fuel_sums.province_id
        and province_emissions.year = fuel_sums.year

),

own_periods as (

    select
        province_id,
        cast(year as varchar) as period,
        ce_tgco2,
        eq1_tgco2

    from own_years

    union all

    select
        province_id,
        'mean' as period,
        {{ mean_of_study_years('ce_tgco2') }} as ce_tgco2,
        {{ mean_of_study_years('eq1_tgco2') }} as eq1_tgco2

    from own_years

    where year between {{ study_first_year() }} and {{ study_last_year() }}

    group by province_id

),

compared as (

    select
        paper_table1.province_id,
        paper_table1.province_name,
        paper_table1.period,
        {{ mt_to_tg('paper_table1.ipcc_mtco2') }} as ipcc_tgco2,
        {{ mt_to_tg('paper_table1.ceads_mtco2') }} as ceads_tgco2,
        own_periods.ce_tgco2,
        own_periods.eq1_tgco2

    from paper_table1

    left join own_periods
        on paper_table1.province_id = own_periods.province_id
        and paper_table1.period = own_periods.period

),

final as (

    select
        province_id,
        province_name,
        period,
        ipcc_tgco2,
        ceads_tgco2,
        {{ safe_ratio('ceads_tgco2 - ipcc_tgco2', 'ipcc_tgco2') }} as relative_error_ratio,
        ce_tgco2,
        eq1_tgco2,
        {{ safe_ratio('ce_tgco2 - ceads_tgco2', 'ceads_tgco2') }} as ce_to_ceads_error_ratio,
        {{ safe_ratio('eq1_tgco2 - ipcc_tgco2', 'ipcc_tgco2') }} as eq1_to_ipcc_error_ratio

    from compared

)

select * from final
