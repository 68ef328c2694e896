-- Years of the historical collection. Grain: one row per year.
-- A spine, so that a gap is a row and not an absence; with the sources of
-- the year's NPP and runoff, because a series may be spliced from two products.
with

collections as (

    select * from {{ ref('stg_raw__collections') }}

),

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

),

layer_years as (

    select * from {{ ref('stg_raw__layer_years') }}

    where collection = '{{ var("historical_collection") }}'

),

years as (

    select cast(unnest(generate_series(first_year, last_year)) as integer) as year

    from collections

    where collection = '{{ var("historical_collection") }}'

),

-- A layer serves all cities of a year, so that there is one.
npp_sources as (

    select
        year,
        min(npp_source_id) as npp_source

    from zonal_city_years

    where collection = '{{ var("historical_collection") }}'

    group by year

),

-- Whether runoff is a layer of its own, and whether any input is the same every year.
inputs as (

    select
        year,
        coalesce(
            min(source_id) filter (where quantity = 'runoff'), 'precipitation - evapotranspiration'
        ) as runoff_source,
        coalesce(bool_or(is_climatology) filter (where quantity != 'lithology'), false)
            as is_climatology

    from layer_years

    group by year

),

final as (

    select
        years.year,
        npp_sources.npp_source,
        inputs.runoff_source,
        coalesce(inputs.is_climatology, false) as is_climatology

    from years

    left join inputs
        on years.year = inputs.year

    left join npp_sources
        on years.year = npp_sources.year

)

select * from final
