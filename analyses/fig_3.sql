-- Fig. 3: how large is the deficit of each economic region, and what makes it up?
-- Grain: one row per region. Unit: Tg CO2 per year, mean of the study years; deficit_tgco2 = -CNC.
-- Paper: deficit of 1.11 Pg in the Middle Yellow River; 0.07 to 0.52 Pg in the coastal provinces;
-- fluxes of 8.78 (Shanghai) and 27.16 t km-2 (Tianjin).
-- Where the paper is wrong: its sign is turned (positive is a deficit); the two fluxes are swapped
-- and a thousand times too small; mean CE of Beijing alone is 0.064 Pg.
with

region_budgets as (

    select * from {{ ref('fct_region_carbon_budgets') }}

),

uncertainties as (

    select * from {{ ref('fct_budget_uncertainties') }}

),

means as (

    select
        region_id,
        min(region_name) as region_name,
        min(area_km2) as area_km2,
        {{ complete_mean('ce_tgco2') }} as ce_tgco2,
        {{ complete_mean('nep_tgco2') }} as nep_tgco2,
        {{ complete_mean('rcs_tgco2') }} as rcs_tgco2,
        {{ complete_mean('ecs_tgco2') }} as ecs_tgco2,
        -{{ complete_mean('cnc_tgco2') }} as deficit_tgco2

    from region_budgets

    where {{ is_study_year() }}

    group by region_id

),

final as (

    select
        means.*,
        {{ flux_ktco2_km2('means.deficit_tgco2', 'means.area_km2') }} as deficit_ktco2_km2,
        {{ absorbed_ratio('means.ecs_tgco2', 'means.ce_tgco2') }} as absorbed_ratio,
        means.deficit_tgco2 / sum(means.deficit_tgco2) over () as share_of_deficit_ratio,
        uncertainties.relative_ratio as deficit_uncertainty_ratio

    from means

    left join uncertainties
        on means.region_id = uncertainties.entity_id
        and uncertainties.entity_level = 'region'
        and uncertainties.indicator = 'CNC'

)

select * from final
order by deficit_tgco2 desc
