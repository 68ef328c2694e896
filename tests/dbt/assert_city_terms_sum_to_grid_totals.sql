-- The zones' part of each raster total is the sum over the cities of the raw zonal tables.
-- Fails with one row per collection, year, measure whose residual exceeds the tolerance, and for a
-- year of which no measure could be compared.
with

grid_totals as (

    select * from {{ ref('stg_raw__grid_totals') }}

),

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

),

zonal_city_layers as (

    select * from {{ ref('stg_raw__zonal_city_layers') }}

),

fraction_terms as (

    select
        collection,
        year,
        columns('.*_(km2|tc)$')

    from zonal_city_years

    where zonal_rule = 'fraction'

),

city_terms as (

    unpivot fraction_terms
    on columns('.*_(km2|tc)$')
    into
    name measure
    value city_value

),

city_values as (

    select
        collection,
        year,
        measure,
        city_value

    from city_terms

    union all

    select
        collection,
        year,
        layer || '_km2' as measure,
        value_sum as city_value

    from zonal_city_layers

    where zonal_rule = 'fraction'
        and layer || '_km2' not in (select city_terms.measure from city_terms)

),

city_sums as (

    select
        collection,
        year,
        measure,
        sum(city_value) as city_sum,
        sum(abs(city_value)) as city_size

    from city_values

    group by collection, year, measure

),

compared as (

    select
        grid_totals.*,
        city_sums.city_sum,
        abs(grid_totals.zones_sum - city_sums.city_sum)
        > {{ var('identity_tolerance_ratio') }} * greatest(city_sums.city_size, 1e-12)
            as differs,
        count(city_sums.city_sum) over (
            partition by grid_totals.collection, grid_totals.year
        ) as compared_count

    from grid_totals

    left join city_sums
        on grid_totals.collection = city_sums.collection
        and grid_totals.year = city_sums.year
        and grid_totals.measure = city_sums.measure

),

final as (

    select *

    from compared

    where differs or compared_count = 0

)

select * from final
