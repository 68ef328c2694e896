-- Table 1: by how much do the two emission inventories of the paper differ?
-- Grain: one row per period: the years shown, those years pooled, and the mean of 1997-2017.
-- Unit: 1, relative to the IPCC column unless the name says otherwise.
-- Paper: the error is "only 5 %".
-- Where the paper is wrong: 5.00 % is the mean absolute error of 21-year means, in which errors of
-- opposite sign cancel; by year it is 20.3 % (1997), 7.9 % (2010) and 8.0 % (2017). The column
-- named IPCC is itself a CEADs inventory, with cement, so that the two are not independent. The
-- mean is of 21 years, not of the three shown. ce_mean_absolute_error_ratio holds the warehouse's
-- own CE against the CEADs column.
with

comparisons as (

    select * from {{ ref('fct_emission_inventory_comparisons') }}

),

pooled as (

    select * from comparisons

    union all by name

    select * replace ('years pooled' as period)
    from comparisons
    where period != 'mean'

),

final as (

    select
        period,
        count(*) as row_count,
        avg(abs(relative_error_ratio)) as mean_absolute_error_ratio,
        avg(relative_error_ratio) as mean_error_ratio,
        avg(abs(ceads_tgco2 - ipcc_tgco2) / ceads_tgco2) as mean_absolute_error_of_ceads_ratio,
        sum(abs(ceads_tgco2 - ipcc_tgco2)) / sum(ipcc_tgco2) as weighted_absolute_error_ratio,
        sum(ceads_tgco2) / sum(ipcc_tgco2) - 1 as national_error_ratio,
        max(abs(relative_error_ratio)) as largest_absolute_error_ratio,
        arg_max(province_name, abs(relative_error_ratio)) as worst_province_name,
        count(*) filter (where abs(relative_error_ratio) > 0.1) as above_10_percent_count,
        avg(abs(ce_to_ceads_error_ratio)) as ce_mean_absolute_error_ratio

    from pooled

    group by period

)

select * from final
order by period
