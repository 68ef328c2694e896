-- Fig. 4c: will the trend of a province persist?
-- Grain: one row per province in the study, in the order of Fig. 4b. Unit: Hurst exponents, 1.
-- Paper: the slight decrease of CNC has "temporal continuity (H > 0.8)".
-- Where the paper is wrong: the exponent was taken of a series with a trend in it, and any trend
-- gives about 0.95, whatever the memory. Without the line (hurst_detrended) it is far lower, and
-- with 21 years white noise (true 0.5) itself averages 0.33 with a deviation of 0.25: persistence
-- cannot be told from these series. "H = 0.5" and "H > 0.5" overlap in print; here 0.5 is random.
with

trends as (

    select * from {{ ref('fct_trends') }}

),

final as (

    select
        entity_id as province_id,
        entity_name as province_name,
        slope_tgco2_yr,
        slope_grade,
        hurst_raw,
        persistence,
        hurst_detrended,
        persistence_detrended

    from trends

    where entity_level = 'province'
        and in_study
        and indicator = 'CNC'

)

select * from final
order by slope_tgco2_yr nulls last, province_id
