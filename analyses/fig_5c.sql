-- Fig. 5c: where are the hot and cold spots of carbon neutral capacity?
-- Grain: one row per city in the study; the mean of the study years. Units: Tg CO2 per year; Gi* is
-- a normal score, hot or cold beyond 1.645, 1.96 and 2.576 (90, 95 and 99 %).
-- Paper: hot in the south-west, cold in the north and on the east coast; "cold spots correspond to
-- a low Gini coefficient".
-- Where the paper is wrong: a hot spot is not a surplus, only a smaller deficit than elsewhere
-- (compare cnc_tgco2), and it is mostly a cold spot of emissions (ce_hot_spot). Whether cold spots
-- have low Gini coefficients can be read from province_gini_weighted. The scores of neighbours
-- share their values, so that the bands are not those of independent tests.
with

clusters as (

    select * from {{ ref('fct_city_clusters') }}

),

inequalities as (

    select * from {{ ref('fct_inequalities') }}

),

final as (

    select
        clusters.city_id,
        clusters.city_name,
        clusters.province_name,
        clusters.period,
        clusters.value_tgco2 as cnc_tgco2,
        clusters.gi_star_z,
        clusters.hot_spot,
        ce_clusters.gi_star_z as ce_gi_star_z,
        ce_clusters.hot_spot as ce_hot_spot,
        inequalities.gini_weighted as province_gini_weighted

    from clusters

    inner join clusters as ce_clusters
        on clusters.city_id = ce_clusters.city_id
        and clusters.period = ce_clusters.period
        and ce_clusters.indicator = 'CE'

    left join inequalities
        on clusters.province_id = inequalities.province_id
        and clusters.period = inequalities.period
        and inequalities.indicator = 'CNC'

    where clusters.indicator = 'CNC'
        and clusters.is_period_mean

)

select * from final
order by gi_star_z desc nulls last, city_id asc
