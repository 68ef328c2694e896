-- The zones' part of each raster total is the sum over the cities of the raw zonal table.
-- Fails with one row per collection, year, measure whose residual exceeds the tolerance.
with

grid_totals as (

    select * from {{ ref('stg_raw__grid_totals') }}

),

zonal_city_years as (

    select * from {{ ref('stg_raw__zonal_city_years') }}

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

city_sums as (

    select
        collection,
        year,
        measure,
        sum(city_value) as city_sum,
        sum(abs(city_value)) as city_size

    from city_terms

    group by collection, year, measure

),

final as (

    select
        grid_totals.*,
        city_sums.city_sum

    from grid_totals

    left join city_sums
        on grid_totals.collection = city_sums.collection
        and grid_totals.year = city_sums.year
        and grid_totals.measure = city_sums.measure

    where city_sums.city_sum is null
        or abs(grid_totals.zones_sum - city_sums.city_sum)
        > {{ var('identity_tolerance_ratio') }} * greatest(city_sums.city_size, 1e-12)

)

select * from final
