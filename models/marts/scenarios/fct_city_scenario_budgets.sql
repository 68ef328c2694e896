-- Carbon budget of every city in every scenario. Grain: one row per city_id, scenario, year.
-- Emissions by the headline model: the province's, or the nation's, by the share that the city had
-- in the last observed year. Sinks of its own climate, from the collection of the scenario's name.
with

places as (

    select * from {{ ref('int_scenario_places_budgeted') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

final as (

    select
        places.entity_id as city_id,
        cities.city_name,
        cities.province_id,
        places.scenario,
        places.year,
        places.model,
        places.base_year,
        places.ce_share_ratio,
        places.ce_basis,
        places.ce_tgco2,
        places.ce_low_tgco2,
        places.ce_high_tgco2,
        places.nep_tgco2,
        places.rcs_tgco2,
        places.ecs_tgco2,
        places.cnc_tgco2,
        places.cnc_low_tgco2,
        places.cnc_high_tgco2,
        {{ absorbed_ratio('places.ecs_tgco2', 'places.ce_tgco2') }} as absorbed_ratio,
        {{ scenario_verdict(
            'places.cnc_tgco2', 'places.cnc_low_tgco2', 'places.cnc_high_tgco2'
        ) }} as verdict

    from places

    inner join cities
        on places.entity_id = cities.city_id

    where places.entity_level = 'city'

)

select * from final
