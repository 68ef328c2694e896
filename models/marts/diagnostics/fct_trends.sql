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
        mann_kendall_corrected(series, 'hamed_rao') as mk_hamed_rao,
        mann_kendall_corrected(series, 'prewhitened') as mk_prewhitened,
        mann_kendall_corrected(series, 'simulated') as mk_simulated,
        mann_kendall_corrected(series, {{ sql_text(var('trend_correction')) }}) as mk_corrected,
        {{ hurst_test_of('series', 0) }} as hurst,
        {{ hurst_test_of('series', 1) }} as detrended_hurst,
        sequential_mann_kendall(series) as curves,
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
        mk_hamed_rao['p_value'] as mk_hamed_rao_p_value,
        mk_prewhitened['p_value'] as mk_prewhitened_p_value,
        mk_simulated['p_value'] as mk_simulated_p_value,
        {{ mk_trend("mk_corrected['z']", "mk_corrected['p_value']") }} as mk_trend_corrected,
        mk['sen_slope'] as sen_slope_tgco2_yr,
        hurst['h'] as hurst_raw,
        greatest(least(hurst['h'], 1), 0) as hurst_clipped,
        hurst['h'] not between 0 and 1 as is_hurst_clipped,
        hurst['p_value'] as hurst_raw_p_value,
        detrended_hurst['h'] as hurst_detrended,
        detrended_hurst['p_value'] as hurst_detrended_p_value,
        {{ persistence("hurst['h']", "hurst['p_value']", "hurst['null_mean']") }} as persistence,
        {{ persistence(
            "detrended_hurst['h']", "detrended_hurst['p_value']", "detrended_hurst['null_mean']"
        ) }} as persistence_detrended,
        {{ first_significant_year("curves['uf']", 'first_year') }} as first_significant_year,
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
