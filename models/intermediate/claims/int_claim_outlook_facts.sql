-- Figures of scenarios, forecasts, uncertainty and other countries. Grain: one row per fact_key.
with

scenario_budgets as (

    select * from {{ ref('fct_scenario_carbon_budgets') }}
    where is_headline

),

forecast_skills as (

    select * from {{ ref('fct_forecast_skill') }}

),

budget_uncertainties as (

    select * from {{ ref('fct_budget_uncertainties') }}

),

country_comparisons as (

    select * from {{ ref('fct_country_comparisons') }}

),

country_pairs as (

    select
        home_places.country_code || '_to_' || foreign_places.country_code as pair_code,
        home_places.year,
        {{ safe_ratio(
            'home_places.co2_intensity_kg_usd', 'foreign_places.co2_intensity_kg_usd'
        ) }} as intensity_ratio,
        {{ safe_ratio('home_places.co2_per_capita_t', 'foreign_places.co2_per_capita_t') }}
            as per_capita_ratio

    from country_comparisons as home_places

    inner join country_comparisons as foreign_places
        on home_places.year = foreign_places.year
        and home_places.country_code != foreign_places.country_code

    where home_places.country_code = '{{ var("nation_code3") }}'

),

facts as (

    {% for measure, unit in [
        ('ce_tgco2', 'tgco2'), ('cnc_change_ratio', 'ratio')
    ] -%}
    select
        {{ fact(
            "'scenario/' || scenario || '/' || year || '/"
            ~ ('CE' if measure == 'ce_tgco2' else measure) ~ "'",
            measure, unit, scenario_evidences()
        ) }}
    from scenario_budgets

    union all

    {% endfor -%}
    select
        {{ fact(
            "'scenario/' || scenario || '/' || year || '/deficit'", '-cnc_tgco2', 'tgco2',
            scenario_evidences()
        ) }}
    from scenario_budgets

    union all

    select
        {{ fact(
            "'scenario/' || scenario || '/max/CE'", 'max(ce_tgco2)', 'tgco2', scenario_evidences()
        ) }}
    from scenario_budgets
    group by scenario

    union all

    select
        {{ fact(
            "'scenario/' || scenario || '/ce_peak_year'", 'max(ce_peak_year)', 'number',
            scenario_evidences()
        ) }}
    from scenario_budgets
    group by scenario

    union all

    select
        {{ fact(
            "'scenario/B1_less_A2/ECS'",
            "avg(ecs_tgco2) filter (where scenario = 'B1')"
            ~ " - avg(ecs_tgco2) filter (where scenario = 'A2')",
            'tgco2', scenario_evidences()
        ) }}
    from scenario_budgets

    union all

    select
        {{ fact(
            "'skill/' || model || '/' || drivers || '/' || horizon || '/max_relative_error_ratio'",
            'max_relative_error_ratio', 'ratio', ['emissions', 'drivers']
        ) }}
    from forecast_skills

    union all

    select
        {{ fact(
            "'skill/' || model || '/' || drivers || '/' || horizon || '/share_within_5pct_ratio'",
            'share_within_5pct_ratio', 'ratio', ['emissions', 'drivers']
        ) }}
    from forecast_skills

    union all

    select
        {{ fact(
            "'uncertainty/' || entity_level || '/' || entity_id || '/' || indicator",
            'relative_ratio', 'ratio', evidences_of('indicator')
        ) }}
    from budget_uncertainties

    union all

    select
        {{ fact(
            "'country/' || country_code || '/' || year || '/intensity'", 'co2_intensity_kg_usd',
            'number', ['emissions', 'countries']
        ) }}
    from country_comparisons

    union all

    select
        {{ fact(
            "'country/' || country_code || '/intensity_fall_2000_2015'",
            "1 - pow(max(co2_intensity_kg_usd) filter (where year = 2015)"
            ~ " / max(co2_intensity_kg_usd) filter (where year = 2000), 1.0 / 15)",
            'ratio', ['emissions', 'countries']
        ) }}
    from country_comparisons
    group by country_code

    union all

    select
        {{ fact(
            "'country/' || pair_code || '/' || year || '/intensity'", 'intensity_ratio', 'number',
            ['emissions', 'countries']
        ) }}
    from country_pairs

    union all

    select
        {{ fact(
            "'country/' || pair_code || '/2000-2015/per_capita'", 'avg(per_capita_ratio)', 'ratio',
            ['emissions', 'countries']
        ) }}
    from country_pairs
    where year between 2000 and 2015
    group by pair_code

),

final as (

    select * from facts

)

select * from final
