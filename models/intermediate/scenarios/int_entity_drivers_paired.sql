-- Drivers of a year beside those of its base year. Grain: entity_level, entity_id, year, pairing.
-- yearly: base is the year before that is known. period: base is the first year.
with

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

complete as (

    select
        entity_level,
        entity_id,
        entity_name,
        year,
        population_persons,
        gdp_lcu,
        gdp_prices,
        energy_tce,
        ce_tgco2

    from drivers

    where population_persons is not null
        and gdp_lcu is not null
        and energy_tce is not null
        and ce_tgco2 is not null
        -- Emissions of nobody, or without energy, contradict the identity: such a year is unknown.
        and (ce_tgco2 = 0 or (population_persons > 0 and gdp_lcu > 0 and energy_tce > 0))

),

based as (

    select
        *,
        lag(year) over (partition by entity_level, entity_id order by year) as previous_year,
        min(year) over (partition by entity_level, entity_id) as first_year

    from complete

),

pairs as (

    select
        *,
        'yearly' as pairing,
        previous_year as base_year

    from based

    union all

    select
        *,
        'period' as pairing,
        first_year as base_year

    from based

),

final as (

    select
        pairs.entity_level,
        pairs.entity_id,
        pairs.entity_name,
        pairs.year,
        pairs.pairing,
        pairs.base_year,
        pairs.population_persons,
        pairs.gdp_lcu,
        pairs.gdp_prices,
        pairs.energy_tce,
        pairs.ce_tgco2,
        bases.population_persons as base_population_persons,
        bases.gdp_lcu as base_gdp_lcu,
        bases.energy_tce as base_energy_tce,
        bases.ce_tgco2 as base_ce_tgco2

    from pairs

    inner join complete as bases
        on pairs.entity_level = bases.entity_level
        and pairs.entity_id = bases.entity_id
        and pairs.base_year = bases.year

    where pairs.base_year < pairs.year

)

select * from final
