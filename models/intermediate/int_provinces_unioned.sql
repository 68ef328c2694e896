-- Provinces that are listed or that hold a city. Grain: one row per province_id.
-- In the study are the listed ones that hold a city; without a
-- list, every province is.
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

list_sizes as (

    select count(*) as listed_count
    from listed_provinces

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
        coalesce(listed_provinces.in_study, list_sizes.listed_count = 0)
        and province_ids.has_city as in_study

    from province_ids

    cross join list_sizes

    left join listed_provinces
        on province_ids.province_id = listed_provinces.province_id

)

select * from final
