-- A verdict follows from the sources: nothing is reproduced or differs on synthetic input, what is
-- not computed says why, and a figure without data needs none.
-- Fails with one row per claim whose verdict does not follow.
with

paper_claims as (

    select * from {{ ref('fct_paper_claims') }}

),

final as (

    select
        claim_id,
        verdict,
        reason

    from paper_claims

    where (verdict in ('reproduced', 'differs') and (is_synthetic or not is_computed))
        or (verdict = 'needs real data' and not is_synthetic)
        or (verdict in ('not computable', 'paper inconsistent') and reason is null)
        or (verdict = 'reproduced' and not is_met)
        or (verdict = 'differs' and is_met)
        or (is_computed and fact_key is null)

)

select * from final
