-- The nation emits after the crosswalk what the file says, in every year and as many units.
-- Fails with one row per source_id, year in which a unit was lost or doubled.
with

supplied as (

    select
        source_id,
        year,
        count(*) as unit_count,
        {{ mt_to_tg('sum(ce_mtco2)') }} as ce_tgco2

    from {{ ref('stg_raw__emissions') }}

    group by source_id, year

),

assigned as (

    select
        source_id,
        year,
        count(*) as unit_count,
        sum(ce_tgco2) as ce_tgco2

    from {{ ref('int_emissions_assigned') }}

    where inventory_kind = 'table'

    group by source_id, year

),

final as (

    select
        supplied.source_id,
        supplied.year,
        supplied.unit_count as supplied_unit_count,
        supplied.ce_tgco2 as supplied_ce_tgco2,
        assigned.unit_count as assigned_unit_count,
        assigned.ce_tgco2 as assigned_ce_tgco2

    from supplied

    left join assigned
        on supplied.source_id = assigned.source_id
        and supplied.year = assigned.year

    where supplied.unit_count is distinct from assigned.unit_count
        or abs(supplied.ce_tgco2 - coalesce(assigned.ce_tgco2, 0))
        > {{ var('identity_tolerance_ratio') }} * supplied.ce_tgco2

)

select * from final
