-- Rank of a city's CNC under drawn errors. Grain: one row per city_id, period.
-- Headline reading; rank 1 is the largest surplus, or the smallest deficit. Cities with a CNC only.
with

terms as (

    select * from {{ ref('int_city_periods_termed') }}

),

errors as (

    select * from {{ ref('int_unit_errors_combined') }}

),

drawn as (

    select
        terms.city_id,
        terms.period,
        errors.draw,
        {{ cnc(drawn_ecs(headline_choice()), drawn_ce()) }} as cnc_tgco2

    from terms

    inner join errors
        on terms.city_id = errors.city_id

    where terms.is_period_mean

),

ranked as (

    select
        city_id,
        period,
        rank() over (partition by period, draw order by cnc_tgco2 desc) as cnc_rank

    from drawn

    where cnc_tgco2 is not null

),

final as (

    select
        city_id,
        period,
        quantile_disc(cnc_rank, 0.025) as cnc_rank_low,
        quantile_disc(cnc_rank, 0.975) as cnc_rank_high,
        count(*) filter (where cnc_rank <= 10)::double / count(*) as top_ten_probability

    from ranked

    group by city_id, period

)

select * from final
