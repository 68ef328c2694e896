-- Sequential Mann-Kendall curves. Grain: one row per entity_level, entity_id, indicator, year.
-- Of every series without a gap; the critical lines lie at -1.96 and 1.96.
with

series as (

    select * from {{ ref('int_entity_series_listed') }}

),

tested as (

    select
        *,
        sequential_mann_kendall(series) as curves

    from series

),

final as (

    select
        entity_level,
        entity_id,
        indicator,
        cast(unnest(range(first_year, last_year + 1)) as integer) as year,
        unnest(curves['uf']) as uf,
        unnest(curves['ub']) as ub

    from tested

    where curves is not null

)

select * from final
