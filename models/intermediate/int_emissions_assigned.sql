-- Emission units with their city and province. Grain: one row per source_id, unit_id, year.
-- Of tables: cities or counties; a unit of no known city keeps its province. Of grids: the cities.
-- In Tg CO2. Every source is an inventory; budgets are drawn up with the headline.
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

places as (

    select * from {{ ref('int_emission_places_matched') }}

),

grid_emissions as (

    select * from {{ ref('stg_raw__zonal_city_emissions') }}

    where collection = '{{ var("historical_collection") }}'

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

units as (

    select
        emissions.source_id,
        'table' as inventory_kind,
        0 as preference,
        emissions.unit_id,
        emissions.unit_name,
        places.supplied_city_id,
        places.supplied_city_name,
        places.city_id,
        places.province_id,
        places.city_match,
        emissions.year,
        {{ mt_to_tg('emissions.ce_mtco2') }} as ce_tgco2,
        null as shared_ce_tgco2,
        null as known_ratio

    from emissions

    inner join places
        on {{ emission_place_id('emissions') }} = places.place_id

    union all

    select
        grid_emissions.source_id,
        'grid' as inventory_kind,
        grid_emissions.catalogue_position as preference,
        grid_emissions.city_id as unit_id,
        cities.city_name as unit_name,
        grid_emissions.city_id as supplied_city_id,
        cities.city_name as supplied_city_name,
        grid_emissions.city_id,
        cities.province_id,
        'code' as city_match,
        grid_emissions.year,
        {{ mass_tgco2('grid_emissions.mass_tg', 'grid_emissions.substance') }} as ce_tgco2,
        {{ mass_tgco2('grid_emissions.shared_mass_tg', 'grid_emissions.substance') }}
            as shared_ce_tgco2,
        grid_emissions.known_ratio

    from grid_emissions

    inner join cities
        on grid_emissions.city_id = cities.city_id

),

-- Tables before grids, and grids in the order of the catalogue.
headline as (

    select distinct source_id

    from units

    {% if var('headline_inventory') is none -%}
    qualify preference = min(preference) over ()
    {%- else -%}
    where source_id = {{ sql_text(var('headline_inventory')) }}
    {%- endif %}

),

final as (

    select
        units.source_id,
        units.inventory_kind,
        headline.source_id is not null as is_headline,
        units.unit_id,
        units.unit_name,
        units.supplied_city_id,
        units.supplied_city_name,
        units.city_id,
        units.province_id,
        units.city_match,
        units.year,
        units.ce_tgco2,
        units.shared_ce_tgco2,
        units.known_ratio

    from units

    left join headline
        on units.source_id = headline.source_id

)

select * from final
