-- What if: who would be neutral if emissions were cut by a share and the sinks were scaled?
-- Grain: one row per province. Unit: Tg CO2 per year.
-- Paper: none; it asks for measures without saying what they would have to bring.
-- Where the paper is wrong: nothing to check here; its measures come without numbers.
-- Here emissions of the last year are cut by half and the sinks grow by a tenth: change both
-- numbers.
with

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

final as (

    select
        province_id,
        province_name,
        year,
        ce_tgco2 * (1 - 0.5) as ce_tgco2,
        ecs_tgco2 * 1.1 as ecs_tgco2,
        {{ cnc('ecs_tgco2 * 1.1', 'ce_tgco2 * (1 - 0.5)') }} as cnc_tgco2,
        {{ carbon_state(cnc('ecs_tgco2 * 1.1', 'ce_tgco2 * (1 - 0.5)')) }} as carbon_state,
        -- The cut that would bring the balance to zero with these sinks.
        1 - {{ safe_ratio('ecs_tgco2 * 1.1', 'ce_tgco2') }} as ce_cut_ratio

    from province_budgets

    where ce_tgco2 is not null

    qualify year = max(year) over ()

)

select * from final
order by ce_cut_ratio
