-- Gini coefficients as one sum over ranks, G_k = sum (2 i - n_k - 1) x / (n_k sum |x|) within the
-- negative, the positive and all values, equal the function.
-- Fails with one row per province_id, indicator, period that differs by more than 1e-9.
with

inequalities as (

    select * from {{ ref('fct_inequalities') }}

),

city_periods as (

    select * from {{ ref('int_city_periods_averaged') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

ranked as (

    select
        cities.province_id,
        city_periods.indicator,
        city_periods.period,
        city_periods.value_tgco2 as x,
        sign(city_periods.value_tgco2) as side,
        row_number() over province as i,
        row_number() over province_side as side_i

    from city_periods

    inner join cities
        on city_periods.city_id = cities.city_id

    where city_periods.value_tgco2 is not null

    window
        province as (
            partition by cities.province_id, city_periods.indicator, city_periods.period
            order by city_periods.value_tgco2
        ),
        province_side as (
            partition by
                cities.province_id,
                city_periods.indicator,
                city_periods.period,
                sign(city_periods.value_tgco2)
            order by city_periods.value_tgco2
        )

),

side_sums as (

    select
        province_id,
        indicator,
        period,
        side,
        count(*) as side_count,
        coalesce(
            (2 * sum(side_i * x) - (count(*) + 1) * sum(x))
            / nullif(count(*) * sum(abs(x)), 0),
            0
        ) as side_gini

    from ranked

    group by province_id, indicator, period, side

),

by_sides as (

    select
        province_id,
        indicator,
        period,
        sum(side_count * side_gini) / sum(side_count) as gini_weighted,
        sum(side_gini) as gini_eq16

    from side_sums

    group by province_id, indicator, period

),

of_all as (

    select
        province_id,
        indicator,
        period,
        coalesce(
            (2 * sum(i * x) - (count(*) + 1) * sum(x)) / nullif(count(*) * sum(abs(x)), 0), 0
        ) as gini_rsv

    from ranked

    group by province_id, indicator, period

),

final as (

    select
        inequalities.province_id,
        inequalities.indicator,
        inequalities.period,
        inequalities.gini_weighted,
        by_sides.gini_weighted as summed_gini_weighted,
        inequalities.gini_eq16,
        by_sides.gini_eq16 as summed_gini_eq16,
        inequalities.gini_rsv,
        of_all.gini_rsv as summed_gini_rsv

    from inequalities

    left join by_sides
        on inequalities.province_id = by_sides.province_id
        and inequalities.indicator = by_sides.indicator
        and inequalities.period = by_sides.period

    left join of_all
        on inequalities.province_id = of_all.province_id
        and inequalities.indicator = of_all.indicator
        and inequalities.period = of_all.period

    where (inequalities.gini_weighted is null) != (inequalities.null_reason is not null)
        or (
            inequalities.null_reason is null
            and (
                by_sides.gini_weighted is null
                or abs(inequalities.gini_weighted - by_sides.gini_weighted) > 1e-9
                or abs(inequalities.gini_eq16 - by_sides.gini_eq16) > 1e-9
                or abs(inequalities.gini_rsv - of_all.gini_rsv) > 1e-9
            )
        )

)

select * from final
