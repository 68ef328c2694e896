-- Means of the cells are those of fct_cell_carbon_sinks where both cover the same years, and a
-- slope has a test beside it.
-- Fails with one row per cell_id that disagrees.
with

cell_trends as (

    select * from {{ ref('fct_cell_trends') }}

),

cell_sinks as (

    select * from {{ ref('fct_cell_carbon_sinks') }}

),

final as (

    select
        cell_trends.cell_id,
        cell_trends.nep_mean_gc_m2,
        cell_sinks.nep_gc_m2

    from cell_trends

    inner join cell_sinks
        on cell_trends.cell_id = cell_sinks.cell_id
        and cell_trends.nep_year_count = cell_sinks.nep_year_count

    where abs(cell_trends.nep_mean_gc_m2 - cell_sinks.nep_gc_m2)
        > 1e-9 * (abs(cell_sinks.nep_gc_m2) + abs(cell_sinks.npp_gc_m2))
        or (
            cell_trends.nep_year_count > 1
            and (cell_trends.nep_slope_gc_m2_yr is null) != (cell_trends.nep_mk_p_value is null)
        )

)

select * from final
