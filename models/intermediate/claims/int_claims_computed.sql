-- The warehouse's own figure for each claim. Grain: one row per claim_id.
-- In the unit of the paper, with what it rests on; NULL where the warehouse has none.
with

claims as (

    select * from {{ ref('ref_paper_claims') }}

),

budget_facts as (

    select * from {{ ref('int_claim_budget_facts') }}

),

diagnostic_facts as (

    select * from {{ ref('int_claim_diagnostic_facts') }}

),

outlook_facts as (

    select * from {{ ref('int_claim_outlook_facts') }}

),

method_facts as (

    select * from {{ ref('int_claim_method_facts') }}

),

evidences as (

    select * from {{ ref('int_claim_evidences_judged') }}

),

paper_figures as (

    select * from {{ ref('int_claim_paper_figures') }}

),

facts as (

    select * from budget_facts

    union all

    select * from diagnostic_facts

    union all

    select * from outlook_facts

    union all

    select * from method_facts

),

needed as (

    select
        claims.claim_id,
        unnest(facts.evidences) as evidence

    from claims

    inner join facts
        on claims.fact_key = facts.fact_key

),

judged as (

    select
        needed.claim_id,
        -- An input that no file supplies is not real either.
        bool_or(coalesce(evidences.is_synthetic, true)) as is_synthetic,
        list_sort(list_distinct(flatten(list(
            coalesce(evidences.synthetic_source_ids, [needed.evidence || ' (no file)'])
        ) filter (where coalesce(evidences.is_synthetic, true)))))
            as synthetic_source_ids,
        {{ worst_grade("coalesce(evidences.input_grade, 'assumed')") }} as input_grade,
        list_sort(list_distinct(flatten(list(
            coalesce(evidences.source_ids, [needed.evidence || ' (no file)'])
        )))) as source_ids,
        list_sort(list_distinct(flatten(list(coalesce(evidences.calibrated_to, [])))))
            as calibrated_to

    from needed

    left join evidences
        on needed.evidence = evidences.evidence

    group by needed.claim_id

),

final as (

    select
        claims.claim_id,
        {{ in_paper_unit('facts.fact_value', 'facts.fact_unit', 'claims.unit') }}
            as warehouse_value,
        facts.fact_text as warehouse_text,
        coalesce(judged.is_synthetic, false) as is_synthetic,
        judged.synthetic_source_ids,
        judged.input_grade,
        judged.source_ids,
        judged.calibrated_to,
        facts.evidences is not null and len(facts.evidences) = 0 as needs_no_data,
        paper_figures.figure as paper_check_value,
        paper_figures.follows_from

    from claims

    left join facts
        on claims.fact_key = facts.fact_key

    left join judged
        on claims.claim_id = judged.claim_id

    left join paper_figures
        on claims.fact_key = paper_figures.fact_key

)

select * from final
