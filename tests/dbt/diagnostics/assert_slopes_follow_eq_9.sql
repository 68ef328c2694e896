-- Slopes are those of eq. 9 as printed, (n sum i x - sum i sum x) / (n sum i^2 - (sum i)^2).
-- Fails with one row per series whose slope differs, against its largest value.
with

trends as (

    select * from {{ ref('fct_trends') }}

),

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

numbered as (

    select
        entity_level,
        entity_id,
        indicator,
        value_tgco2 as x,
        year - min(year) over (partition by entity_level, entity_id, indicator) + 1 as i

    from indicators

),

printed as (

    select
        entity_level,
        entity_id,
        indicator,
        count(x) = count(*) as is_complete,
        max(abs(x)) as size_tgco2,
        (count(*) * sum(i * x) - sum(i) * sum(x))
        / nullif(count(*) * sum(i * i) - sum(i) * sum(i), 0) as slope_tgco2_yr

    from numbered

    group by entity_level, entity_id, indicator

),

final as (

    select
        trends.entity_level,
        trends.entity_id,
        trends.indicator,
        trends.slope_tgco2_yr,
        printed.slope_tgco2_yr as printed_slope_tgco2_yr

    from trends

    left join printed
        on trends.entity_level = printed.entity_level
        and trends.entity_id = printed.entity_id
        and trends.indicator = printed.indicator

    where abs(trends.slope_tgco2_yr - printed.slope_tgco2_yr) > 1e-9 * printed.size_tgco2
        or (trends.slope_tgco2_yr is null) != (
            printed.slope_tgco2_yr is null
            or not printed.is_complete
            or coalesce(trends.no_trend_reason, '') like 'constant%'
        )
        -- What is called constant moves by nothing but rounding.
        or (
            trends.no_trend_reason like 'constant%'
            and abs(printed.slope_tgco2_yr) > 1e-9 * printed.size_tgco2
        )

)

select * from final
