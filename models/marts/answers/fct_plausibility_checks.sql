-- The nation's means beside published estimates of others. Grain: one row per check_id.
-- One check for each estimate, over the years that both have, else over the study years; and one
-- for each indicator, which holds where the mean lies within any of its undisputed estimates.
with

estimates as (

    select * from {{ ref('ref_published_estimates') }}

),

national_series as (

    select * from {{ ref('int_entity_indicators_stacked') }}

    where entity_level = 'nation'

),

converted as (

    select
        *,
    {% for bound in ['value', 'low', 'high'] -%}
    {{ published_to_tgco2(bound ~ '_published', 'unit_published') }}
        as {{ bound }}_tgco2{{ ',' if not loop.last }}
    {% endfor %}

    from estimates

    where entity_id = '{{ var("nation_id") }}'

),

compared as (

    select
        converted.estimate_id,
        converted.indicator,
        converted.method,
        any_value(converted.first_year) as first_year,
        any_value(converted.last_year) as last_year,
        any_value(converted.value_tgco2) as published_tgco2,
        any_value(converted.low_tgco2) as low_tgco2,
        any_value(converted.high_tgco2) as high_tgco2,
        any_value(converted.is_disputed) as is_disputed,
        any_value(converted.citation) as citation,
        any_value(converted.verification) as verification,
        count(national_series.year) filter (
            where national_series.year between converted.first_year and converted.last_year
        ) as year_count,
        {{ exact_mean(
            'national_series.value_tgco2',
            'national_series.year between converted.first_year and converted.last_year'
        ) }} as overlap_tgco2,
        {{ complete_mean('national_series.value_tgco2') }} as mean_tgco2

    from converted

    inner join national_series
        on converted.indicator = national_series.indicator

    group by converted.estimate_id, converted.indicator, converted.method

),

checked as (

    select
        estimate_id as check_id,
        indicator,
        false as is_summary,
        method,
        first_year,
        last_year,
        year_count,
        coalesce(overlap_tgco2, mean_tgco2) as value, -- noqa: RF04
        published_tgco2 as published_value,
        low_tgco2 as low,
        high_tgco2 as high,
        coalesce(overlap_tgco2, mean_tgco2) between low_tgco2 and high_tgco2 as is_plausible,
        is_disputed,
        citation,
        verification

    from compared

),

summaries as (

    select
        checked.indicator || ' of the nation' as check_id,
        checked.indicator,
        true as is_summary,
        'union of ' || count(checked.low) || ' estimates' as method, -- noqa: RF04
        min(checked.first_year) as first_year,
        max(checked.last_year) as last_year,
        max(checked.year_count) as year_count,
        any_value(compared.mean_tgco2) as value, -- noqa: RF04
        null as published_value,
        min(checked.low) as low,
        max(checked.high) as high,
        -- Emissions change from year to year: each estimate is compared in its own years.
        case
            when checked.indicator = 'CE' then bool_or(checked.is_plausible)
            else bool_or(compared.mean_tgco2 between checked.low and checked.high)
        end as is_plausible,
        false as is_disputed,
        string_agg(distinct checked.citation, '; ' order by checked.citation) as citation,
        null as verification

    from checked

    inner join compared
        on checked.check_id = compared.estimate_id

    where not checked.is_disputed

    group by checked.indicator

),

final as (

    select
        *,
        'Tg CO2 yr-1' as unit,
        {{ indicator_grade('checks.indicator') }} as input_grade

    from (
        select * from checked
        union all by name
        select * from summaries
    ) as checks

)

select * from final
