-- The sentences of the front page with their figures. Grain: one row per headline_id.
-- What atlas, README and notebooks quote. Low and high contain both the 95 % interval of the errors
-- under the headline reading and the spread of the readings, which stand beside them.
with

city_verdicts as (

    select * from {{ ref('fct_city_verdicts') }}

),

entity_verdicts as (

    select * from {{ ref('fct_entity_verdicts') }}

),

sensitivities as (

    select * from {{ ref('fct_budget_sensitivities') }}

),

uncertainties as (

    select * from {{ ref('fct_budget_uncertainties') }}

),

checks as (

    select * from {{ ref('fct_plausibility_checks') }}

),

trends as (

    select * from {{ ref('fct_trends') }}

),

grades as (

    select * from {{ ref('int_indicator_grades_judged') }}

),

input_grades as (

    select * from {{ ref('int_input_grades_judged') }}

),

nation as (

    select * from sensitivities
    where entity_level = 'nation'

),

headline as (

    select * from nation
    where is_headline

),

spreads as (

    select
        min(nep_tgco2) as nep_low,
        max(nep_tgco2) as nep_high,
        min(rcs_tgco2) as rcs_low,
        max(rcs_tgco2) as rcs_high,
        min(cnc_tgco2) as cnc_low,
        max(cnc_tgco2) as cnc_high,
        min(absorbed_ratio) as absorbed_low,
        max(absorbed_ratio) as absorbed_high,
        min(surplus_city_count) as surplus_low,
        max(surplus_city_count) as surplus_high,
        count(cnc_tgco2) as reading_count

    from nation

),

errors as (

    select
    {% for indicator in ['CE', 'NEP', 'RCS', 'ECS', 'CNC'] -%}
    max(low_tgco2) filter (where indicator = '{{ indicator }}')
        as {{ indicator | lower }}_low,
    max(high_tgco2) filter (where indicator = '{{ indicator }}')
        as {{ indicator | lower }}_high{{ ',' if not loop.last }}
    {% endfor %}

    from uncertainties

    where entity_level = 'nation'

),

verdict_counts as (

    select
        count(*) as city_count,
        count(*) filter (where verdict = 'robust surplus') as robust_surplus_count,
        count(*) filter (where verdict = 'likely surplus') as likely_surplus_count,
        count(*) filter (where verdict = 'undecided') as undecided_count,
        count(*) filter (where verdict = 'likely deficit') as likely_deficit_count,
        count(*) filter (where verdict = 'robust deficit') as robust_deficit_count,
        count(*) filter (where verdict is null) as unjudged_count

    from city_verdicts

    where is_period_mean

),

best_region as (

    select *

    from entity_verdicts

    where entity_level = 'region'
        and is_period_mean
        and cnc_tgco2 is not null

    qualify row_number() over (order by cnc_tgco2 desc, entity_id asc) = 1

),

first_city as (

    select *

    from city_verdicts

    where is_period_mean
        and cnc_rank = 1

    qualify row_number() over (order by city_id) = 1

),

national_trend as (

    select *

    from trends

    where entity_level = 'nation'
        and indicator = 'CNC'

),

emission_grade as (

    select * from input_grades
    where evidence = 'emissions'

),

