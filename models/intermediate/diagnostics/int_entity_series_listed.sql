-- Series of all entities. Grain: one row per entity_level, entity_id, indicator.
-- Lists in the order of the years with NULL where unknown, and what SQL itself can say of them.
-- Sinks of a climatology are constant but for rounding: they have no slope and no list.
with

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

years as (

    select * from {{ ref('int_years_spanned') }}

    where {{ is_study_year() }}

),

climatologies as (

    select bool_or(is_climatology) as is_climatology
    from years

),

listed as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        bool_and(in_study) as in_study,
        indicator,
        min(year) as first_year,
        max(year) as last_year,
        count(value_tgco2) as year_count,
        {{ complete_mean('value_tgco2') }} as mean_tgco2,
        {{ complete_slope('value_tgco2') }} as slope_tgco2_yr,
        {{ list_in_order('value_tgco2', 'year') }} as series,
        min(year) filter (where {{ is_unspliced_year() }}) as unspliced_first_year,
        {{ complete_slope('value_tgco2', is_unspliced_year()) }} as unspliced_slope_tgco2_yr,
        {{ list_in_order('value_tgco2', 'year', is_unspliced_year()) }} as unspliced_series

    from indicators

    group by entity_level, entity_id, indicator

),

judged as (

    select
        listed.*,
        climatologies.is_climatology
        and listed.indicator != 'CE'
        and listed.year_count = listed.last_year - listed.first_year + 1
        and {{ is_constant_series('listed.series') }} as is_constant,
        climatologies.is_climatology
        and listed.indicator != 'CE'
        and {{ is_constant_series('listed.unspliced_series') }} as is_unspliced_constant

    from listed

    cross join climatologies

),

final as (

    select
        * replace (
            case when not is_constant then slope_tgco2_yr end as slope_tgco2_yr,
            case when not is_constant then series end as series,
            case when not is_unspliced_constant then unspliced_slope_tgco2_yr end
                as unspliced_slope_tgco2_yr,
            case when not is_unspliced_constant then unspliced_series end as unspliced_series
        )

    from judged

)

select * from final
