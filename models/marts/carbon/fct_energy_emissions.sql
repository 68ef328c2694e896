-- CO2 of fuels by eq. 1. Grain: one row per province_id, year, fuel, factor_set.
with

energy_balances as (

    select * from {{ ref('stg_raw__energy_balances') }}

),

fuel_factors as (

    select * from {{ ref('ref_fuel_factors') }}

),

final as (

    select
        energy_balances.province_id,
        energy_balances.year,
        energy_balances.fuel,
        fuel_factors.factor_set,
        energy_balances.consumption,
        energy_balances.activity_unit,
        energy_balances.consumption * fuel_factors.ncv_tj_per_unit as energy_tj,
        {{ t_to_tg(
            fuel_co2(
                'energy_balances.consumption',
                'fuel_factors.ncv_tj_per_unit',
                'fuel_factors.emission_factor_kgco2_tj',
                'fuel_factors.oxidation_ratio'
            )
        ) }} as co2_tgco2,
        energy_balances.source_id

    from energy_balances

    inner join fuel_factors
        on energy_balances.fuel = fuel_factors.fuel
        and energy_balances.activity_unit = fuel_factors.activity_unit

)

select * from final
