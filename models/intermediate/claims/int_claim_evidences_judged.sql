-- Inputs that a claim can rest on, and whether they are real. Grain: one row per evidence.
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
        case
            when source_files.role in ('emissions', 'energy_balances', 'drivers', 'countries')
                then source_files.role
            when source_files.role = '{{ var("historical_collection") }}/npp' then 'npp'
            when source_files.role = '{{ var("historical_collection") }}/temperature'
                then 'climate'
            when source_files.role = '{{ var("historical_collection") }}/precipitation'
                then 'climate'
            when source_files.role = '{{ var("historical_collection") }}/evapotranspiration'
                then 'evapotranspiration'
            when source_files.role = '{{ var("historical_collection") }}/lithology'
                then 'lithology'
            when source_files.role like '%/%' then 'scenarios'
        end as evidence,
        source_files.source_id,
        -- A file whose card is missing proves nothing.
        coalesce(sources.is_synthetic, true) as is_synthetic,
        coalesce(sources.input_grade, 'assumed') as input_grade,
        sources.calibrated_to

    from source_files

    left join sources
        on source_files.source_id = sources.source_id

    union all

    select
        'growth_rates' as evidence,
        'ref_scenario_growth_rates' as source_id,
        status = 'assumption' as is_synthetic,
        case when status = 'assumption' then 'assumed' else 'modelled' end as input_grade,
        null as calibrated_to

    from growth_rates

),

final as (

    select
        evidence,
        bool_or(is_synthetic) as is_synthetic,
        {{ worst_grade('input_grade') }} as input_grade,
        list(distinct source_id) as source_ids,
        list(distinct source_id) filter (where is_synthetic) as synthetic_source_ids,
        list(distinct source_id) filter (where calibrated_to is not null) as calibrated_source_ids,
        list(distinct calibrated_to) filter (where calibrated_to is not null) as calibrated_to

    from named

    where evidence is not null

    group by evidence

)

select * from final
