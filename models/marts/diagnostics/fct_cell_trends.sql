-- Trends of the sinks of each grid cell, from the lake. Grain: one row per cell_id.
-- g C m-2 per year over the study years; NULL where a year is missing, empty where the lake keeps
-- no cells.
with

cell_sinks as (

    select * from {{ ref('int_cell_sinks_computed') }}

),

years as (

    select * from {{ ref('int_years_spanned') }}

),

cells as (

    select * from {{ ref('stg_raw__cells') }}

),

study_sinks as (

    select
        cell_id,
        year,
        nep_gc_m2,
        rcs_gc_m2,
        {{ ecs('nep_gc_m2', 'rcs_gc_m2') }} as ecs_gc_m2

    from cell_sinks

    where collection = '{{ var("historical_collection") }}'
        and {{ is_study_year() }}

),

spans as (

    select
        count(*) as year_count,
        count(*) filter (where {{ is_unspliced_year() }}) as unspliced_year_count

    from years

    where {{ is_study_year() }}

),

spanned as (

    select
        study_sinks.*,
        spans.year_count as study_year_count,
        spans.unspliced_year_count

    from study_sinks

    cross join spans

),

summarised as (

    select
        cell_id,
        any_value(study_year_count) as study_year_count,
        count(nep_gc_m2) as nep_year_count,
        {%- for sink in ['nep', 'rcs', 'ecs'] %}
        {{ complete_mean(sink ~ '_gc_m2', 'any_value(study_year_count)') }}
            as {{ sink }}_mean_gc_m2,
        {{ complete_slope(sink ~ '_gc_m2', expected='any_value(study_year_count)') }}
            as {{ sink }}_slope_gc_m2_yr,
        {%- endfor %}
        {{ complete_slope(
            'nep_gc_m2', is_unspliced_year(), 'any_value(unspliced_year_count)'
        ) }} as nep_unspliced_slope_gc_m2_yr,
        list(nep_gc_m2 order by year) as nep_series

    from spanned

    group by cell_id

),

tested as (

    select
        *,
        case when nep_year_count = study_year_count then mann_kendall(nep_series) end as nep_mk

    from summarised

),

final as (

    select
        cells.cell_id,
        cells.city_id,
        cells.longitude,
        cells.latitude,
        cells.area_km2,
        tested.nep_year_count,
        tested.nep_mean_gc_m2,
        tested.nep_slope_gc_m2_yr,
        tested.nep_mk['z'] as nep_mk_z,
        tested.nep_mk['p_value'] as nep_mk_p_value,
        {{ mk_trend("tested.nep_mk['z']", "tested.nep_mk['p_value']") }} as nep_mk_trend,
        tested.nep_mk['sen_slope'] as nep_sen_slope_gc_m2_yr,
        tested.nep_unspliced_slope_gc_m2_yr,
        tested.rcs_mean_gc_m2,
        tested.rcs_slope_gc_m2_yr,
        tested.ecs_mean_gc_m2,
        tested.ecs_slope_gc_m2_yr

    from cells

    inner join tested
        on cells.cell_id = tested.cell_id

)

select * from final
