-- Table 2: how does NEP compare with other studies, period by period?
-- Grain: one row per claim of Table 2. Unit: Pg C per year.
-- Paper: 0.12-0.21 in 1997-2017, 0.153 in 2000-2007, 0.172 in 2000-2015; others 0.13 to 0.22.
-- Where the paper is wrong: 0.136-0.176 (Fang et al. 2007) is called slightly smaller than the
-- study's own 0.120-0.127 of the same years; the study of Zhang et al. (2020) has two periods.
-- Monthly respiration on real fields gives several times these figures: see the sensitivities.
with

paper_claims as (

    select * from {{ ref('fct_paper_claims') }}

),

final as (

    select
        claim_id,
        entity,
        quantity,
        period,
        printed as printed_pgc,
        paper_value as paper_pgc,
        paper_low as paper_low_pgc,
        paper_high as paper_high_pgc,
        warehouse_value as warehouse_pgc,
        verdict,
        reason

    from paper_claims

    where location = 'Table2'

)

select * from final
order by claim_id
