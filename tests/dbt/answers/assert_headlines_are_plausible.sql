-- The nation's means lie within what others published. A warning, not an error: a figure outside is
-- published with that sentence, and never tuned.
-- Warns with one row per indicator that lies outside every estimate.
{{ config(severity='warn') }}
with

checks as (

    select * from {{ ref('fct_plausibility_checks') }}

),

final as (

    select
        check_id,
        value,
        low,
        high

    from checks

    where is_summary
        and not is_plausible

)

select * from final
