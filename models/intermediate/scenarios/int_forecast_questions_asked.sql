-- What forecasts are asked for. Grain: entity_level, entity_id, origin_year, path, year.
-- From every origin, a year up to which a forecast knows everything: later years whose drivers it
-- is told (path known) or which it extrapolates by damped trends of their logarithms
-- (extrapolated); and from the last origin the scenarios (path is their name).
with

place_years as (

    select * from {{ ref('int_forecast_places_chosen') }}

),

projected as (

    select * from {{ ref('int_scenario_drivers_projected') }}

),

histories as (

    select
        *,
        {% for driver in extrapolated_drivers() -%}
        list(ln(greatest({{ driver }}, 1e-6))) over so_far as {{ driver }}_logs,
        {% endfor -%}
        row_number() over so_far as learnt_year_count,
        max(year) over (partition by entity_level, entity_id) as last_year

    from place_years

    window so_far as (partition by entity_level, entity_id order by year)

),

origins as (

    select *

    from histories

    where learnt_year_count >= {{ var('forecast_least_years') }}
        or year = last_year

),

tested_origins as (

    select *

    from origins

    where learnt_year_count >= {{ var('forecast_least_years') }}
        and year < last_year

),

continued as (

    select
        entity_level,
        entity_id,
        year as origin_year,
        {% for driver in extrapolated_drivers() -%}
        exp(
            unnest(damped_trend({{ driver }}_logs, {{ var('forecast_longest_horizon') }}))
        ) as {{ driver }},
        {% endfor -%}
        unnest(range(1, {{ var('forecast_longest_horizon') }} + 1)) as horizon

    from tested_origins

),

-- Both need the emissions of the year to be tested, and are asked for the same years.
tested as (

    select
        tested_origins.entity_level,
        tested_origins.entity_id,
        tested_origins.year as origin_year,
        place_years.year,
        place_years.year - tested_origins.year as horizon,
        {% for driver in projected_drivers() -%}
        place_years.{{ driver }},
        {% endfor -%}
        place_years.energy_tce

    from tested_origins

    inner join place_years
        on tested_origins.entity_level = place_years.entity_level
        and tested_origins.entity_id = place_years.entity_id
        and place_years.year - tested_origins.year
        between 1 and {{ var('forecast_longest_horizon') }}

),

extrapolated as (

    select
        tested.entity_level,
        tested.entity_id,
        tested.origin_year,
        tested.year,
        tested.horizon,
        continued.population_persons,
        least(continued.urban_ratio, 1) as urban_ratio,
        continued.gdp_lcu,
        least(continued.secondary_industry_ratio, 1) as secondary_industry_ratio,
        continued.energy_tce / continued.gdp_lcu as energy_intensity_tce_lcu,
        least(continued.coal_ratio, 1) as coal_ratio,
        continued.energy_tce

    from tested

    inner join continued
        on tested.entity_level = continued.entity_level
        and tested.entity_id = continued.entity_id
        and tested.origin_year = continued.origin_year
        and tested.horizon = continued.horizon

),

scenarios as (

    select
        projected.entity_level,
        projected.entity_id,
        origins.year as origin_year,
        projected.year,
        projected.year - origins.year as horizon,
        projected.scenario as path,
        {% for driver in projected_drivers() -%}
        projected.{{ driver }},
        {% endfor -%}
        projected.energy_tce

    from projected

    inner join origins
        on projected.entity_level = origins.entity_level
        and projected.entity_id = origins.entity_id
        and projected.base_year = origins.year

),

unioned as (

    select
        'known' as path,
        *

    from tested

    union all by name

    select
        'extrapolated' as path,
        *

    from extrapolated

    union all by name

    select * from scenarios

),

final as (

    select
        unioned.entity_level,
        unioned.entity_id,
        unioned.origin_year,
        unioned.path,
        unioned.year,
        unioned.horizon,
        {% for driver in projected_drivers() -%}
        unioned.{{ driver }},
        {% endfor -%}
        unioned.energy_tce,
        {% for driver in extrapolated_drivers() -%}
        origins.{{ driver }} as base_{{ driver }},
        {% endfor -%}
        origins.ce_tgco2 as base_ce_tgco2

    from unioned

    inner join origins
        on unioned.entity_level = origins.entity_level
        and unioned.entity_id = origins.entity_id
        and unioned.origin_year = origins.year

    where unioned.energy_tce > 0
        {%- for driver in projected_drivers() %}
        and unioned.{{ driver }} is not null
        {%- endfor %}

)

select * from final
