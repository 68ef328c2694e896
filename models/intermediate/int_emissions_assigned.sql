-- Emission units with their city and province. Grain: one row per source_id, unit_id, year.
-- Cities or counties, in Tg CO2. A unit of no known city keeps its province.
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

final as (

    select
        emissions.source_id,
        emissions.unit_id,
        cities.city_id,
        coalesce(cities.province_id, emissions.province_id) as province_id,
        emissions.year,
        {{ mt_to_tg('emissions.ce_mtco2') }} as ce_tgco2

    from emissions

    left join cities
        on emissions.city_id = cities.city_id

)

select * from final
