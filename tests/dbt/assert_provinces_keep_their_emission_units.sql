-- A province has as many emission units with a value in every study year (a warning).
-- Fails with one row per province_id, year that has fewer than the best year: its CE is then the
-- sum of fewer units, and a smaller deficit may be nothing but a gap in the supply.
{{ config(severity='warn') }}
with

emissions as (

    select * from {{ ref('int_emissions_assigned') }}

    where is_headline

),

years as (

    select * from {{ ref('int_years_spanned') }}

),

unit_counts as (

    select
        emissions.province_id,
        emissions.year,
        count(emissions.ce_tgco2) as unit_count

    from emissions

    inner join years
        on emissions.year = years.year

    group by emissions.province_id, emissions.year

),

final as (

    select
        *,
        max(unit_count) over (partition by province_id) as largest_unit_count

    from unit_counts

    qualify unit_count < max(unit_count) over (partition by province_id)

)

select * from final
