-- Emission units with their city and province. Grain: one row per source_id, unit_id, year.
-- Cities or counties, in Tg CO2. A unit of no known city keeps its province.
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

places as (

    select * from {{ ref('int_emission_places_matched') }}

),

final as (

    select
        emissions.source_id,
        emissions.unit_id,
        emissions.unit_name,
        places.supplied_city_id,
        places.supplied_city_name,
        places.city_id,
        places.province_id,
        places.city_match,
        emissions.year,
        {{ mt_to_tg('emissions.ce_mtco2') }} as ce_tgco2

    from emissions

    inner join places
        on {{ emission_place_id('emissions') }} = places.place_id

)

select * from final
