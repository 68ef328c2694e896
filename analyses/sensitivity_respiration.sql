-- Sensitivity: what do the time base of eq. 3 and cells without NPP do to NEP, place by place?
-- Grain: one row per nation, region or province. Unit: Tg CO2 per year, mean of the study years.
-- Paper: one figure for each, without a word on the time base of T and R or on cells without NPP.
-- Where the paper is wrong: its unit (kg m-2 yr-1) fits neither base; annual T and R as printed
-- give a tenth of the respiration, times twelve months another figure than monthly values. NPP
-- counted as zero on barren land with respiration there moves NEP by more than NEP itself.
with

sensitivities as (

    select * from {{ ref('fct_budget_sensitivities') }}

),

final as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        {% for time_base in rh_time_bases() -%}
        {%- for policy in npp_gap_policies() -%}
        max(nep_tgco2) filter (
            where rh_time_base = '{{ time_base }}' and npp_gap_policy = '{{ policy }}'
        ) as nep_{{ time_base }}_{{ policy }}_tgco2,
        {% endfor -%}
        {%- endfor -%}
        nep_annual_x12_valid_tgco2 - nep_monthly_valid_tgco2 as annual_less_monthly_tgco2,
        nep_monthly_barren_as_zero_tgco2 - nep_monthly_valid_tgco2 as barren_less_valid_tgco2

    from sensitivities

    where sink_unit_booking = 'co2'

    group by entity_level, entity_id

)

select * from final
order by entity_level, entity_id
