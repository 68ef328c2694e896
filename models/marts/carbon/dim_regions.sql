-- Economic regions of the provinces in the study. Grain: one row per region_id.
with

provinces as (

    select * from {{ ref('dim_provinces') }}

),

final as (

    select
        region_id,
        min(region_name) as region_name,
        sum(area_km2) as area_km2,
        count(*) as province_count,
        cast(sum(city_count) as bigint) as city_count

    from provinces

    where in_study
        and region_id is not null

    group by region_id

)

select * from final
