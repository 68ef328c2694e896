-- Map of the mean yearly sinks of each grid cell. Grain: one row per cell_id.
-- g C m-2 per year, over the historical years; empty where the lake keeps no cells.
with

cell_sinks as (

    select * from {{ ref('int_cell_sinks_computed') }}

),

cells as (

    select * from {{ ref('stg_raw__cells') }}

),

means as (

    select
        cell_id,
        avg(npp_gc_m2) as npp_gc_m2,
        avg(nep_gc_m2) as nep_gc_m2,
        {% for column in nep_choice_columns('gc_m2') -%}
        avg({{ column }}) as {{ column }},
        {% endfor -%}
        avg(rcs_gc_m2) as rcs_gc_m2,
        avg({{ ecs('nep_gc_m2', 'rcs_gc_m2') }}) as ecs_gc_m2,
        count(nep_gc_m2) as nep_year_count

    from cell_sinks

    where collection = '{{ var("historical_collection") }}'

    group by cell_id

),

final as (

    select
        cells.cell_id,
        cells.city_id,
        cells.longitude,
        cells.latitude,
        cells.area_km2,
        cells.zones_ratio,
        means.npp_gc_m2,
        means.nep_gc_m2,
        means.nep_monthly_valid_gc_m2,
        means.nep_monthly_barren_as_zero_gc_m2,
        means.nep_annual_x12_valid_gc_m2,
        means.nep_annual_x12_barren_as_zero_gc_m2,
        means.rcs_gc_m2,
        means.ecs_gc_m2,
        means.nep_year_count

    from cells

    inner join means
        on cells.cell_id = means.cell_id

)

select * from final
