-- Places of every level in the study, with names and centre. Grain: entity_level, entity_id.
-- The centre of a group is the mean of its cities' centres, weighted by their area.
with

cities as (

    select * from {{ ref('dim_cities') }}
    where in_study

),

provinces as (

    select * from {{ ref('int_provinces_unioned') }}

),

codes as (

    select * from {{ ref('ref_subdivision_codes') }}
    where nation_id = '{{ var("nation_id") }}'

),

memberships as (

    select
        *,
        unnest(['city', 'province', 'region', 'nation']) as entity_level,
        unnest([city_id, province_id, region_id, '{{ var("nation_id") }}']) as entity_id

    from cities

),

located as (

    select
        entity_level,
        entity_id,
        any_value(city_name_zh) filter (where entity_level = 'city') as city_name_zh,
        any_value(province_id) filter (where entity_level in ('city', 'province'))
            as province_id,
        any_value(region_id) filter (where entity_level != 'nation') as region_id,
        sum(longitude * area_km2) / sum(area_km2) as longitude,
        sum(latitude * area_km2) / sum(area_km2) as latitude

    from memberships

    where entity_id is not null

    group by entity_level, entity_id

),

final as (

    select
        located.entity_level,
        located.entity_id,
        case located.entity_level
            when 'city' then located.city_name_zh
            when 'province' then provinces.province_name_zh
            when 'nation' then {{ sql_text(var('nation_name_zh')) }}
        end as entity_name_zh,
        codes.iso_3166_2,
        located.province_id,
        provinces.province_name,
        located.region_id,
        located.longitude,
        located.latitude

    from located

    left join provinces
        on located.province_id = provinces.province_id

    left join codes
        on located.province_id = codes.province_id

)

select * from final
