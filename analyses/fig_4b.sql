-- Fig. 4b: which provinces lose carbon neutral capacity fastest, and is it their emissions?
-- Grain: one row per province in the study, the steepest decrease first.
-- Units: slopes in Tg CO2 per year per year, p two-sided; grades at 0, -10 and -20.
-- Paper: sharp are Shandong, Jiangsu, Hebei, Inner Mongolia, Henan; significant are Guangdong,
-- Liaoning, Zhejiang, Xinjiang, Shanxi; ECS changes by -0.13 to 3.50; the four municipalities have
-- "a slight upward trend".
-- Where the paper is wrong: all four municipalities decline; with a bound at -10 at least Anhui,
-- Sichuan and Hunan are significant too (its list fits a bound near -15); "> -20" means < -20; and
-- NPP is spliced of two products in 2000, so that the slope of ECS is shown without the splice too.
with

trends as (

    select * from {{ ref('fct_trends') }}

),

provinces as (

    select * from trends

    where entity_level = 'province'
        and in_study

),

final as (

    select
        cnc.entity_id as province_id,
        cnc.entity_name as province_name,
        cnc.slope_tgco2_yr as cnc_slope_tgco2_yr,
        cnc.slope_grade,
        cnc.mk_p_value as cnc_mk_p_value,
        cnc.sen_slope_tgco2_yr as cnc_sen_slope_tgco2_yr,
        ce.slope_tgco2_yr as ce_slope_tgco2_yr,
        ecs.slope_tgco2_yr as ecs_slope_tgco2_yr,
        ecs.mk_p_value as ecs_mk_p_value,
        ecs.unspliced_slope_tgco2_yr as ecs_unspliced_slope_tgco2_yr,
        ecs.unspliced_mk_p_value as ecs_unspliced_mk_p_value

    from provinces as cnc

    inner join provinces as ce
        on cnc.entity_id = ce.entity_id
        and ce.indicator = 'CE'

    inner join provinces as ecs
        on cnc.entity_id = ecs.entity_id
        and ecs.indicator = 'ECS'

    where cnc.indicator = 'CNC'

)

select * from final
order by cnc_slope_tgco2_yr nulls last, province_id
