-- Sensitivity: which reading of the method comes nearest to each figure of the paper?
-- Grain: one row per printed figure and reading. Unit: that of the figure.
-- Paper: NEP 610 Tg, CNC -5630 Tg, RCS 10 Tg C, 28 cities in surplus, NEP of three provinces.
-- A count of cities has its 95 % interval under the uncertainty model beside it.
-- Where the paper is wrong: time base, gaps of NPP and unit are not stated; on real fields they
-- move the result far more than any data set, and no reading gives all figures. rank_in_figure 1
-- is the nearest, and that is no reason to choose it.
with

sensitivities as (

    select * from {{ ref('fct_budget_sensitivities') }}

),

paper_claims as (

    select * from {{ ref('fct_paper_claims') }}

),

readings as (

    select
        *,
        'mean/' || entity_level || '/' || entity_id as mean_key,
        unnest([
            mean_key || '/NEP',
            mean_key || '/RCS',
            mean_key || '/CNC',
            mean_key || '/deficit',
            mean_key || '/unabsorbed_ratio',
            case
                when entity_level = 'nation' then 'count/surplus_cities'
                else 'surplus_city_count/' || entity_level || '/' || entity_id
            end
        ]) as fact_key,
        unnest([
            nep_tgco2,
            rcs_tgco2,
            cnc_tgco2,
            -cnc_tgco2,
            1 - absorbed_ratio,
            cast(surplus_city_count as double)
        ]) as figure,
        unnest(['tgco2', 'tgco2', 'tgco2', 'tgco2', 'ratio', 'number']) as figure_unit

    from sensitivities

),

final as (

    select
        paper_claims.claim_id,
        paper_claims.entity,
        paper_claims.quantity,
        paper_claims.unit,
        paper_claims.paper_value,
        readings.rh_time_base,
        readings.npp_gap_policy,
        readings.sink_unit_booking,
        readings.is_headline,
        {{ in_paper_unit('readings.figure', 'readings.figure_unit', 'paper_claims.unit') }}
            as reading_value,
        reading_value / nullif(paper_claims.paper_value, 0) as reading_to_paper_ratio,
        case when readings.figure_unit = 'number' then readings.surplus_city_count_low end
            as surplus_city_count_low,
        case when readings.figure_unit = 'number' then readings.surplus_city_count_high end
            as surplus_city_count_high,
        row_number() over (
            partition by paper_claims.claim_id
            order by abs(reading_value - paper_claims.paper_value), readings.is_headline desc
        ) as rank_in_figure

    from paper_claims

    inner join readings
        on paper_claims.fact_key = readings.fact_key

    where paper_claims.paper_value is not null
        and readings.figure is not null

)

select * from final
order by claim_id, rank_in_figure
