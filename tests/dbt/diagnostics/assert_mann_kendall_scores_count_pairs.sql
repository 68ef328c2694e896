-- Mann-Kendall S is the number of rising less that of falling pairs of years, and UF of the last
-- year is S without continuity correction over its standard deviation; UB of the last year is 0.
-- Fails with one row per series that disagrees.
with

trends as (

    select * from {{ ref('fct_trends') }}

),

curves as (

    select * from {{ ref('fct_mann_kendall_curves') }}

),

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

pair_sums as (

    select
        earlier.entity_level,
        earlier.entity_id,
        earlier.indicator,
        sum(sign(later.value_tgco2 - earlier.value_tgco2)) as pair_sum

    from indicators as earlier

    inner join indicators as later
        on earlier.entity_level = later.entity_level
        and earlier.entity_id = later.entity_id
        and earlier.indicator = later.indicator
        and earlier.year < later.year

    group by earlier.entity_level, earlier.entity_id, earlier.indicator

),

final as (

    select
        trends.entity_level,
        trends.entity_id,
        trends.indicator,
        trends.mk_s,
        pair_sums.pair_sum,
        curves.uf,
        curves.ub

    from trends

    left join pair_sums
        on trends.entity_level = pair_sums.entity_level
        and trends.entity_id = pair_sums.entity_id
        and trends.indicator = pair_sums.indicator

    left join curves
        on trends.entity_level = curves.entity_level
        and trends.entity_id = curves.entity_id
        and trends.indicator = curves.indicator
        and trends.last_year = curves.year

    where trends.mk_s is not null
        and (
            trends.mk_s != pair_sums.pair_sum
            or curves.uf is null
            or curves.ub != 0
            or abs(
                curves.uf - coalesce(trends.mk_s / nullif(sqrt(trends.mk_var_s), 0), 0)
            ) > 1e-9
        )

)

select * from final
