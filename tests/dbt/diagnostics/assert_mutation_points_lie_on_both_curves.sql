-- A crossing lies strictly inside its series, between two years where UF and UB change sides, with
-- the value that both curves have there; it is valid inside the critical lines.
-- Fails with one row per crossing that does not.
with

mutation_points as (

    select * from {{ ref('fct_mutation_points') }}

),

trends as (

    select * from {{ ref('fct_trends') }}

),

curves as (

    select * from {{ ref('fct_mann_kendall_curves') }}

),

followed as (

    select
        *,
        lead(uf) over (partition by entity_level, entity_id, indicator order by year) as next_uf,
        lead(ub) over (partition by entity_level, entity_id, indicator order by year) as next_ub

    from curves

),

placed as (

    select
        mutation_points.*,
        trends.first_year,
        trends.last_year,
        followed.uf + (followed.next_uf - followed.uf)
        * (mutation_points.crossing_year - followed.year) as uf_there,
        followed.ub + (followed.next_ub - followed.ub)
        * (mutation_points.crossing_year - followed.year) as ub_there

    from mutation_points

    inner join trends
        on mutation_points.entity_level = trends.entity_level
        and mutation_points.entity_id = trends.entity_id
        and mutation_points.indicator = trends.indicator

    left join followed
        on mutation_points.entity_level = followed.entity_level
        and mutation_points.entity_id = followed.entity_id
        and mutation_points.indicator = followed.indicator
        and floor(mutation_points.crossing_year) = followed.year

),

final as (

    select * from placed

    where crossing_year <= first_year
        or crossing_year >= last_year
        or uf_there is null
        or abs(crossing_value - uf_there) > 1e-9
        or abs(crossing_value - ub_there) > 1e-9
        or is_valid != (abs(crossing_value) < 1.96)

)

select * from final
