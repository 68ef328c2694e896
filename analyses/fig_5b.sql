-- Fig. 5b: how unequal are the cities of a province in their carbon neutral capacity?
-- Grain: one row per province in the study; the mean of the study years. Unit: 1.
-- Paper: Qinghai 0.53, Hubei 0.47, Sichuan 0.46, Gansu 0.45, Heilongjiang 0.44, Xinjiang 0.40 are
-- the very large gaps; municipalities are 0.
-- Where the paper is wrong: eq. 16 as printed adds G1 and G2 and can exceed 1 (gini_eq16), which
-- its five classes cannot hold; the headline weights them by the shares of the cities. Eqs 15-16
-- print F2(1 - F1) for F2(1 - F2), eq. 12 has its limits reversed. One city has no inequality:
-- NULL, not 0. Neither form sees the gap between surplus and deficit cities; gini_rsv does.
with

inequalities as (

    select * from {{ ref('fct_inequalities') }}

),

period_means as (

    select * from inequalities
    where is_period_mean

),

final as (

    select
        cnc.province_id,
        cnc.province_name,
        cnc.period,
        cnc.gini_weighted,
        cnc.polarisation,
        cnc.gini_eq16,
        cnc.gini_rsv,
        ce.gini_weighted as ce_gini_weighted,
        cnc.city_count,
        cnc.missing_city_count,
        cnc.null_reason

    from period_means as cnc

    inner join period_means as ce
        on cnc.province_id = ce.province_id
        and cnc.period = ce.period
        and ce.indicator = 'CE'

    where cnc.indicator = 'CNC'

)

select * from final
order by gini_weighted desc nulls last, province_id asc
