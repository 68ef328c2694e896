-- Figs. 6c and 6d: how does the capacity of China compare, and who emits more, absorbs more?
-- Grain: one row per country and year. Unit: Tg CO2 per year.
-- Paper: the capacity of China falls far faster than that of the United States, Japan and Russia
-- (6c); its sink is the lowest but for Japan's (6d).
-- Where the paper is wrong: it does not say where the sinks of the other countries come from, so
-- that nothing but China's own can be computed. Other countries have a row here once a table of
-- the catalogue gives their sinks (indicator sinks.ecs).
with

country_comparisons as (

    select * from {{ ref('fct_country_comparisons') }}

),

final as (

    select
        country_code,
        country_name,
        year,
        ce_tgco2,
        ecs_tgco2,
        cnc_tgco2,
        {{ absorbed_ratio('ecs_tgco2', 'ce_tgco2') }} as absorbed_ratio,
        regr_slope(cnc_tgco2, year) over (partition by country_code) as cnc_slope_tgco2_yr

    from country_comparisons

    where cnc_tgco2 is not null

)

select * from final
order by country_code, year
