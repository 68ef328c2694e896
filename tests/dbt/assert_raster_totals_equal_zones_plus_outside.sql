-- Mass is kept: what lies over the grid is what lies in the zones and outside them.
-- Fails with one row per collection, year, measure whose residual exceeds the tolerance.
with

grid_totals as (

    select * from {{ ref('stg_raw__grid_totals') }}

),

final as (

    select
        *,
        grid_sum - zones_sum - outside_sum as residual

    from grid_totals

    where grid_sum is null
        or zones_sum is null
        or outside_sum is null
        or abs(grid_sum - zones_sum - outside_sum)
        > {{ var('identity_tolerance_ratio') }}
        * greatest(abs(grid_sum), abs(zones_sum) + abs(outside_sum), 1e-12)

)

select * from final
