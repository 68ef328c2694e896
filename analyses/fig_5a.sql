-- Fig. 5a: do cities of like carbon neutral capacity lie together, and where?
-- Grain: one row per city in the study; the mean of the study years. Units: Tg CO2 per year, 1.
-- Paper: Moran's I = 0.315 with p = 0 for 353 cities; HH in the south-west, LL in the north and on
-- the east coast, all of Jiangsu LL, Lanzhou the only low among high in the north-west.
-- Where the paper is wrong: p is never 0 (p < 0.001); its formula divides by the variance twice if
-- read as printed; it does not say what weights it used nor what became of islands (here queen
-- contiguity, row-standardised, the island policy of the vars). High CNC is a small deficit, and
-- the map of CNC is nearly that of CE turned over: compare morans_i with ce_morans_i.
with

clusters as (

    select * from {{ ref('fct_city_clusters') }}

),

autocorrelations as (

    select * from {{ ref('fct_spatial_autocorrelations') }}

),

headline as (

    select * from autocorrelations

    where is_headline
        and is_period_mean

),

final as (

    select
        clusters.city_id,
        clusters.city_name,
        clusters.province_name,
        clusters.period,
        clusters.value_tgco2 as cnc_tgco2,
        clusters.local_i,
        clusters.p_sim as local_p_sim,
        clusters.p_fdr as local_p_fdr,
        clusters.cluster_type,
        ce_clusters.cluster_type as ce_cluster_type,
        cnc.morans_i,
        cnc.z_norm,
        cnc.p_norm,
        cnc.p_sim,
        ce.morans_i as ce_morans_i,
        ecs.morans_i as ecs_morans_i

    from clusters

    inner join clusters as ce_clusters
        on clusters.city_id = ce_clusters.city_id
        and clusters.period = ce_clusters.period
        and ce_clusters.indicator = 'CE'

    inner join headline as cnc
        on clusters.period = cnc.period
        and cnc.indicator = 'CNC'

    inner join headline as ce
        on clusters.period = ce.period
        and ce.indicator = 'CE'

    inner join headline as ecs
        on clusters.period = ecs.period
        and ecs.indicator = 'ECS'

    where clusters.indicator = 'CNC'
        and clusters.is_period_mean

)

select * from final
order by city_id
