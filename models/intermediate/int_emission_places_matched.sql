-- Places that emissions name, matched with province and zone. Grain: one row per place_id.
-- By code first, then by Chinese name; counties and cities that have changed go where they are
-- today (ref_division_changes). What matches nothing has no city_id and keeps its province.
with

emissions as (

    select * from {{ ref('stg_raw__emissions') }}

),

cities as (

    select * from {{ ref('int_cities_located') }}

),

provinces as (

    select * from {{ ref('int_provinces_unioned') }}

),

division_changes as (

    select * from {{ ref('ref_division_changes') }}

),

places as (

    select distinct
        {{ emission_place_id('emissions') }} as place_id,
        emissions.unit_id,
        emissions.unit_name,
        emissions.city_id,
        emissions.city_name,
        emissions.province_id,
        emissions.province_name,
        {{ city_key('emissions.city_name') }} as city_key,
        {{ province_key('emissions.province_name') }} as province_key,
        coalesce(
            {{ province_of_code('emissions.city_id') }}, {{ province_of_code('emissions.unit_id') }}
        ) as province_of_code,
        {{ prefecture_of_code('emissions.unit_id') }} as prefecture_of_code

    from emissions

),

city_keys as (

    select
        city_id,
        province_id,
        {{ city_key('city_name_zh') }} as city_key

    from cities

),

province_keys as (

    select
        province_id,
        {{ province_key('province_name_zh') }} as province_key

    from provinces

    union

    select
        province_id,
        {{ province_key('province_name') }} as province_key

    from provinces

),

-- Codes before names: papers write Shanxi where they mean Shaanxi.
province_candidates as (

    select
        places.place_id,
        provinces.province_id,
        1 as preference

    from places

    inner join provinces
        on places.province_id = provinces.province_id

    union all

    select
        places.place_id,
        provinces.province_id,
        2 as preference

    from places

    inner join provinces
        on places.province_of_code = provinces.province_id

    union all

    select
        places.place_id,
        province_keys.province_id,
        3 as preference

    from places

    inner join province_keys
        on places.province_key = province_keys.province_key

),

provinces_chosen as (

    select * from province_candidates

    qualify
        row_number() over (partition by place_id order by preference, province_id) = 1

),

placed as (

    select
        places.*,
        provinces_chosen.province_id as matched_province_id

    from places

    left join provinces_chosen
        on places.place_id = provinces_chosen.place_id

),

-- Changes that the zones have gone through, and whose new city is one of them.
changes as (

    select division_changes.*

    from division_changes

    inner join cities
        on division_changes.new_city_id = cities.city_id

    where {{ has_gb2260_codes() }}
        and division_changes.effective_year <= {{ var('zones_divisions_year') }}
        and division_changes.kind != 'founded'

),

city_candidates as (

    -- A county that moved. In a file that already names its new city nothing is to be done.
    select
        placed.place_id,
        changes.new_city_id as city_id,
        changes.kind as city_match,
        1 as preference

    from placed

    inner join changes
        on changes.level = 'county'
        and (
            (
                left(placed.unit_id, 6) = changes.division_id
                and coalesce(placed.city_id, changes.old_city_id) = changes.old_city_id
            )
            or (
                placed.unit_name = changes.division_name_zh
                and placed.city_name = changes.old_city_name_zh
            )
        )

    union all

    select
        placed.place_id,
        cities.city_id,
        'code' as city_match,
        2 as preference

    from placed

    inner join cities
        on placed.unit_id = cities.city_id

    union all

    select
        placed.place_id,
        cities.city_id,
        'code' as city_match,
        3 as preference

    from placed

    inner join cities
        on placed.city_id = cities.city_id

    union all

    select
        placed.place_id,
        changes.new_city_id as city_id,
        changes.kind as city_match,
        4 as preference

    from placed

    inner join changes
        on changes.level = 'city'
        and (placed.city_id = changes.division_id or placed.city_name = changes.division_name_zh)

    union all

    select
        placed.place_id,
        cities.city_id,
        'code' as city_match,
        5 as preference

    from placed

    inner join cities
        on placed.prefecture_of_code = cities.city_id

    where placed.city_id is null

    union all

    -- The districts of a municipality have prefixes of their own, its zone that of the province.
    select
        placed.place_id,
        cities.city_id,
        'code' as city_match,
        6 as preference

    from placed

    inner join cities
        on placed.province_of_code = cities.city_id

    where placed.city_id is null

    union all

    select
        placed.place_id,
        city_keys.city_id,
        'name' as city_match,
        7 as preference

    from placed

    inner join city_keys
        on placed.city_key = city_keys.city_key
        and coalesce(placed.matched_province_id, city_keys.province_id) = city_keys.province_id

    qualify count(*) over (partition by placed.place_id) = 1

),

cities_chosen as (

    select * from city_candidates

    qualify
        row_number() over (partition by place_id order by preference, city_id) = 1

),

final as (

    select
        placed.place_id,
        placed.unit_id,
        placed.unit_name,
        placed.city_id as supplied_city_id,
        placed.city_name as supplied_city_name,
        placed.province_id as supplied_province_id,
        placed.province_name as supplied_province_name,
        cities.city_id,
        coalesce(cities.province_id, placed.matched_province_id) as province_id,
        coalesce(cities_chosen.city_match, 'unmatched') as city_match

    from placed

    left join cities_chosen
        on placed.place_id = cities_chosen.place_id

    left join cities
        on cities_chosen.city_id = cities.city_id

)

select * from final
