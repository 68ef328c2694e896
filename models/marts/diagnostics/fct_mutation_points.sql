-- Mutation points. Grain: one row per entity_level, entity_id, indicator, crossing_year.
-- Every crossing of the two Mann-Kendall curves, those at the ends excepted, valid or not. A
-- series that never crosses has no row here and crossing_count 0 in fct_trends.
with

series as (

    select * from {{ ref('int_entity_series_listed') }}

),

tested as (

    select
        *,
        sequential_mann_kendall(series) as curves,
        mutation_points(series, first_year) as mutation

    from series

),

crossings as (

    select
        entity_level,
        entity_id,
        entity_name,
        in_study,
        indicator,
        {{ first_significant_year("curves['uf']", 'first_year') }} as first_significant_year,
        unnest(mutation['crossings']) as crossing

    from tested

),

final as (

    select
        entity_level,
        entity_id,
        entity_name,
        in_study,
        indicator,
        crossing['crossing_year'] as crossing_year,
        crossing['crossing_value'] as crossing_value,
        {{ is_between_critical_lines("crossing['crossing_value']") }} as is_valid,
        first_significant_year

    from crossings

)

select * from final
