-- Trend, significance and persistence. Grain: one row per entity_level, entity_id, indicator.
-- Over the study years, and over the years of one NPP product (unspliced_), because a splice of
-- products looks like a trend. A series with a gap has neither slope nor test, nor
-- has one whose input is the same every year.
with

series as (

    select * from {{ ref('int_entity_series_listed') }}

),

tested as (

    select
        *,
        mann_kendall(series) as mk,
        mann_kendall(unspliced_series) as unspliced_mk,
        hurst_exponent(series, {{ var('hurst_max_block') }}) as hurst_raw,
        hurst_exponent(detrend(series), {{ var('hurst_max_block') }}) as hurst_detrended,
        mutation_points(series, first_year) as mutation

    from series

),

final as (

    select
        entity_level,
        entity_id,
        entity_name,
        in_study,
        indicator,
        first_year,
        last_year,
        year_count,
        mean_tgco2,
        case
            when is_constant then 'constant: every year has the same climatology'
            when year_count < last_year - first_year + 1 then 'incomplete: a year is unknown'
        end as no_trend_reason,
        slope_tgco2_yr,
        case
            when entity_level = 'province' then {{ slope_grade('slope_tgco2_yr') }}
        end as slope_grade,
        mk['s'] as mk_s,
        mk['var_s'] as mk_var_s,
        mk['z'] as mk_z,
        mk['p_value'] as mk_p_value,
        mk['tau'] as mk_tau,
        {{ mk_trend("mk['z']", "mk['p_value']") }} as mk_trend,
        mk['sen_slope'] as sen_slope_tgco2_yr,
        hurst_raw,
        greatest(least(hurst_raw, 1), 0) as hurst_clipped,
        hurst_raw not between 0 and 1 as is_hurst_clipped,
        hurst_detrended,
        {{ persistence('hurst_raw') }} as persistence,
        {{ persistence('hurst_detrended') }} as persistence_detrended,
        mutation['first_significant_year'] as first_significant_year,
        cast(len(mutation['crossings']) as bigint) as crossing_count,
        unspliced_first_year,
        unspliced_slope_tgco2_yr,
        case
            when entity_level = 'province' then {{ slope_grade('unspliced_slope_tgco2_yr') }}
        end as unspliced_slope_grade,
        unspliced_mk['z'] as unspliced_mk_z,
        unspliced_mk['p_value'] as unspliced_mk_p_value,
        unspliced_mk['sen_slope'] as unspliced_sen_slope_tgco2_yr

    from tested

)

select * from final
