-- Drivers of emissions beside the emissions. Grain: one row per entity_level, entity_id, year.
-- The links of the Kaya identity, as far as known; GDP is in current prices of the source.
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

final as (

    select
        identified.entity_level,
        identified.place_id as entity_id,
        coalesce(indicators.entity_name, identified.place_id) as entity_name,
        identified.year,
        identified.population_persons,
        identified.urban_ratio,
        identified.gdp_lcu,
        identified.secondary_industry_ratio,
        identified.energy_tce,
        identified.coal_ratio,
        {{ safe_ratio('identified.gdp_lcu', 'identified.population_persons') }} as gdp_lcu_person,
        {{ safe_ratio('identified.energy_tce', 'identified.gdp_lcu') }}
            as energy_intensity_tce_lcu,
        indicators.value_tgco2 as ce_tgco2,
        identified.source_id

    from identified

    left join indicators
        on identified.entity_level = indicators.entity_level
        and identified.place_id = indicators.entity_id
        and identified.year = indicators.year
        and indicators.indicator = 'CE'

)

select * from final
