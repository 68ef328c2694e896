-- Every fuel of an energy balance has a factor in every set, for the unit it is given in.
-- Fails with one row per fuel, activity_unit that eq. 1 would have to leave out.
with

energy_balances as (

    select * from {{ ref('stg_raw__energy_balances') }}

),

fuel_factors as (

    select * from {{ ref('ref_fuel_factors') }}

),

final as (

    select
        energy_balances.fuel,
        energy_balances.activity_unit,
        count(distinct fuel_factors.factor_set) as factor_set_count

    from energy_balances

    left join fuel_factors
        on energy_balances.fuel = fuel_factors.fuel
        and energy_balances.activity_unit = fuel_factors.activity_unit

    group by energy_balances.fuel, energy_balances.activity_unit

    having count(distinct fuel_factors.factor_set) < 3

)

select * from final
