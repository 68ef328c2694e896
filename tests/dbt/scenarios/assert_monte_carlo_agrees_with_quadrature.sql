-- Drawn errors spread the nation's CNC as quadrature says, within the error of sampling.
-- Here factors are drawn, not sums of errors: NPP and RH by their ratio, the weathering coefficient
-- between its bounds times a factor for runoff, emissions by province.
-- Fails with the one row if the standard deviation of the draws is off by more than four of its own
-- standard errors, 4 / sqrt(2 n).
{%- set draw_count = 2000 %}
with

errors as (

    select * from {{ ref('int_city_errors_termed') }}

),

city_means as (

    select * from {{ ref('int_city_choices_averaged') }}

),

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

uncertainties as (

    select * from {{ ref('fct_budget_uncertainties') }}

),

ratios as (

    select
        max(relative_ratio) filter (where component = 'net_primary_production') as npp_ratio,
        max(relative_ratio) filter (where component = 'heterotrophic_respiration') as rh_ratio,
        max(relative_ratio) filter (where component = 'runoff') as runoff_ratio,
        max(relative_ratio) filter (where component = 'emission_inventory') as ce_ratio

    from components

),

sink_sums as (

    select
        sum(npp_tgco2) as npp_tgco2,
        sum(rh_tgco2) as rh_tgco2,
        sum(rcs_tgco2) as rcs_tgco2,
        sum(rcs_low_tgco2) as rcs_low_tgco2,
        sum(rcs_high_tgco2) as rcs_high_tgco2

    from city_means

    where is_headline

),

province_sums as (

    select
        province_id,
        sum(sigma_tgco2) as sigma_tgco2

    from errors

    where is_headline
        and component = 'emission_inventory'

    group by province_id

),

draws as (

    select unnest(range(1, {{ draw_count }} + 1)) as draw

),

zonal_variances as (

    select coalesce(sqrt(sum(sigma_tgco2 * sigma_tgco2)), 0) as sigma_tgco2

    from errors

    where is_headline
        and scope = 'city'

),

ce_draws as (

    select
        draws.draw,
        sum(
            province_sums.sigma_tgco2
            * {{ normal_draw("concat_ws('/', 'ce', province_sums.province_id, draws.draw)") }}
        ) as ce_error_tgco2

    from draws

    cross join province_sums

    group by draws.draw

),

cnc_draws as (

    select
        draws.draw,
        sink_sums.npp_tgco2
        * (1 + ratios.npp_ratio * {{ normal_draw("concat_ws('/', 'npp', draws.draw)") }})
        - sink_sums.rh_tgco2
        * (1 + ratios.rh_ratio * {{ normal_draw("concat_ws('/', 'rh', draws.draw)") }})
        + (
            sink_sums.rcs_low_tgco2
            + (sink_sums.rcs_high_tgco2 - sink_sums.rcs_low_tgco2)
            * {{ uniform_draw("concat_ws('/', 'a', draws.draw)") }}
        )
        * (1 + ratios.runoff_ratio * {{ normal_draw("concat_ws('/', 'q', draws.draw)") }})
        + zonal_variances.sigma_tgco2 * {{ normal_draw("concat_ws('/', 'zones', draws.draw)") }}
        - ce_draws.ce_error_tgco2 as cnc_tgco2

    from draws

    inner join ce_draws
        on draws.draw = ce_draws.draw

    cross join sink_sums

    cross join ratios

    cross join zonal_variances

),

spreads as (

    select stddev_samp(cnc_tgco2) as drawn_sigma_tgco2
    from cnc_draws

),

final as (

    select
        uncertainties.sigma_tgco2,
        spreads.drawn_sigma_tgco2

    from uncertainties

    cross join spreads

    where uncertainties.entity_level = 'nation'
        and uncertainties.indicator = 'CNC'
        and (
            spreads.drawn_sigma_tgco2 is null
            or abs(spreads.drawn_sigma_tgco2 / uncertainties.sigma_tgco2 - 1)
            > 4 / sqrt(2 * {{ draw_count }})
        )

)

select * from final
