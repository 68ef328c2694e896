-- Why emissions changed, by LMDI-I. Grain: one row per entity_level, entity_id, year, factor.
-- Effects of the factors of the Kaya identity sum to the change of CE, for a year and a period.
-- Where energy balances are known, what the fuel mix did is taken out of the carbon intensity.
{%- set members = [] %}
{%- for factor, member in kaya_links() %}{% do members.append(member) %}{% endfor %}
with

pairs as (

    select * from {{ ref('int_entity_drivers_paired') }}

),

fuel_structures as (

    select * from {{ ref('int_entity_fuel_structures_compared') }}

),

decomposed as (

    select
        pairs.entity_level,
        pairs.entity_id,
        pairs.entity_name,
        pairs.year,
        pairs.pairing,
        pairs.gdp_prices,
        pairs.base_year,
        pairs.ce_tgco2 - pairs.base_ce_tgco2 as ce_change_tgco2,
        {% for factor, member in kaya_links() -%}
        {{ lmdi_effect(members, loop.index0) }} as {{ factor }}_tgco2,
        {% endfor -%}
        {{ log_mean('pairs.ce_tgco2', 'pairs.base_ce_tgco2') }}
        * fuel_structures.fuel_structure_log_change as fuel_structure_tgco2

    from pairs

    left join fuel_structures
        on pairs.entity_level = fuel_structures.entity_level
        and pairs.entity_id = fuel_structures.entity_id
        and pairs.year = fuel_structures.year
        and pairs.pairing = fuel_structures.pairing

),

stacked as (

    select
        entity_level,
        entity_id,
        entity_name,
        year,
        pairing,
        gdp_prices,
        base_year,
        ce_change_tgco2,
        unnest([
            'population', 'affluence', 'energy_intensity', 'fuel_structure', 'carbon_intensity'
        ]) as factor,
        unnest([
            population_tgco2,
            affluence_tgco2,
            energy_intensity_tgco2,
            fuel_structure_tgco2,
            carbon_intensity_tgco2 - coalesce(fuel_structure_tgco2, 0)
        ]) as effect_tgco2

    from decomposed

),

effects as (

    select *

    from stacked

    where factor != 'fuel_structure'
        or effect_tgco2 is not null

),

yearly as (

    select
        *,
        sum(effect_tgco2) over (
            partition by entity_level, entity_id, factor order by year
        ) as chained_effect_tgco2

    from effects

    where pairing = 'yearly'

),

period as (

    select * from effects
    where pairing = 'period'

),

-- A fuel mix may be known for one of the two pairings only.
final as (

    select
        coalesce(yearly.entity_level, period.entity_level) as entity_level,
        coalesce(yearly.entity_id, period.entity_id) as entity_id,
        coalesce(yearly.entity_name, period.entity_name) as entity_name,
        coalesce(yearly.year, period.year) as year,
        coalesce(yearly.factor, period.factor) as factor,
        coalesce(yearly.gdp_prices, period.gdp_prices) as gdp_prices,
        yearly.base_year,
        yearly.effect_tgco2,
        yearly.ce_change_tgco2,
        period.base_year as period_first_year,
        yearly.chained_effect_tgco2,
        period.effect_tgco2 as period_effect_tgco2,
        period.ce_change_tgco2 as period_ce_change_tgco2

    from yearly

    full outer join period
        on yearly.entity_level = period.entity_level
        and yearly.entity_id = period.entity_id
        and yearly.year = period.year
        and yearly.factor = period.factor

)

select * from final