sentences as (

    select
        1 as position,
        'absorbed_ratio' as headline_id,
        'Land and rock take up ' || {{ percent('headline.absorbed_ratio') }} || ' of the CO2 that '
        || '{{ var("nation_name") }} emits; with the errors of the inputs and the '
        || spreads.reading_count || ' readings of the method it may be '
        || {{ percent('least(errors.ecs_low / headline.ce_tgco2, spreads.absorbed_low)') }}
        || ' to '
        || {{ percent('greatest(errors.ecs_high / headline.ce_tgco2, spreads.absorbed_high)') }}
        || '.' as sentence,
        headline.absorbed_ratio as value, -- noqa: RF04
        errors.ecs_low / headline.ce_tgco2 as error_low,
        errors.ecs_high / headline.ce_tgco2 as error_high,
        spreads.absorbed_low as reading_low,
        spreads.absorbed_high as reading_high,
        '1' as unit,
        'CNC' as indicator,
        'NEP' as checked_indicator

    from headline cross join spreads cross join errors

    {% for position, id, indicator, verb in [
        (2, 'national_cnc', 'CNC', 'The carbon balance of'),
        (3, 'national_ce', 'CE', 'The emissions of'),
        (4, 'national_nep', 'NEP', 'The net ecosystem productivity of'),
        (5, 'national_rcs', 'RCS', 'The rock carbon sink of'),
    ] %}
    {%- set name = indicator | lower %}
    {%- set low = 'spreads.' ~ name ~ '_low' if indicator != 'CE' else 'headline.ce_tgco2' %}
    {%- set high = 'spreads.' ~ name ~ '_high' if indicator != 'CE' else 'headline.ce_tgco2' %}
    union all

    select
        {{ position }} as position,
        '{{ id }}' as headline_id,
        '{{ verb }} {{ var("nation_name") }}'
        || ' {{ "are" if indicator == "CE" else "is" }} '
        || {{ tera('headline.' ~ name ~ '_tgco2') }} || ' Tg CO2 a year ('
        || {{ tera('least(errors.' ~ name ~ '_low, ' ~ low ~ ')') }} || ' to '
        || {{ tera('greatest(errors.' ~ name ~ '_high, ' ~ high ~ ')') }} || ').' as sentence,
        headline.{{ name }}_tgco2 as value, -- noqa: RF04
        errors.{{ name }}_low as error_low,
        errors.{{ name }}_high as error_high,
        {{ low }} as reading_low,
        {{ high }} as reading_high,
        'Tg CO2 yr-1' as unit,
        '{{ indicator }}' as indicator,
        '{{ indicator if indicator != "CNC" else "NEP" }}' as checked_indicator

    from headline cross join spreads cross join errors
    {% endfor %}
    union all

    select
        6 as position,
        'surplus_city_count' as headline_id,
        headline.surplus_city_count || ' of ' || headline.city_count
        || ' cities are in surplus under the headline reading ('
        || round(least(headline.surplus_city_count_low, spreads.surplus_low))::bigint || ' to '
        || round(greatest(headline.surplus_city_count_high, spreads.surplus_high))::bigint
        || ').' as sentence,
        headline.surplus_city_count as value, -- noqa: RF04
        headline.surplus_city_count_low as error_low,
        headline.surplus_city_count_high as error_high,
        spreads.surplus_low as reading_low,
        spreads.surplus_high as reading_high,
        '1' as unit,
        'CNC' as indicator,
        'NEP' as checked_indicator

    from headline cross join spreads

    {% for position, id, column, words in [
        (7, 'robust_surplus_city_count', 'robust_surplus_count',
            'surely in surplus, by every reading'),
        (8, 'robust_deficit_city_count', 'robust_deficit_count',
            'surely in deficit, by every reading'),
        (9, 'undecided_city_count', 'undecided_count',
            'undecided: errors and readings allow both'),
    ] %}
    union all

    select
        {{ position }} as position,
        '{{ id }}' as headline_id,
        {{ column }} || ' of ' || city_count || ' cities are {{ words }}.' as sentence,
        {{ column }} as value, -- noqa: RF04
        null as error_low,
        null as error_high,
        null as reading_low,
        null as reading_high,
        '1' as unit,
        'CNC' as indicator,
        'NEP' as checked_indicator

    from verdict_counts
    {% endfor %}
    union all

    select
        10 as position,
        'closest_region' as headline_id,
        'Of the regions, ' || entity_name || ' comes closest to neutrality or furthest beyond it: '
        || {{ tera('cnc_tgco2') }} || ' Tg CO2 a year (' || coalesce(verdict, 'no verdict') || ').'
            as sentence,
        cnc_tgco2 as value, -- noqa: RF04
        error_low_tgco2 as error_low,
        error_high_tgco2 as error_high,
        reading_low_tgco2 as reading_low,
        reading_high_tgco2 as reading_high,
        'Tg CO2 yr-1' as unit,
        'CNC' as indicator,
        'NEP' as checked_indicator

    from best_region

    union all

    select
        11 as position,
        'first_city' as headline_id,
        case
            when {{ grade_rank('emission_grade.input_grade') }} >= {{ grade_rank("'synthetic'") }}
                then 'No ranking of cities means anything here: how emissions are shared among '
                    || 'cities is ' || emission_grade.input_grade || '. First stands '
            else 'The largest balance of a city is that of '
        end || first_city.city_name || ', ' || {{ tera('first_city.cnc_tgco2', 1) }}
        || ' Tg CO2 a year; its rank lies between ' || first_city.cnc_rank_low || ' and '
        || first_city.cnc_rank_high || '.' as sentence,
        first_city.cnc_tgco2 as value, -- noqa: RF04
        first_city.error_low_tgco2 as error_low,
        first_city.error_high_tgco2 as error_high,
        first_city.reading_low_tgco2 as reading_low,
        first_city.reading_high_tgco2 as reading_high,
        'Tg CO2 yr-1' as unit,
        'CNC' as indicator,
        'NEP' as checked_indicator

    from first_city

    inner join emission_grade
        on emission_grade.evidence = 'emissions'

    union all

    select
        12 as position,
        'national_trend' as headline_id,
        'The balance changes by ' || {{ tera('slope_tgco2_yr') }}
        || ' Tg CO2 a year each year from ' || first_year || ' to ' || last_year || '.' as sentence,
        slope_tgco2_yr as value, -- noqa: RF04
        null as error_low,
        null as error_high,
        null as reading_low,
        null as reading_high,
        'Tg CO2 yr-1 per year' as unit,
        'CNC' as indicator,
        'NEP' as checked_indicator

    from national_trend

    where slope_tgco2_yr is not null

    union all

    select
        13 as position,
        'what_nep_leaves_out' as headline_id,
        'NEP leaves out harvest, fire and carbon that rivers carry away: it is not the net sink '
        || 'of the land.' as sentence,
        null as value, -- noqa: RF04
        null as error_low,
        null as error_high,
        null as reading_low,
        null as reading_high,
        null as unit,
        'NEP' as indicator,
        'NEP' as checked_indicator

    union all

    select
        14 as position,
        'what_inputs_are' as headline_id,
        case
            when calibrated_to is null then 'The inputs of the balance are ' || input_grade || '.'
            else 'The inputs of the balance are ' || input_grade || ' and calibrated to '
                || calibrated_to || ': agreement with that is no evidence.'
        end as sentence,
        null as value, -- noqa: RF04
        null as error_low,
        null as error_high,
        null as reading_low,
        null as reading_high,
        null as unit,
        indicator,
        'NEP' as checked_indicator

    from grades

    where indicator = 'CNC'

),

final as (

    select
        sentences.position,
        sentences.headline_id,
        sentences.sentence,
        sentences.value,
        least(sentences.error_low, sentences.reading_low) as low,
        greatest(sentences.error_high, sentences.reading_high) as high,
        sentences.error_low,
        sentences.error_high,
        sentences.reading_low,
        sentences.reading_high,
        sentences.unit,
        '{{ study_period() }}' as period,
        grades.input_grade,
        grades.calibrated_to,
        array_to_string(grades.source_ids, ', ') as rests_on,
        case
            when sentences.value is null or checks.is_plausible is null then null
            when checks.is_plausible then 'within published estimates'
            else 'outside published estimates: ' || checks.indicator || ' of the nation is '
                || {{ tera('checks.value') }} || ' Tg CO2 a year, others found '
                || {{ tera('checks.low') }} || ' to ' || {{ tera('checks.high') }}
        end as plausibility

    from sentences

    inner join grades
        on sentences.indicator = grades.indicator

    left join checks
        on sentences.checked_indicator = checks.indicator
        and checks.is_summary

    -- A figure that the study years do not give makes no sentence.
    where sentences.sentence is not null

)

select * from final
