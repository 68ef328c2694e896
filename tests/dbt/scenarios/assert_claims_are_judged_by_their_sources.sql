-- A verdict follows from the sources: nothing is reproduced or differs on synthetic input, but by
-- other figures of the paper; what is not computed says why, and a figure without data needs none.
-- Fails with one row per claim whose verdict does not follow.
with

paper_claims as (

    select * from {{ ref('fct_paper_claims') }}

),

judged as (

    select
        *,
        verdict in ('reproduced', 'differs') and not is_judged_by_paper as is_judged_by_data

    from paper_claims

),

final as (

    select
        claim_id,
        verdict,
        reason

    from judged

    where (is_judged_by_data and (is_synthetic or not is_computed))
        or (is_judged_by_data and is_met != (verdict = 'reproduced'))
        or (is_judged_by_paper and verdict not in ('reproduced', 'differs'))
        or (is_judged_by_paper and paper_check_value is null)
        or (verdict in ('needs real data', 'circular') and not is_synthetic)
        or (verdict in ('circular', 'tautology') and (ratio is not null or reason is null))
        or (verdict = 'circular' and rests_on is null)
        or duplicate_of >= claim_id
        or (verdict in ('not computable', 'paper inconsistent') and reason is null)
        or (is_computed and fact_key is null)

)

select * from final
