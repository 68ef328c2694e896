-- Figures of trends, clusters and inequality that the paper states. Grain: one row per fact_key.
-- Of CNC over the study years; clusters under the headline island policy.
with

trends as (

    select * from {{ ref('fct_trends') }}

),

mutation_points as (

    select * from {{ ref('fct_mutation_points') }}

),

spatial_autocorrelations as (

    select * from {{ ref('fct_spatial_autocorrelations') }}

),

city_clusters as (

    select * from {{ ref('fct_city_clusters') }}

),

inequalities as (

    select * from {{ ref('fct_inequalities') }}

),

province_trends as (

    select *

    from trends

    where entity_level = 'province'
        and indicator = 'CNC'
        and in_study

),

-- The first crossing stands for the province, valid or not: the paper's lie outside the lines too.
province_mutations as (

    select
        entity_id,
        min(entity_name) as entity_name,
        min(crossing_year) as crossing_year

    from mutation_points

    where entity_level = 'province'
        and indicator = 'CNC'
        and in_study

    group by entity_id

),

mean_clusters as (

    select *

    from city_clusters

    where indicator = 'CNC'
        and is_period_mean

),

facts as (

    select
        {{ text_fact("'grade/province/' || entity_id", 'slope_grade', indicator_evidences('CNC')) }}
    from province_trends

    union all

    select
        {{ fact(
            "'hurst_min/slight_decrease'", 'min(hurst_raw)', 'number', indicator_evidences('CNC')
        ) }}
    from province_trends
    where slope_grade = 'slight decrease'

    union all

    select
        {{ fact(
            "'mutation_mean/province/CNC'", 'avg(crossing_year)', 'number',
            indicator_evidences('CNC')
        ) }}
    from province_mutations

    union all

    select
        {{ fact(
            "'mutation_mean/early_provinces'", 'avg(crossing_year)', 'number',
            indicator_evidences('CNC')
        ) }}
    from province_mutations
    where entity_name in ('Beijing', 'Inner Mongolia', 'Qinghai')

    union all

    select
        {{ fact(
            "'mutation_delay/Hainan'",
            "max(crossing_year) filter (where entity_name = 'Hainan') - avg(crossing_year)",
            'number', indicator_evidences('CNC')
        ) }}
    from province_mutations

    union all

    select
        {{ fact("'moran/CNC'", 'morans_i', 'number', indicator_evidences('CNC')) }}
    from spatial_autocorrelations
    where indicator = 'CNC' and is_period_mean and is_headline

    union all

    select
        {{ fact("'moran_p/CNC'", 'p_sim', 'number', indicator_evidences('CNC')) }}
    from spatial_autocorrelations
    where indicator = 'CNC' and is_period_mean and is_headline

    union all

    select
        {{ text_fact("'cluster/city/' || city_id", 'cluster_type', indicator_evidences('CNC')) }}
    from mean_clusters

    union all

    select
        {{ text_fact(
            "'clusters/province/' || province_id",
            "case when count(distinct cluster_type) = 1 then min(cluster_type) || ' (all cities)' "
            ~ "else count(*) filter (where cluster_type = 'LL') || ' of ' || count(*) || ' LL' end",
            indicator_evidences('CNC')
        ) }}
    from mean_clusters
    where cluster_type is not null
    group by province_id

    union all

    select
        {{ fact(
            "'gini/province/' || province_id", 'gini_weighted', 'number',
            indicator_evidences('CNC')
        ) }}
    from inequalities
    where indicator = 'CNC' and is_period_mean

),

final as (

    select * from facts

)

select * from final
