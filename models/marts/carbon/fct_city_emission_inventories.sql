-- Emissions of each city by every inventory. Grain: one row per city_id, year, inventory.
-- Tables and grids side by side, with their spread; budgets are drawn up with the headline.
with

emissions as (

    select * from {{ ref('int_emissions_assigned') }}

),

cities as (

    select * from {{ ref('dim_cities') }}

),

by_inventory as (

    select
        city_id,
        year,
        source_id as inventory,
        min(inventory_kind) as inventory_kind,
        bool_or(is_headline) as is_headline,
        sum(ce_tgco2) as ce_tgco2,
        {{ safe_ratio('sum(shared_ce_tgco2)', 'sum(ce_tgco2)') }} as shared_ratio,
        min(known_ratio) as known_ratio

    from emissions

    where city_id is not null

    group by city_id, year, source_id

),

spread as (

    select
        *,
        count(ce_tgco2) over same_place as inventory_count,
        min(ce_tgco2) over same_place as low_tgco2,
        max(ce_tgco2) over same_place as high_tgco2,
        avg(ce_tgco2) over same_place as mean_tgco2

    from by_inventory

    window same_place as (partition by city_id, year)

),

final as (

    select
        spread.city_id,
        cities.city_name,
        cities.province_id,
        spread.year,
        spread.inventory,
        spread.inventory_kind,
        spread.is_headline,
        spread.ce_tgco2,
        spread.shared_ratio,
        spread.known_ratio,
        spread.inventory_count,
        spread.low_tgco2,
        spread.high_tgco2,
        case
            when spread.inventory_count > 1
                then {{ safe_ratio(
                    '(spread.high_tgco2 - spread.low_tgco2) / 2', 'spread.mean_tgco2'
                ) }}
        end as spread_ratio

    from spread

    inner join cities
        on spread.city_id = cities.city_id

)

select * from final
