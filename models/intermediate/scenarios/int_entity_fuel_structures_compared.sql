-- What a change of the fuel mix did. Grain: entity_level, entity_id, year, pairing.
-- Change of ln(carbon per energy) from shares of fuels, weighted by Sato and Vartia (LMDI-II), so
-- that the mix and the factors of the fuels add up exactly.
with

energy_emissions as (

    select * from {{ ref('fct_energy_emissions') }}

),

provinces as (

    select * from {{ ref('dim_provinces') }}

),

pairs as (

    select * from {{ ref('int_entity_drivers_paired') }}

),

province_fuels as (

    select
        energy_emissions.province_id,
        energy_emissions.year,
        energy_emissions.fuel,
        energy_emissions.energy_tj,
        energy_emissions.co2_tgco2,
        provinces.region_id

    from energy_emissions

    inner join provinces
        on energy_emissions.province_id = provinces.province_id

    where provinces.in_study
        and energy_emissions.factor_set = '{{ var("fuel_structure_factor_set") }}'

),

entity_fuels as (

    select
        'nation' as entity_level,
        '{{ var("nation_id") }}' as entity_id,
        year,
        fuel,
        sum(energy_tj) as energy_tj,
        sum(co2_tgco2) as co2_tgco2

    from province_fuels

    group by year, fuel

    union all

    select
        'region' as entity_level,
        region_id as entity_id,
        year,
        fuel,
        sum(energy_tj) as energy_tj,
        sum(co2_tgco2) as co2_tgco2

    from province_fuels

    where region_id is not null

    group by region_id, year, fuel

    union all

    select
        'province' as entity_level,
        province_id as entity_id,
        year,
        fuel,
        sum(energy_tj) as energy_tj,
        sum(co2_tgco2) as co2_tgco2

    from province_fuels

    group by province_id, year, fuel

),

fuel_shares as (

    select
        *,
        {{ safe_ratio(
            'energy_tj', 'sum(energy_tj) over (partition by entity_level, entity_id, year)'
        ) }} as energy_ratio,
        {{ safe_ratio(
            'co2_tgco2', 'sum(co2_tgco2) over (partition by entity_level, entity_id, year)'
        ) }} as co2_ratio

    from entity_fuels

),

known_years as (

    select distinct
        entity_level,
        entity_id,
        year

    from entity_fuels

),

compared_pairs as (

    select pairs.*

    from pairs

    semi join known_years
        on pairs.entity_level = known_years.entity_level
        and pairs.entity_id = known_years.entity_id
        and pairs.year = known_years.year

    semi join known_years as known_base_years
        on pairs.entity_level = known_base_years.entity_level
        and pairs.entity_id = known_base_years.entity_id
        and pairs.base_year = known_base_years.year

),

fuels as (

    select distinct
        entity_level,
        entity_id,
        fuel

    from entity_fuels

),

paired as (

    select
        compared_pairs.entity_level,
        compared_pairs.entity_id,
        compared_pairs.year,
        compared_pairs.pairing,
        coalesce(currents.energy_ratio, 0) as energy_ratio,
        coalesce(currents.co2_ratio, 0) as co2_ratio,
        coalesce(bases.energy_ratio, 0) as base_energy_ratio,
        coalesce(bases.co2_ratio, 0) as base_co2_ratio

    from compared_pairs

    inner join fuels
        on compared_pairs.entity_level = fuels.entity_level
        and compared_pairs.entity_id = fuels.entity_id

    left join fuel_shares as currents
        on fuels.entity_level = currents.entity_level
        and fuels.entity_id = currents.entity_id
        and fuels.fuel = currents.fuel
        and compared_pairs.year = currents.year

    left join fuel_shares as bases
        on fuels.entity_level = bases.entity_level
        and fuels.entity_id = bases.entity_id
        and fuels.fuel = bases.fuel
        and compared_pairs.base_year = bases.year

),

weighted as (

    select
        *,
        {{ log_mean('co2_ratio', 'base_co2_ratio') }} as co2_weight

    from paired

),

final as (

    select
        entity_level,
        entity_id,
        year,
        pairing,
        {{ safe_ratio(
            "sum(
                case
                    when energy_ratio > 0 and base_energy_ratio > 0
                        then co2_weight * ln(energy_ratio / base_energy_ratio)
                    -- The limit for a fuel that appears or vanishes.
                    else co2_ratio - base_co2_ratio
                end
            )",
            'sum(co2_weight)'
        ) }} as fuel_structure_log_change

    from weighted

    group by entity_level, entity_id, year, pairing

)

select * from final
