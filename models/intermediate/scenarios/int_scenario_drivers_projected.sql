-- National drivers of every scenario. Grain: one row per scenario, year.
-- Those of the last observed year, compounded by the growth rates of the seed; NULL where a rate
-- is missing.
with

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

base as (

    select *

    from drivers

    where entity_level = 'nation'
        and entity_id = '{{ var("nation_id") }}'
        and ce_tgco2 is not null

    qualify row_number() over (order by year desc) = 1

),

scenarios as (

    select distinct scenario
    from growth_rates

),

scenario_years as (

    select
        scenarios.scenario,
        cast(unnest(generate_series(base.year + 1, {{ var('scenario_last_year') }})) as integer)
            as year

    from scenarios

    cross join base

),

yearly_rates as (

    select
        scenario_years.scenario,
        {% for driver in projected_drivers() -%}
        max(
            case when growth_rates.driver = '{{ driver }}' then growth_rates.growth_ratio_yr end
        ) as {{ driver }}_growth_ratio,
        {% endfor -%}
        scenario_years.year

    from scenario_years

    left join growth_rates
        on scenario_years.scenario = growth_rates.scenario
        and scenario_years.year between growth_rates.first_year and growth_rates.last_year

    group by scenario_years.scenario, scenario_years.year

),

-- A driver without a rate in some year is unknown from that year on.
multiples as (

    select
        scenario,
        {% for driver in projected_drivers() -%}
        case
            when count({{ driver }}_growth_ratio) over scenario_so_far
                = count(*) over scenario_so_far
                then {{ compounded_growth(driver ~ '_growth_ratio', 'scenario') }}
        end as {{ driver }}_multiple,
        {% endfor -%}
        year

    from yearly_rates

    window scenario_so_far as (partition by scenario order by year)

),

final as (

    select
        multiples.scenario,
        multiples.year,
        base.year as base_year,
        {% for driver in projected_drivers() -%}
        base.{{ driver }} * multiples.{{ driver }}_multiple as {{ driver }},
        {% endfor -%}
        base.gdp_lcu * multiples.gdp_lcu_multiple
        * base.energy_intensity_tce_lcu * multiples.energy_intensity_tce_lcu_multiple
            as energy_tce

    from multiples

    cross join base

)

select * from final
