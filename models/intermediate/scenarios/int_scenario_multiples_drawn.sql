-- Emissions under drawn growth rates over those under the central ones. Grain: scenario, year,
-- draw.
-- One share of the range for each row of growth rates and draw, since a range is that of the mean
-- of such a period; what it does to energy and the fuel mix, by the Kaya identity. Years whose
-- drivers are observed have no range.
with

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

projected as (

    select * from {{ ref('int_scenario_drivers_projected') }}

),

nation as (

    select *

    from projected

    where entity_level = 'nation'
        and drivers_status = 'projected'

),

draws as (

    select unnest(range(1, {{ var('scenario_draws') }} + 1)) as draw

),

-- ln((1 + drawn rate) / (1 + central rate)) of a year.
drawn as (

    select
        nation.scenario,
        nation.year,
        draws.draw,
        growth_rates.driver,
        ln(
            1 + growth_rates.growth_low_ratio_yr
            + (growth_rates.growth_high_ratio_yr - growth_rates.growth_low_ratio_yr)
            * {{ uniform_draw(
                "concat_ws('/', nation.scenario, growth_rates.driver, growth_rates.first_year, "
                ~ "draws.draw, " ~ var('scenario_seed') ~ ')'
            ) }}
        ) - ln(1 + growth_rates.growth_ratio_yr) as log_growth

    from nation

    inner join growth_rates
        on nation.scenario = growth_rates.scenario
        and nation.year between growth_rates.first_year and growth_rates.last_year

    cross join draws

    where growth_rates.driver in ('gdp_lcu', 'energy_intensity_tce_lcu', 'coal_ratio')

),

yearly as (

    select
        scenario,
        year,
        draw,
        sum(log_growth) filter (where driver != 'coal_ratio') as energy_log_growth,
        sum(log_growth) filter (where driver = 'coal_ratio') as coal_log_growth

    from drawn

    group by scenario, year, draw

),

grown as (

    select
        scenario,
        year,
        draw,
        exp(sum(energy_log_growth) over so_far) as energy_multiple,
        exp(sum(coal_log_growth) over so_far) as coal_multiple

    from yearly

    window so_far as (partition by scenario, draw order by year)

),

final as (

    select
        grown.scenario,
        grown.year,
        grown.draw,
        {{ kaya_forecast(
            '1.0', '1.0', 'nation.coal_ratio', 'grown.energy_multiple',
            'least(nation.coal_ratio * grown.coal_multiple, 1)'
        ) }} as ce_multiple

    from grown

    inner join nation
        on grown.scenario = nation.scenario
        and grown.year = nation.year

)

select * from final
