-- Drivers of emissions beside the emissions. Grain: one row per entity_level, entity_id, year.
-- The links of the Kaya identity, as far as known. GDP is at prices of its last year where the
-- source gives the growth of its volume in every later year, else at current prices throughout.
with

drivers as (

    select * from {{ ref('stg_raw__drivers') }}

),

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

identified as (

    select
        *,
        -- The nation has an adcode in statistics, and the project's own name here.
        case
            when entity_level = 'nation' then '{{ var("nation_id") }}'
            else entity_id
        end as place_id

    from drivers

),

chained as (

    select
        *,
        max(year) over place as last_year,
        last_value(gdp_lcu) over (
            partition by entity_level, place_id
            order by year
            rows between unbounded preceding and unbounded following
        ) as last_gdp_lcu,
        count(gdp_volume_ratio) over later_years as later_ratio_count,
        coalesce(sum(ln(gdp_volume_ratio)) over later_years, 0) as later_log_growth

    from identified

    window
        place as (partition by entity_level, place_id),
        later_years as (
            partition by entity_level, place_id
            order by year
            rows between 1 following and unbounded following
        )

),

judged as (

    select
        *,
        bool_and(later_ratio_count = last_year - year and last_gdp_lcu is not null) over (
            partition by entity_level, place_id
        ) as has_volumes

    from chained

),

priced as (

    select
        * exclude (gdp_lcu),
        case when has_volumes then last_gdp_lcu * exp(-later_log_growth) else gdp_lcu end
            as gdp_lcu,
        case when has_volumes then 'constant' else 'current' end as gdp_prices

    from judged

),

final as (

    select
        priced.entity_level,
        priced.place_id as entity_id,
        coalesce(indicators.entity_name, priced.place_id) as entity_name,
        priced.year,
        priced.population_persons,
        priced.urban_ratio,
        priced.gdp_lcu,
        priced.gdp_prices,
        priced.secondary_industry_ratio,
        priced.energy_tce,
        priced.coal_ratio,
        {{ safe_ratio('priced.gdp_lcu', 'priced.population_persons') }} as gdp_lcu_person,
        {{ safe_ratio('priced.energy_tce', 'priced.gdp_lcu') }} as energy_intensity_tce_lcu,
        indicators.value_tgco2 as ce_tgco2,
        priced.source_id

    from priced

    left join indicators
        on priced.entity_level = indicators.entity_level
        and priced.place_id = indicators.entity_id
        and priced.year = indicators.year
        and indicators.indicator = 'CE'

)

select * from final
