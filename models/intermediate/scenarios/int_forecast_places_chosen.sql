-- Years of the places whose emissions are forecast. Grain: entity_level, entity_id, year.
-- The provinces, where each that has emissions has every driver in the same years as the nation;
-- else the nation. Only years with emissions and every driver.
with

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

complete as (

    select
        *,
        -- Tg of CO2 over t of coal equivalent, in t CO2 per tce.
        1e6 * ce_tgco2 / energy_tce as co2_intensity_t_tce

    from drivers

    where ce_tgco2 > 0
        and population_persons > 0
        and urban_ratio > 0
        and gdp_lcu > 0
        and secondary_industry_ratio > 0
        and energy_tce > 0
        and coal_ratio >= 0

),

emitters as (

    select distinct entity_id

    from indicators

    where entity_level = 'province'
        and indicator = 'CE'
        and value_tgco2 > 0

),

nation_years as (

    select year

    from complete

    where entity_level = 'nation'
        and entity_id = '{{ var("nation_id") }}'

),

panel as (

    select
        '{{ var("forecast_level") }}' = 'auto'
        and (select count(*) from emitters) > 0
        and (select count(*) from nation_years) > 0
        and not exists (
            select 1

            from emitters

            cross join nation_years

            anti join complete
                on complete.entity_level = 'province'
                and emitters.entity_id = complete.entity_id
                and nation_years.year = complete.year
        ) as is_panel

),

final as (

    select complete.*

    from complete

    cross join panel

    inner join nation_years
        on complete.year = nation_years.year

    left join emitters
        on complete.entity_id = emitters.entity_id

    where (
        panel.is_panel
        and complete.entity_level = 'province'
        and emitters.entity_id is not null
    )
    or (
        not panel.is_panel
        and complete.entity_level = 'nation'
        and complete.entity_id = '{{ var("nation_id") }}'
    )

)

select * from final
