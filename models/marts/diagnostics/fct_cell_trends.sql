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
        count(*) as study_year_count,
        bool_or(is_climatology) as is_climatology,
        count(*) filter (where {{ is_unspliced_year() }}) as unspliced_year_count,
        list(year order by year) as study_years,
        list(year order by year) filter (where {{ is_unspliced_year() }}) as unspliced_years

    from years

    where {{ is_study_year() }}

),

centred as (

    select
        study_year_count,
        is_climatology,
        unspliced_year_count,
        {{ centred_years('study_years') }} as centred_study_years,
        {{ centred_years('unspliced_years') }} as centred_unspliced_years

    from spans

),

-- Sorted lists, so that a repeated build sums in the same order.
listed as (

    select
        cell_id,
        list_sort(list(struct_pack(
            year := year, nep := nep_gc_m2, rcs := rcs_gc_m2, ecs := ecs_gc_m2
        ))) as sinks

    from study_sinks

    group by cell_id

),

series as (

    select
        listed.cell_id,
        list_transform(listed.sinks, lambda s: s.nep) as nep_series,
        list_transform(listed.sinks, lambda s: s.rcs) as rcs_series,
        list_transform(listed.sinks, lambda s: s.ecs) as ecs_series,
        list_transform(
            list_filter(listed.sinks, lambda s: {{ is_unspliced_year('s.year') }}), lambda s: s.nep
        ) as nep_unspliced_series

    from listed

),

summarised as (

    select
        series.cell_id,
        series.nep_series,
        centred.study_year_count,
        list_count(series.nep_series) as nep_year_count,
        {%- for sink in ['nep', 'rcs', 'ecs'] %}
        case
            when list_count(series.{{ sink }}_series) = centred.study_year_count
                then list_avg(series.{{ sink }}_series)
        end as {{ sink }}_mean_gc_m2,
        case
            when list_count(series.{{ sink }}_series) = centred.study_year_count
                and not (
                    centred.is_climatology
                    and {{ is_constant_series('series.' ~ sink ~ '_series') }}
                )
                then {{ ols_slope_of_list(
                    'series.' ~ sink ~ '_series', 'centred.centred_study_years'
                ) }}
        end as {{ sink }}_slope_gc_m2_yr,
        {%- endfor %}
        case
            when list_count(series.nep_unspliced_series) = centred.unspliced_year_count
                and not (
                    centred.is_climatology
                    and {{ is_constant_series('series.nep_unspliced_series') }}
                )
                then {{ ols_slope_of_list(
                    'series.nep_unspliced_series', 'centred.centred_unspliced_years'
                ) }}
        end as nep_unspliced_slope_gc_m2_yr

    from series

    cross join centred

),

tested as (

    select
        *,
        -- Without a slope there is no trend to test either.
        case when nep_slope_gc_m2_yr is not null then mann_kendall(nep_series) end as nep_mk

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
