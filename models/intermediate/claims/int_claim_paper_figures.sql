-- Figures that follow from other figures of the paper. Grain: one row per fact_key.
-- They need no data: they tell whether a claim is right by the paper's own account, and never more.
with

paper_table1 as (

    select * from {{ ref('ref_paper_table1') }}

),

claims as (

    select * from {{ ref('ref_paper_claims') }}

),

table1_totals as (

    select
        period,
        sum(ceads_mtco2) as ceads_mtco2,
        sum(ipcc_mtco2) as ipcc_mtco2

    from paper_table1

    group by period

),

emissions as (

    select
        {{ mt_to_tg('max(ceads_mtco2) filter (where period = \'1997\')') }} as ce_1997_tgco2,
        {{ mt_to_tg('max(ceads_mtco2) filter (where period = \'2017\')') }} as ce_2017_tgco2,
        {{ mt_to_tg('max(ceads_mtco2) filter (where period = \'mean\')') }} as ce_mean_tgco2

    from table1_totals

),

printed as (

    select
        min(paper_value) filter (where fact_key = 'mean/nation/CN/deficit') as deficit_pg,
        min(paper_value) filter (where fact_key = 'simple_growth/nation/CN/CE') as ce_growth_pct,
        min(paper_value) filter (where fact_key = 'simple_growth/nation/CN/ECS') as ecs_growth_pct

    from claims

),

figures as (

    select
        'simple_growth/nation/CN/CE' as fact_key,
        (ce_2017_tgco2 / ce_1997_tgco2 - 1) / (2017 - 1997 + 1) * 100 as figure,
        'Table 1' as follows_from

    from emissions

    union all

    select
        'mean/nation/CN/unabsorbed_ratio' as fact_key,
        printed.deficit_pg * 1000 / emissions.ce_mean_tgco2 * 100 as figure,
        'the mean deficit and Table 1' as follows_from

    from printed

    cross join emissions

    union all

    select
        'growth_ratio/nation/CN' as fact_key,
        ce_growth_pct / ecs_growth_pct as figure,
        'the two rates of section 3.1' as follows_from

    from printed

    union all

    select
        'table_1/ce/total/' || period as fact_key,
        ceads_mtco2 as figure,
        'the provinces of Table 1' as follows_from

    from table1_totals

    union all

    select
        'table_1/eq1/total/' || period as fact_key,
        ipcc_mtco2 as figure,
        'the provinces of Table 1' as follows_from

    from table1_totals

    union all

    select
        'table_1/mean_error_ratio' as fact_key,
        avg(abs(ceads_mtco2 - ipcc_mtco2) / ipcc_mtco2) * 100 as figure,
        'the two columns of Table 1' as follows_from

    from paper_table1

    where period = 'mean'

),

final as (

    select * from figures

)

select * from final
