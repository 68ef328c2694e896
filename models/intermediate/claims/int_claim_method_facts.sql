-- Figures of inventories and of the method that the paper states. Grain: one row per fact_key.
with

inventory_comparisons as (

    select * from {{ ref('fct_emission_inventory_comparisons') }}

),

fuel_factors as (

    select * from {{ ref('ref_fuel_factors') }}

),

forecast_samples as (

    select * from {{ ref('int_forecast_samples_listed') }}

),

inventories as (

    select
        province_id,
        period,
        'ce' as inventory,
        ce_tgco2 as value_tgco2,
        ['emissions'] as evidences

    from inventory_comparisons

    union all

    select
        province_id,
        period,
        'eq1' as inventory,
        eq1_tgco2 as value_tgco2,
        ['energy_balances'] as evidences

    from inventory_comparisons

),

facts as (

    select
        {{ fact(
            "'table_1/' || inventory || '/' || province_id || '/' || period", 'value_tgco2',
            'tgco2', 'evidences'
        ) }}
    from inventories

    union all

    select
        {{ fact(
            "'table_1/' || inventory || '/total/' || period",
            'case when count(value_tgco2) = count(*) then sum(value_tgco2) end', 'tgco2',
            'any_value(evidences)'
        ) }}
    from inventories
    group by inventory, period

    union all

    -- Both columns are the paper's own: this needs no data.
    select
        {{ fact(
            "'table_1/mean_error_ratio'", 'avg(abs(relative_error_ratio))', 'ratio',
            '[]'
        ) }}
    from inventory_comparisons
    where period = 'mean'

    union all

    select
        {{ fact("'count/fuels'", 'count(distinct fuel)', 'number', '[]') }}
    from fuel_factors
    where factor_set = 'ipcc2006'

    union all

    select
        {{ fact("'count/bp_features'", 'max(len(bp_known[1]))', 'number', ['drivers']) }}
    from forecast_samples

    union all

    select
        {{ text_fact(
            "'text/rh_constants'",
            "'" ~ [
                var('rh_daily_scale_gc_m2'), var('rh_temperature_coefficient'),
                var('rh_precipitation_coefficient'), var('rh_days_per_month'),
                var('rh_heterotrophic_ratio')
            ] | join(';') ~ "'",
            '[]'
        ) }}

    union all

    select
        {{ text_fact(
            "'text/bp_hidden'", "'[" ~ var('bp_hidden') | join(' ') ~ "]'", '[]'
        ) }}

    union all

    select
        {{ fact(
            "'var/slope_significant_decrease'", var('slope_significant_decrease_tgco2_yr'),
            'number', '[]'
        ) }}

    union all

    select
        {{ fact(
            "'var/slope_sharp_decrease'", var('slope_sharp_decrease_tgco2_yr'), 'number', '[]'
        ) }}

),

final as (

    select * from facts

)

select * from final
