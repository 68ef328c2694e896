-- Provinces that are listed or that hold a city. Grain: one row per province_id.
-- In the study are the listed ones that hold a city; without a list, every province is. Zones that
-- are no cities (basins, grid squares) lie in no listed province: then listed ones keep their
-- emissions in the study, and the nation, which such zones belong to, brings their sinks.
with

listed_provinces as (

    select * from {{ ref('stg_raw__provinces') }}

),

cities as (

    select * from {{ ref('stg_raw__cities') }}

),

province_ids as (

    select
        province_id,
        bool_or(has_city) as has_city

    from (
        select
            province_id,
            false as has_city
        from listed_provinces

        union all

        select
            coalesce(province_id, '{{ var("nation_id") }}') as province_id,
            true as has_city
        from cities
    ) as named

    group by province_id

),

lists as (

    select coalesce(bool_or(province_ids.has_city), false) as has_cities
    from listed_provinces
    inner join province_ids
        on listed_provinces.province_id = province_ids.province_id

),

final as (

    select
        province_ids.province_id,
        coalesce(
            listed_provinces.province_name,
            case
                when province_ids.province_id = '{{ var("nation_id") }}'
                    then '{{ var("nation_name") }}'
            end,
            province_ids.province_id
        ) as province_name,
        listed_provinces.province_name_zh,
        {{ slug('listed_provinces.region_name') }} as region_id,
        listed_provinces.region_name,
        case
            when lists.has_cities
                then coalesce(listed_provinces.in_study, false) and province_ids.has_city
            else coalesce(listed_provinces.in_study, true)
        end as in_study

    from province_ids

    cross join lists

    left join listed_provinces
        on province_ids.province_id = listed_provinces.province_id

)

select * from final
