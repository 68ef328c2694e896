-- What kinds of inputs are: measured, modelled, synthetic or assumed. Grain: one row per evidence.
-- The worst grade among its files, and what they were calibrated to.
with

source_files as (

    select * from {{ ref('stg_raw__source_files') }}

),

sources as (

    select * from {{ ref('stg_raw__sources') }}

),

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

named as (

    select
        {{ evidence_of_role('source_files.role') }} as evidence,
        source_files.source_id,
        -- A file whose card is missing proves nothing.
        coalesce(sources.input_grade, 'assumed') as input_grade,
        sources.calibrated_to

    from source_files

    left join sources
        on source_files.source_id = sources.source_id

    union all

    select
        'growth_rates' as evidence,
        'ref_scenario_growth_rates' as source_id,
        case when status = 'assumption' then 'assumed' else 'modelled' end as input_grade,
        null as calibrated_to

    from growth_rates

),

final as (

    select
        evidence,
        {{ worst_grade('input_grade') }} as input_grade,
        list_sort(list(distinct source_id)) as source_ids,
        list_sort(list(distinct source_id) filter (
            where {{ grade_rank('input_grade') }} >= {{ grade_rank("'synthetic'") }}
        )) as synthetic_source_ids,
        array_to_string(list_sort(list(distinct calibrated_to)), '; ') as calibrated_to

    from named

    where evidence is not null

    group by evidence

)

select * from final
