-- Emissions by every model. Grain: model, entity_level, entity_id, origin_year, path, year.
-- Places as they are forecast, and the nation as their sum. A series model (damped trend, last
-- value) knows no drivers and so answers no scenario.
with

questions as (

    select * from {{ ref('int_forecast_questions_asked') }}

),

samples as (

    select * from {{ ref('int_forecast_samples_listed') }}

),

networks as (

    select * from {{ ref('int_forecast_networks_answered') }}

),

place_years as (

    select * from {{ ref('int_forecast_places_chosen') }}

),

ensembles as (

    select
        entity_level,
        entity_id,
        origin_year,
        path,
        year,
        median(co2_intensity_t_tce) as co2_intensity_t_tce,
        any_value(extrapolation_ratio) as extrapolation_ratio

    from networks

    where not is_dead

    group by entity_level, entity_id, origin_year, path, year

),

regressed as (

    select
        origin_year,
        unnest(question_keys) as question_key,
        unnest(
            ridge_forecast(
                stirpat_known,
                intensity_changes,
                stirpat_asked,
                {{ var('stirpat_penalties') }}::double[]
            ).predicted
        ) as log_change

    from samples

),

series as (

    select
        entity_level,
        entity_id,
        year as origin_year,
        list(ln(ce_tgco2)) over (partition by entity_level, entity_id order by year) as log_ces

    from place_years

),

continued as (

    select
        entity_level,
        entity_id,
        origin_year,
        unnest(range(1, {{ var('forecast_longest_horizon') }} + 1)) as horizon,
        exp(unnest(damped_trend(log_ces, {{ var('forecast_longest_horizon') }}))) as ce_tgco2

    from series

),

answered as (

    select
        questions.entity_level,
        questions.entity_id,
        questions.origin_year,
        questions.path,
        questions.year,
        questions.horizon,
        questions.energy_tce,
        ensembles.extrapolation_ratio,
        {{ kaya_forecast(
            'questions.base_ce_tgco2', 'questions.base_energy_tce', 'questions.base_coal_ratio',
            'questions.energy_tce', 'questions.coal_ratio'
        ) }} as kaya_fuel_mix,
        questions.base_ce_tgco2 * questions.energy_tce / questions.base_energy_tce
            as kaya_constant,
        questions.energy_tce * ensembles.co2_intensity_t_tce / 1e6 as bp_network,
        questions.base_ce_tgco2 * questions.energy_tce / questions.base_energy_tce
        * exp(regressed.log_change) as stirpat_ridge,
        case when questions.path in ('known', 'extrapolated') then continued.ce_tgco2 end
            as damped_trend,
        case when questions.path in ('known', 'extrapolated') then questions.base_ce_tgco2 end
            as last_value

    from questions

    left join ensembles
        on questions.entity_level = ensembles.entity_level
        and questions.entity_id = ensembles.entity_id
        and questions.origin_year = ensembles.origin_year
        and questions.path = ensembles.path
        and questions.year = ensembles.year

    left join regressed
        on questions.entity_level = regressed.question_key.entity_level
        and questions.entity_id = regressed.question_key.entity_id
        and questions.origin_year = regressed.origin_year
        and questions.path = regressed.question_key.path
        and questions.year = regressed.question_key.year

    left join continued
        on questions.entity_level = continued.entity_level
        and questions.entity_id = continued.entity_id
        and questions.origin_year = continued.origin_year
        and questions.horizon = continued.horizon

),

stacked as (

    select
        entity_level,
        entity_id,
        origin_year,
        path,
        year,
        horizon,
        energy_tce,
        extrapolation_ratio,
        unnest({{ forecast_models() }}) as model,
        unnest([
            {%- for model in forecast_models() %}
            {{ model }}{{ ',' if not loop.last }}
            {%- endfor %}
        ]) as ce_tgco2

    from answered

),

known as (

    select * from stacked

    where ce_tgco2 is not null

),

summed as (

    select
        model,
        'nation' as entity_level,
        '{{ var("nation_id") }}' as entity_id,
        origin_year,
        path,
        year,
        any_value(horizon) as horizon,
        sum(ce_tgco2) as ce_tgco2,
        sum(energy_tce) as energy_tce,
        max(extrapolation_ratio) as extrapolation_ratio

    from known

    where entity_level = 'province'

    group by model, origin_year, path, year

),

final as (

    select
        model,
        entity_level,
        entity_id,
        origin_year,
        path,
        year,
        horizon,
        ce_tgco2,
        energy_tce,
        extrapolation_ratio

    from known

    union all by name

    select * from summed

)

select * from final
