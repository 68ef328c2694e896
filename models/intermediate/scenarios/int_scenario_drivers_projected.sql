-- Drivers of places in every scenario. Grain: scenario, entity_level, entity_id, year.
-- The nation, and the provinces where these are forecast. Years after the last with emissions whose
-- drivers are observed have the observed ones in every scenario; from the last of these on they are
-- compounded by the growth rates of the seed. NULL where a rate is missing.
with

growth_rates as (

    select * from {{ ref('ref_scenario_growth_rates') }}

),

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

places as (

    select * from {{ ref('int_forecast_places_chosen') }}

),

wanted as (

    select
        entity_level,
        entity_id

    from places

    union

    select
        'nation' as entity_level,
        '{{ var("nation_id") }}' as entity_id

),

place_drivers as (

    select
        drivers.*,
        max(drivers.year) filter (where drivers.ce_tgco2 is not null) over (
            partition by drivers.entity_level, drivers.entity_id
        ) as base_year

    from drivers

    inner join wanted
        on drivers.entity_level = wanted.entity_level
        and drivers.entity_id = wanted.entity_id

),

-- Years since the base without a gap in which every driver is known, and the base itself.
observed as (

    select *

    from place_drivers

    where year = base_year
        or (
            year > base_year
            {%- for driver in projected_drivers() %}
            and {{ driver }} is not null
            {%- endfor %}
        )

    qualify year - base_year = row_number() over (
            partition by entity_level, entity_id order by year
        ) - 1

),

bases as (

    select *

    from observed

    qualify row_number() over (partition by entity_level, entity_id order by year desc) = 1

),

scenarios as (

    select distinct scenario
    from growth_rates

),

scenario_years as (

    select
        scenarios.scenario,
        bases.entity_level,
        bases.entity_id,
        cast(unnest(generate_series(bases.year + 1, {{ var('scenario_last_year') }})) as integer)
            as year

    from scenarios

    cross join bases

),

yearly_rates as (

    select
        scenario_years.scenario,
        scenario_years.entity_level,
        scenario_years.entity_id,
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

    group by
        scenario_years.scenario,
        scenario_years.entity_level,
        scenario_years.entity_id,
        scenario_years.year

),

-- A driver without a rate in some year is unknown from that year on.
multiples as (

    select
        scenario,
        entity_level,
        entity_id,
        {% for driver in projected_drivers() -%}
        case
            when count({{ driver }}_growth_ratio) over scenario_so_far
                = count(*) over scenario_so_far
                then {{ compounded_growth(
                    driver ~ '_growth_ratio', 'scenario, entity_level, entity_id'
                ) }}
        end as {{ driver }}_multiple,
        {% endfor -%}
        year

    from yearly_rates

    window scenario_so_far as (partition by scenario, entity_level, entity_id order by year)

),

projected as (

    select
        multiples.scenario,
        multiples.entity_level,
        multiples.entity_id,
        multiples.year,
        bases.base_year,
        'projected' as drivers_status,
        {% for driver in projected_drivers() -%}
        bases.{{ driver }} * multiples.{{ driver }}_multiple as {{ driver }},
        {% endfor -%}
        bases.gdp_lcu * multiples.gdp_lcu_multiple
        * bases.energy_intensity_tce_lcu * multiples.energy_intensity_tce_lcu_multiple
            as energy_tce

    from multiples

    inner join bases
        on multiples.entity_level = bases.entity_level
        and multiples.entity_id = bases.entity_id

),

final as (

    select * from projected

    union all by name

    select
        scenarios.scenario,
        observed.entity_level,
        observed.entity_id,
        observed.year,
        observed.base_year,
        'observed' as drivers_status,
        {% for driver in projected_drivers() -%}
        observed.{{ driver }},
        {% endfor -%}
        observed.energy_tce

    from observed

    cross join scenarios

    where observed.year > observed.base_year

)

select * from final
