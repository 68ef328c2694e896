-- Budgets of places in every scenario, by the headline model. Grain: scenario, entity_level,
-- entity_id, year. A province has its own forecast, or the nation's by its share of emissions in
-- the base year; a city has its province's by its share. A place's band is, relatively, the
-- nation's, and the standard uncertainty of its sinks that of the study's mean.
with

emissions as (

    select * from {{ ref('int_scenario_emissions_banded') }}

),

models as (

    select * from {{ ref('int_forecast_models_ranked') }}

),

forecasts as (

    select * from {{ ref('int_forecasts_answered') }}

),

city_budgets as (

    select * from {{ ref('fct_city_carbon_budgets') }}

),

province_budgets as (

    select * from {{ ref('fct_province_carbon_budgets') }}

),

national_budgets as (

    select * from {{ ref('fct_national_carbon_budgets') }}

),

city_sinks as (

    select * from {{ ref('int_city_sinks_computed') }}

),

uncertainties as (

    select * from {{ ref('fct_budget_uncertainties') }}

),

headline as (

    select emissions.*

    from emissions

    inner join models
        on emissions.model = models.model

    where models.is_headline

),

-- Provinces that were forecast by themselves.
own_forecasts as (

    select
        forecasts.path as scenario,
        forecasts.year,
        forecasts.entity_id as province_id,
        forecasts.ce_tgco2

    from forecasts

    inner join models
        on forecasts.model = models.model

    where models.is_headline
        and forecasts.entity_level = 'province'

),

province_shares as (

    select
        headline.scenario,
        headline.year,
        headline.model,
        headline.base_year,
        province_budgets.province_id,
        province_budgets.region_id,
        province_budgets.ce_tgco2 as base_ce_tgco2,
        {{ safe_ratio('province_budgets.ce_tgco2', 'national_budgets.ce_tgco2') }}
            as ce_share_ratio,
        case
            when own_forecasts.ce_tgco2 is not null then 'own drivers'
            else 'share of the nation'
        end as ce_basis,
        coalesce(
            own_forecasts.ce_tgco2,
            headline.ce_tgco2
            * {{ safe_ratio('province_budgets.ce_tgco2', 'national_budgets.ce_tgco2') }}
        ) as ce_tgco2,
        headline.ce_low_tgco2 / headline.ce_tgco2 as low_ratio,
        headline.ce_high_tgco2 / headline.ce_tgco2 as high_ratio

    from headline

    inner join national_budgets
        on headline.base_year = national_budgets.year

    inner join province_budgets
        on headline.base_year = province_budgets.year

    left join own_forecasts
        on headline.scenario = own_forecasts.scenario
        and headline.year = own_forecasts.year
        and province_budgets.province_id = own_forecasts.province_id

),

cities as (

    select
        province_shares.scenario,
        province_shares.year,
        province_shares.model,
        province_shares.base_year,
        city_budgets.city_id,
        city_budgets.province_id,
        city_budgets.region_id,
        city_budgets.in_study,
        {{ safe_ratio('city_budgets.ce_tgco2', 'province_shares.base_ce_tgco2') }}
            as ce_share_ratio,
        province_shares.ce_basis,
        province_shares.ce_tgco2
        * {{ safe_ratio('city_budgets.ce_tgco2', 'province_shares.base_ce_tgco2') }} as ce_tgco2,
        province_shares.low_ratio,
        province_shares.high_ratio,
        {{ nep('city_sinks.npp_tgco2', 'city_sinks.rh_tgco2') }} as nep_tgco2,
        city_sinks.rcs_tgco2

    from province_shares

    inner join city_budgets
        on province_shares.province_id = city_budgets.province_id
        and province_shares.base_year = city_budgets.year

    left join city_sinks
        on province_shares.scenario = city_sinks.collection
        and province_shares.year = city_sinks.year
        and city_budgets.city_id = city_sinks.city_id
        and {{ is_headline('city_sinks.rh_time_base', 'city_sinks.npp_gap_policy') }}

),

