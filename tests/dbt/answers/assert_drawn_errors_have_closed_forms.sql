-- Drawn errors spread as their components say: a share of the nation's term where all share it, the
-- quadratic form of the correlations where neighbours do, and nothing where a sum is kept.
-- Fails with one row per component that is off by more than four standard errors of the draws, or
-- is missing on one side: where nothing emits in the study years, nothing of CE is drawn.
with

components as (

    select * from {{ ref('ref_uncertainty_components') }}

),

spreads as (

    select * from {{ ref('int_entity_components_spread') }}

    where entity_level = 'nation'

),

units as (

    select * from {{ ref('int_unit_terms_averaged') }}

),

sums as (

    select
        sum(ce_tgco2) as ce_tgco2,
        sum(npp_tgco2) as npp_tgco2,
        sum(rh_{{ headline_choice() }}_tgco2) as rh_tgco2,
        sum(rcs_tgco2) as rcs_tgco2

    from units

),

shared as (

    select
        components.component,
        components.relative_ratio * case components.measure
            when 'CE' then sums.ce_tgco2
            when 'NPP' then sums.npp_tgco2
            when 'RH' then sums.rh_tgco2
            when 'RCS' then sums.rcs_tgco2
        end as sigma_tgco2

    from components

    cross join sums

    where components.component in (
            'ce_national_inventory', 'npp_product', 'rh_daily_scale', 'rh_heterotrophic_share',
            'runoff'
        )

),

pairs as (

    select
        here.npp_tgco2 * there.npp_tgco2 as npp_product,
        here.rh_{{ headline_choice() }}_tgco2 * there.rh_{{ headline_choice() }}_tgco2
            as rh_product,
        2 * 6371.0088 * asin(sqrt(least(1, greatest(
            0,
            pow(sin(radians(there.latitude - here.latitude) / 2), 2)
            + cos(radians(here.latitude)) * cos(radians(there.latitude))
            * pow(sin(radians(there.longitude - here.longitude) / 2), 2)
        )))) as distance_km

    from units as here

    inner join units as there
        on here.city_id is not null
        and there.city_id is not null

),

neighbouring as (

    select
        components.component,
        components.relative_ratio * sqrt(sum(
            case components.measure when 'NPP' then pairs.npp_product else pairs.rh_product end
            * exp(-pairs.distance_km / components.length_km)
        )) as sigma_tgco2

    from components

    cross join pairs

    where components.scope = 'neighbourhood'

    group by components.component, components.relative_ratio

),

kept as (

    select
        'ce_city_allocation' as component,
        0 * ce_tgco2 as sigma_tgco2

    from sums

),

expected as (

    select * from shared

    union all

    select * from neighbouring

    union all

    select * from kept

),

final as (

    select
        expected.component,
        expected.sigma_tgco2,
        spreads.sigma_tgco2 as drawn_sigma_tgco2

    from expected

    left join spreads
        on expected.component = spreads.component

    cross join sums

    where (spreads.sigma_tgco2 is null) != (expected.sigma_tgco2 is null)
        or abs(spreads.sigma_tgco2 - expected.sigma_tgco2)
        > 4 / sqrt(2 * {{ var('monte_carlo_draws') }}) * expected.sigma_tgco2 + 1e-6 * sums.ce_tgco2

)

select * from final
