-- Fig. 2b: how many cities are in surplus, and how much of the nation's surplus is each province's?
-- Grain: one row per province in the study. Unit: Tg CO2 per year, mean of the study years.
-- Paper: 28 of 353 cities in surplus; Yunnan 25.26 Tg from 11 cities, 53.56 % of the nation's
-- surplus; Heilongjiang 12.53, Guangxi 7.35, Gansu 5.51; the first three 88.5 %.
-- Where the paper is wrong: 25.26 Tg at 53.56 % makes 47.16 Tg in all, but the four named provinces
-- alone make 50.65; "117 Tg" fits neither. A city is counted by the sign of its mean, and tens of
-- cities lie within a few Tg of zero: see the interval of the count.
with

uncertainties as (

    select * from {{ ref('fct_budget_uncertainties') }}

),

sensitivities as (

    select * from {{ ref('fct_budget_sensitivities') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

city_means as (

    select
        cities.province_id,
        cities.province_name,
        uncertainties.value_tgco2 as cnc_tgco2,
        uncertainties.low_tgco2 < 0 and uncertainties.high_tgco2 > 0 as is_undecided

    from uncertainties

    inner join cities
        on uncertainties.entity_id = cities.city_id

    where uncertainties.entity_level = 'city'
        and uncertainties.indicator = 'CNC'

),

provinces as (

    select
        province_id,
        min(province_name) as province_name,
        count(*) as city_count,
        count(*) filter (where cnc_tgco2 > 0) as surplus_city_count,
        count(*) filter (where cnc_tgco2 < 0) as deficit_city_count,
        count(*) filter (where is_undecided) as undecided_city_count,
        coalesce(sum(cnc_tgco2) filter (where cnc_tgco2 > 0), 0) as surplus_tgco2,
        coalesce(sum(-cnc_tgco2) filter (where cnc_tgco2 < 0), 0) as deficit_tgco2

    from city_means

    group by province_id

),

final as (

    select
        provinces.*,
        provinces.surplus_tgco2 / nullif(sum(provinces.surplus_tgco2) over (), 0)
            as share_of_surplus_ratio,
        provinces.deficit_tgco2 / nullif(sum(provinces.deficit_tgco2) over (), 0)
            as share_of_deficit_ratio,
        sensitivities.surplus_city_count_low,
        sensitivities.surplus_city_count_high

    from provinces

    left join sensitivities
        on provinces.province_id = sensitivities.entity_id
        and sensitivities.entity_level = 'province'
        and sensitivities.is_headline

)

select * from final
order by surplus_tgco2 desc, province_id asc
