-- Drivers of emissions of a place. Grain: source_id, entity_level, entity_id, year.
with

source as (

    select * from {{ source('raw', 'drivers') }}

),

final as (

    select
        ---------- ids
        cast(source_id as varchar) as source_id,
        cast(entity_level as varchar) as entity_level,
        cast(entity_id as varchar) as entity_id,
        cast(year as integer) as year,

        ---------- drivers
        cast(population_persons as double) as population_persons,
        cast(urban_ratio as double) as urban_ratio,
        cast(gdp_lcu as double) as gdp_lcu,
        cast(gdp_volume_ratio as double) as gdp_volume_ratio,
        cast(secondary_industry_ratio as double) as secondary_industry_ratio,
        cast(energy_tce as double) as energy_tce,
        cast(coal_ratio as double) as coal_ratio

    from source

)

select * from final