province_sinks as (

    select
        scenario,
        year,
        province_id,
        sum(nep_tgco2) as nep_tgco2,
        sum(rcs_tgco2) as rcs_tgco2

    from cities

    where in_study

    group by scenario, year, province_id

),

provinces as (

    select
        province_shares.*,
        province_sinks.nep_tgco2,
        province_sinks.rcs_tgco2

    from province_shares

    left join province_sinks
        on province_shares.scenario = province_sinks.scenario
        and province_shares.year = province_sinks.year
        and province_shares.province_id = province_sinks.province_id

),

stacked as (

    select
        'city' as entity_level,
        city_id as entity_id,
        scenario,
        year,
        model,
        base_year,
        ce_share_ratio,
        ce_basis,
        ce_tgco2,
        low_ratio,
        high_ratio,
        nep_tgco2,
        rcs_tgco2

    from cities

    union all

    select
        'province' as entity_level,
        province_id as entity_id,
        scenario,
        year,
        model,
        base_year,
        ce_share_ratio,
        ce_basis,
        ce_tgco2,
        low_ratio,
        high_ratio,
        nep_tgco2,
        rcs_tgco2

    from provinces

    union all

    select
        'region' as entity_level,
        region_id as entity_id,
        scenario,
        year,
        any_value(model) as model,
        any_value(base_year) as base_year,
        sum(ce_share_ratio) as ce_share_ratio,
        any_value(ce_basis) as ce_basis,
        sum(ce_tgco2) as ce_tgco2,
        any_value(low_ratio) as low_ratio,
        any_value(high_ratio) as high_ratio,
        sum(nep_tgco2) as nep_tgco2,
        sum(rcs_tgco2) as rcs_tgco2

    from provinces

    where region_id is not null

    group by region_id, scenario, year

    union all

    select
        'nation' as entity_level,
        '{{ var("nation_id") }}' as entity_id,
        scenario,
        year,
        any_value(model) as model,
        any_value(base_year) as base_year,
        sum(ce_share_ratio) as ce_share_ratio,
        any_value(ce_basis) as ce_basis,
        sum(ce_tgco2) as ce_tgco2,
        any_value(low_ratio) as low_ratio,
        any_value(high_ratio) as high_ratio,
        sum(nep_tgco2) as nep_tgco2,
        sum(rcs_tgco2) as rcs_tgco2

    from provinces

    group by scenario, year

),

balanced as (

    select
        stacked.*,
        {{ ecs('stacked.nep_tgco2', 'stacked.rcs_tgco2') }} as ecs_tgco2,
        uncertainties.sigma_tgco2 as ecs_sigma_tgco2

    from stacked

    left join uncertainties
        on stacked.entity_level = uncertainties.entity_level
        and stacked.entity_id = uncertainties.entity_id
        and uncertainties.indicator = 'ECS'

),

final as (

    select
        scenario,
        entity_level,
        entity_id,
        year,
        model,
        base_year,
        ce_share_ratio,
        ce_basis,
        ce_tgco2,
        ce_tgco2 * low_ratio as ce_low_tgco2,
        ce_tgco2 * high_ratio as ce_high_tgco2,
        nep_tgco2,
        rcs_tgco2,
        ecs_tgco2,
        ecs_sigma_tgco2,
        {{ cnc('ecs_tgco2', 'ce_tgco2') }} as cnc_tgco2,
        {{ cnc('ecs_tgco2', 'ce_tgco2') }}
        - {{ balance_half_width('ce_tgco2 * (high_ratio - 1)', 'ecs_sigma_tgco2') }}
            as cnc_low_tgco2,
        {{ cnc('ecs_tgco2', 'ce_tgco2') }}
        + {{ balance_half_width('ce_tgco2 * (1 - low_ratio)', 'ecs_sigma_tgco2') }}
            as cnc_high_tgco2

    from balanced

)

select * from final
