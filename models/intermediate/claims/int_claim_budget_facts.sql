-- Figures of the budgets that the paper states. Grain: one row per fact_key.
-- Means, years and extremes of the nation, its regions, provinces and cities, and what follows from
-- the signs of its cities.
with

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

entity_series as (

    select * from {{ ref('int_entity_series_listed') }}

),

regions as (

    select * from {{ ref('dim_regions') }}

),

provinces as (

    select * from {{ ref('dim_provinces') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

means as (

    select
        entity_series.entity_level,
        entity_series.entity_id,
        entity_series.entity_level || '/' || entity_series.entity_id as entity_key,
        entity_series.indicator,
        entity_series.mean_tgco2,
        entity_series.slope_tgco2_yr,
        entity_series.in_study,
        coalesce(provinces.area_km2, regions.area_km2) as area_km2,
        coalesce(provinces.region_id, regions.region_id) as region_id,
        provinces.province_name,
        cities.province_id

    from entity_series

    left join provinces
        on entity_series.entity_level = 'province'
        and entity_series.entity_id = provinces.province_id

    left join regions
        on entity_series.entity_level = 'region'
        and entity_series.entity_id = regions.region_id

    left join cities
        on entity_series.entity_level = 'city'
        and entity_series.entity_id = cities.city_id

),

years as (

    select
        *,
        entity_level || '/' || entity_id as entity_key,
        min(year) over (partition by entity_level, entity_id, indicator) as first_year,
        max(year) over (partition by entity_level, entity_id, indicator) as last_year

    from indicators

    where entity_level = 'nation'

),

ends as (

    select
        entity_key,
        indicator,
        -- As the paper has it: the whole growth over the number of years, not of intervals.
        (
            max(value_tgco2) filter (where year = last_year)
            / nullif(max(value_tgco2) filter (where year = first_year), 0) - 1
        ) / (max(last_year) - min(first_year) + 1) as simple_growth_ratio,
        min(value_tgco2) as min_tgco2,
        max(value_tgco2) as max_tgco2

    from years

    group by entity_key, indicator

),

city_balances as (

    select
        entity_id as city_id,
        province_id,
        mean_tgco2 as cnc_tgco2

    from means

    where entity_level = 'city'
        and indicator = 'CNC'
        and in_study
        and mean_tgco2 is not null

),

surpluses as (

    select
        province_id,
        coalesce(sum(cnc_tgco2) filter (where cnc_tgco2 > 0), 0) as surplus_tgco2,
        count(*) filter (where cnc_tgco2 > 0) as surplus_city_count,
        count(*) filter (where cnc_tgco2 < 0) as deficit_city_count

    from city_balances

    group by province_id

),

ranked_surpluses as (

    select
        *,
        surplus_tgco2 / nullif(sum(surplus_tgco2) over (), 0) as surplus_ratio,
        row_number() over (order by surplus_tgco2 desc, province_id asc) as surplus_rank

    from surpluses

),

periods as (

    select
        unnest([1997, 2000, 2000]) as first_year,
        unnest([2000, 2007, 2015]) as last_year

),

period_means as (

    select
        years.entity_key,
        years.indicator,
        periods.first_year || '-' || periods.last_year as period_name,
        {{ exact_mean('years.value_tgco2') }} as mean_tgco2

    from years

    inner join periods
        on years.year between periods.first_year and periods.last_year

    group by years.entity_key, years.indicator, periods.first_year, periods.last_year

    having count(years.value_tgco2) = periods.last_year - periods.first_year + 1

),

facts as (

    select
        {{ fact(
            "'mean/' || entity_key || '/' || indicator", 'mean_tgco2', 'tgco2',
            evidences_of('indicator')
        ) }}
    from means

    union all

    select
        {{ fact(
            "'mean/' || entity_key || '/deficit'", '-mean_tgco2', 'tgco2',
            indicator_evidences('CNC')
        ) }}
    from means
    where indicator = 'CNC'

    union all

    select
        {{ fact(
            "'flux/' || entity_key", flux_ktco2_km2('-mean_tgco2', 'area_km2'), 'number',
            indicator_evidences('CNC')
        ) }}
    from means
    where indicator = 'CNC' and entity_level in ('province', 'region')

    union all

    select
        {{ fact(
            "'mean/' || balances.entity_key || '/unabsorbed_ratio'",
            safe_ratio('-balances.mean_tgco2', 'emitted.mean_tgco2'), 'ratio',
            indicator_evidences('CNC')
        ) }}
    from means as balances
    inner join means as emitted
        on balances.entity_key = emitted.entity_key and emitted.indicator = 'CE'
    where balances.indicator = 'CNC' and balances.entity_level = 'nation'

    union all

    select
        {{ fact(
            "'mean_slope/province/' || indicator", 'avg(slope_tgco2_yr)', 'tgco2',
            evidences_of('indicator')
        ) }}
    from means
    where entity_level = 'province' and in_study
    group by indicator

    union all

    select
        {{ fact(
            "'slope_max/province/' || indicator", 'max(slope_tgco2_yr)', 'tgco2',
            evidences_of('indicator')
        ) }}
    from means
    where entity_level = 'province' and in_study
    group by indicator

    union all

    select
        {{ text_fact(
            "'nep_sign/' || entity_key",
            "case when mean_tgco2 < 0 then 'negative (source)' when mean_tgco2 > 0 "
            ~ "then 'positive (sink)' end",
            indicator_evidences('NEP')
        ) }}
    from means
    where indicator = 'NEP' and entity_level = 'province'

    union all

    select
        {{ fact(
            "'nep_size_ratio/Tibet_to_Tianjin'",
            "abs(max(mean_tgco2) filter (where province_name = 'Tibet')) / nullif(abs("
            ~ "max(mean_tgco2) filter (where province_name = 'Tianjin')), 0)",
            'number', indicator_evidences('NEP')
        ) }}
    from means
    where indicator = 'NEP' and entity_level = 'province'

    union all

    select
        {{ fact(
            "'share_of_nation/' || parts.entity_key || '/' || parts.indicator",
            safe_ratio('parts.mean_tgco2', 'wholes.mean_tgco2'), 'ratio',
            evidences_of('parts.indicator')
        ) }}
    from means as parts
    inner join means as wholes
        on parts.indicator = wholes.indicator and wholes.entity_level = 'nation'
    where parts.entity_level = 'province'

    union all

    select
        {{ fact(
            "'share_of_province/' || parts.entity_key || '/' || parts.indicator",
            safe_ratio('parts.mean_tgco2', 'wholes.mean_tgco2'), 'ratio',
            evidences_of('parts.indicator')
        ) }}
    from means as parts
    inner join means as wholes
        on parts.indicator = wholes.indicator
        and parts.province_id = wholes.entity_id
        and wholes.entity_level = 'province'
    where parts.entity_level = 'city'

    union all

    select
        {{ fact(
            "'year/' || entity_key || '/' || indicator || '/' || year", 'value_tgco2', 'tgco2',
            evidences_of('indicator')
        ) }}
    from years

    union all

    select
        {{ fact(
            "'period_mean/' || entity_key || '/' || indicator || '/' || period_name",
            'mean_tgco2', 'tgco2', evidences_of('indicator')
        ) }}
    from period_means

    union all

    select
        {{ fact(
            "'simple_growth/' || entity_key || '/' || indicator", 'simple_growth_ratio', 'ratio',
            evidences_of('indicator')
        ) }}
    from ends

    union all

    select
        {{ fact(
            "'growth_ratio/' || emitted.entity_key",
            safe_ratio('emitted.simple_growth_ratio', 'absorbed.simple_growth_ratio'), 'number',
            indicator_evidences('CNC')
        ) }}
    from ends as emitted
    inner join ends as absorbed
        on emitted.entity_key = absorbed.entity_key and absorbed.indicator = 'ECS'
    where emitted.indicator = 'CE'

    union all

    select
        {{ fact(
            "'min/' || entity_key || '/' || indicator", 'min_tgco2', 'tgco2',
            evidences_of('indicator')
        ) }}
    from ends

    union all

    select
        {{ fact(
            "'max/' || entity_key || '/' || indicator", 'max_tgco2', 'tgco2',
            evidences_of('indicator')
        ) }}
    from ends

    union all

    select
        {{ fact(
            "'count/surplus_cities'", 'sum(surplus_city_count)', 'number',
            indicator_evidences('CNC')
        ) }}
    from surpluses

    union all

    select
        {{ fact(
            "'count/deficit_cities'", 'sum(deficit_city_count)', 'number',
            indicator_evidences('CNC')
        ) }}
    from surpluses

    union all

    select
        {{ fact(
            "'surplus/nation/" ~ var('nation_id') ~ "'", 'sum(surplus_tgco2)', 'tgco2',
            indicator_evidences('CNC')
        ) }}
    from surpluses

    union all

    select
        {{ fact(
            "'surplus/province/' || province_id", 'surplus_tgco2', 'tgco2',
            indicator_evidences('CNC')
        ) }}
    from surpluses

    union all

    select
        {{ fact(
            "'surplus_city_count/province/' || province_id", 'surplus_city_count', 'number',
            indicator_evidences('CNC')
        ) }}
    from surpluses

    union all

    select
        {{ fact(
            "'surplus_share/province/' || province_id", 'surplus_ratio', 'ratio',
            indicator_evidences('CNC')
        ) }}
    from ranked_surpluses

    union all

    select
        {{ fact(
            "'surplus_share/top_three'", 'sum(surplus_ratio)', 'ratio',
            indicator_evidences('CNC')
        ) }}
    from ranked_surpluses
    where surplus_rank <= 3

    union all

    select
        {{ fact(
            "'deficit_min/coast'", 'min(-mean_tgco2)', 'tgco2', indicator_evidences('CNC')
        ) }}
    from means
    where indicator = 'CNC' and entity_level = 'province' and in_study
        and region_id in ('northern_coast', 'eastern_coast')

    union all

    select
        {{ fact(
            "'cnc_flux_min/southwest'", 'min(' ~ flux_ktco2_km2('mean_tgco2', 'area_km2') ~ ')',
            'number', indicator_evidences('CNC')
        ) }}
    from means
    where indicator = 'CNC' and entity_level = 'province' and in_study
        and region_id = 'southwest' and province_name != 'Chongqing'

    union all

    select
        {{ fact(
            "'count/emission_units'", 'count(distinct unit_id)', 'number',
            indicator_evidences('CE')
        ) }}
    from emissions

),

final as (

    select * from facts

)

select * from final
