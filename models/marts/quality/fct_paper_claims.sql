-- What the paper states beside what the warehouse finds. Grain: one row per claim_id.
-- Verdict: reproduced, differs, paper inconsistent, circular, tautology, needs real data, or not
-- computable. It follows from the sources: with the published data sets it is a score without any
-- change here. Until then other figures of the paper decide where they can.
with

claims as (

    select * from {{ ref('ref_paper_claims') }}

),

computed as (

    select * from {{ ref('int_claims_computed') }}

),

compared as (

    select
        claims.*,
        computed.warehouse_value,
        computed.warehouse_text,
        computed.is_synthetic,
        computed.synthetic_source_ids,
        computed.input_grade,
        computed.source_ids,
        computed.calibrated_to,
        computed.needs_no_data,
        case
            when claims.fact_key is not null
                then min(claims.claim_id) over (
                        partition by claims.fact_key, claims.unit, claims.printed, claims.comparison
                    )
        end as first_claim_id,
        computed.paper_check_value,
        computed.follows_from,
        -- Table 1 is given to a tenth; elsewhere figures are rounded as a text rounds them. A count
        -- is right or wrong.
        case
            when claims.unit = 'count' then 0.0
            when claims.location = 'Table1' then {{ var('claim_table_tolerance_ratio') }}::double
            else {{ var('claim_tolerance_ratio') }}::double
        end as tolerance_ratio

    from claims

    inner join computed
        on claims.claim_id = computed.claim_id

),

judged as (

    select
        *,
        warehouse_value is not null or warehouse_text is not null as is_computed,
        case
            when comparison = 'text' then warehouse_text = paper_text
            else {{ meets_claim('warehouse_value') }}
        end as is_met,
        {{ meets_claim('paper_check_value') }} as is_paper_check_met,
        claim_status != 'inconsistent'
        and paper_check_value is not null
        and (is_synthetic or needs_no_data or warehouse_value is null) as is_judged_by_paper,
        {{ is_copied_fact('fact_key') }} as is_tautology,
        is_synthetic and len(calibrated_to) > 0 and {{ is_level_fact('fact_key') }} as is_circular

    from compared

),

verdicts as (

    select
        *,
        case
            when claim_status = 'inconsistent' then 'paper inconsistent'
            when is_judged_by_paper and is_paper_check_met then 'reproduced'
            when is_judged_by_paper then 'differs'
            when not is_computed then 'not computable'
            when is_tautology then 'tautology'
            when is_circular then 'circular'
            when is_synthetic then 'needs real data'
            when is_met then 'reproduced'
            else 'differs'
        end as verdict

    from judged

),

final as (

    select
        claim_id,
        section,
        location,
        entity,
        quantity,
        period,
        printed,
        paper_value,
        paper_low,
        paper_high,
        paper_text,
        warehouse_value,
        warehouse_text,
        unit,
        comparison,
        case
            when verdict not in ('circular', 'tautology')
                then {{ safe_ratio('warehouse_value', 'paper_value') }}
        end as ratio,
        tolerance_ratio,
        is_met,
        is_computed,
        is_synthetic,
        case when is_judged_by_paper or needs_no_data then null else input_grade end as input_grade,
        case
            when not is_judged_by_paper then nullif(array_to_string(source_ids, ', '), '')
        end as rests_on,
        paper_check_value,
        is_judged_by_paper,
        nullif(first_claim_id, claim_id) as duplicate_of,
        verdict,
        case
            when verdict = 'paper inconsistent' then note
            when is_judged_by_paper then 'by the paper alone, from ' || follows_from
            when verdict = 'not computable'
                then coalesce(reason, 'the warehouse has no value: an input is missing')
            when verdict = 'tautology'
                then 'the number stands here because it was copied from the paper'
            when verdict = 'circular'
                then
                    'an input was made from it: calibrated to '
                    || array_to_string(calibrated_to, '; ')
            when verdict = 'needs real data'
                then 'synthetic or assumed: ' || array_to_string(synthetic_source_ids, ', ')
            else note
        end as reason,
        claim_status,
        fact_key

    from verdicts

)

select * from final
