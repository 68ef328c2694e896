-- The first significant year is the first in which UF lies beyond a line, and the crossings that
-- fct_trends counts are the rows of fct_mutation_points.
-- Fails with one row per series that disagrees.
with

trends as (

    select * from {{ ref('fct_trends') }}

),

curves as (

    select * from {{ ref('fct_mann_kendall_curves') }}

),

mutation_points as (

    select * from {{ ref('fct_mutation_points') }}

),

first_years as (

    select
        entity_level,
        entity_id,
        indicator,
        min(year) filter (where abs(uf) > {{ var('mann_kendall_critical_value') }})
            as first_significant_year

    from curves

    group by entity_level, entity_id, indicator

),

crossing_counts as (

    select
        entity_level,
        entity_id,
        indicator,
        count(*) as crossing_count

    from mutation_points

    group by entity_level, entity_id, indicator

),

final as (

    select
        trends.entity_level,
        trends.entity_id,
        trends.indicator,
        trends.first_significant_year,
        first_years.first_significant_year as first_year_beyond,
        trends.crossing_count,
        crossing_counts.crossing_count as mutation_point_count

    from trends

    left join first_years
        on trends.entity_level = first_years.entity_level
        and trends.entity_id = first_years.entity_id
        and trends.indicator = first_years.indicator

    left join crossing_counts
        on trends.entity_level = crossing_counts.entity_level
        and trends.entity_id = crossing_counts.entity_id
        and trends.indicator = crossing_counts.indicator

    where trends.first_significant_year is distinct from first_years.first_significant_year
        or coalesce(trends.crossing_count, 0) != coalesce(crossing_counts.crossing_count, 0)

)

select * from final
