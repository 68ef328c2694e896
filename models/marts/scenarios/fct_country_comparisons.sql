-- Emissions of countries against money and people. Grain: one row per country_code, year.
-- Intensity on current US dollars, as in the paper. The studied nation has its own inventory and
-- sinks where these are known; other countries have a CNC only where their sinks are given.
with

country_values as (

    select * from {{ ref('stg_raw__countries') }}

),

country_indicators as (

    select * from {{ ref('ref_country_indicators') }}

),

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

measured as (

    select
        country_values.country_code,
        country_values.country_name,
        country_values.year,
        country_indicators.measure,
        country_values.indicator_value * country_indicators.factor as measure_value

    from country_values

    inner join country_indicators
        on country_values.indicator = country_indicators.indicator

    qualify row_number() over (
            partition by
                country_values.country_code, country_values.year, country_indicators.measure
            order by country_indicators.priority, country_values.source_id
        ) = 1

),

pivoted as (

    select
        country_code,
        min(country_name) as country_name,
        year,
        max(measure_value) filter (where measure = 'co2_tgco2') as supplied_co2_tgco2,
        max(measure_value) filter (where measure = 'gdp_usd') as gdp_usd,
        max(measure_value) filter (where measure = 'population_persons') as population_persons,
        max(measure_value) filter (where measure = 'ecs_tgco2') as supplied_ecs_tgco2

    from measured

    group by country_code, year

),

joined as (

    select
        pivoted.country_code,
        pivoted.country_name,
        pivoted.year,
        pivoted.gdp_usd,
        pivoted.population_persons,
        pivoted.supplied_co2_tgco2,
        national_budgets.ce_tgco2 is not null as is_own_inventory,
        coalesce(national_budgets.ce_tgco2, pivoted.supplied_co2_tgco2) as ce_tgco2,
        coalesce(national_budgets.ecs_tgco2, pivoted.supplied_ecs_tgco2) as ecs_tgco2

    from pivoted

    left join national_budgets
        on pivoted.country_code = '{{ var("nation_code3") }}'
        and pivoted.year = national_budgets.year

),

final as (

    select
        country_code,
        country_name,
        year,
        ce_tgco2,
        is_own_inventory,
        supplied_co2_tgco2,
        gdp_usd,
        population_persons,
        -- Tg are 10^9 kg and 10^6 t.
        {{ safe_ratio('ce_tgco2 * 1e9', 'gdp_usd') }} as co2_intensity_kg_usd,
        {{ safe_ratio('ce_tgco2 * 1e6', 'population_persons') }} as co2_per_capita_t,
        ecs_tgco2,
        {{ cnc('ecs_tgco2', 'ce_tgco2') }} as cnc_tgco2

    from joined

)

select * from final
