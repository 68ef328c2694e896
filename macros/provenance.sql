{#- The grades of an input from best to worst. -#}
{% macro input_grades() -%}
    {{ return(['measured', 'modelled', 'synthetic', 'assumed']) }}
{%- endmacro %}

{#- Rank of a grade, 1 for measured; an unknown word ranks worst. -#}
{% macro grade_rank(grade) -%}
    coalesce(list_position({{ input_grades() }}, {{ grade }}), {{ input_grades() | length }})
{%- endmacro %}

{#- The worst grade of a group; NULL for none. -#}
{% macro worst_grade(grade) -%}
    {{ input_grades() }}[max({{ grade_rank(grade) }})]
{%- endmacro %}

{#- The kind of input that a file's role names, as int_input_grades_judged has it. -#}
{% macro evidence_of_role(role) -%}
    case
        when {{ role }} in ('emissions', 'energy_balances', 'drivers', 'countries', 'inventories')
            then {{ role }}
        when {{ role }} in (
            '{{ var("historical_collection") }}/temperature',
            '{{ var("historical_collection") }}/precipitation'
        ) then 'climate'
        when {{ role }} like '{{ var("historical_collection") }}/%'
            then split_part({{ role }}, '/', 2)
        when {{ role }} like '%/%' then 'scenarios'
    end
{%- endmacro %}

{#- The grade of an indicator, and what its inputs were calibrated to, as subqueries of one value. -#}
{% macro indicator_grade(indicator) -%}
    (
        select grades.input_grade
        from {{ ref('int_indicator_grades_judged') }} as grades
        where grades.indicator = {{ indicator }}
    )
{%- endmacro %}

{% macro indicator_calibration(indicator) -%}
    (
        select grades.calibrated_to
        from {{ ref('int_indicator_grades_judged') }} as grades
        where grades.indicator = {{ indicator }}
    )
{%- endmacro %}

{#- One of five classes from the probability of a surplus: under the headline reading, the least and
    the most among the readings, and their mean. Robust: every reading agrees. -#}
{% macro verdict(probability, lowest, highest, mean) -%}
    case
        when {{ lowest }} >= {{ var('verdict_robust_probability') }} then 'robust surplus'
        when {{ highest }} <= 1 - {{ var('verdict_robust_probability') }} then 'robust deficit'
        when least({{ probability }}, {{ mean }}) >= {{ var('verdict_likely_probability') }}
            then 'likely surplus'
        when greatest({{ probability }}, {{ mean }}) <= 1 - {{ var('verdict_likely_probability') }}
            then 'likely deficit'
        when {{ probability }} is not null then 'undecided'
    end
{%- endmacro %}

{#- Why there is no verdict; NULL where there is one. -#}
{% macro verdict_null_reason(cnc, npp_coverage_ratio) -%}
    case
        when {{ cnc }} is null then 'CNC is unknown: emissions or a sink is missing'
        when {{ npp_coverage_ratio }} < {{ var('npp_min_coverage_ratio') }}
            then 'NPP is known of less than '
                || round(100 * {{ var('npp_min_coverage_ratio') }})::integer
                || ' % of the area'
    end
{%- endmacro %}

{#- What the readings of a place say together: columns of a query grouped by place and period. -#}
{% macro summed_readings() -%}
    any_value(cnc_tgco2) filter (where is_headline) as cnc_tgco2,
    any_value(error_low_tgco2) filter (where is_headline) as error_low_tgco2,
    any_value(error_high_tgco2) filter (where is_headline) as error_high_tgco2,
    min(cnc_tgco2) as reading_low_tgco2,
    max(cnc_tgco2) as reading_high_tgco2,
    any_value(surplus_probability) filter (where is_headline) as surplus_probability,
    min(surplus_probability) as lowest_surplus_probability,
    max(surplus_probability) as highest_surplus_probability,
    {{ exact_mean('surplus_probability') }} as mean_surplus_probability,
    count(cnc_tgco2) as reading_count,
    count(*) filter (where cnc_tgco2 > 0) as surplus_reading_count
{%- endmacro %}

{#- The published columns of a verdict, from those of summed_readings and the coverage. -#}
{% macro verdict_columns(summed, coverage) -%}
    {{ summed }}.cnc_tgco2,
    least({{ summed }}.error_low_tgco2, {{ summed }}.reading_low_tgco2) as cnc_low_tgco2,
    greatest({{ summed }}.error_high_tgco2, {{ summed }}.reading_high_tgco2) as cnc_high_tgco2,
    {{ summed }}.error_low_tgco2,
    {{ summed }}.error_high_tgco2,
    {{ summed }}.reading_low_tgco2,
    {{ summed }}.reading_high_tgco2,
    {{ summed }}.surplus_probability,
    {{ summed }}.lowest_surplus_probability,
    {{ summed }}.highest_surplus_probability,
    {{ summed }}.mean_surplus_probability,
    {{ summed }}.reading_count,
    {{ summed }}.surplus_reading_count,
    case
        when {{ verdict_null_reason(summed ~ '.cnc_tgco2', coverage) }} is null
            then {{ verdict(
                summed ~ '.surplus_probability', summed ~ '.lowest_surplus_probability',
                summed ~ '.highest_surplus_probability', summed ~ '.mean_surplus_probability'
            ) }}
    end as verdict,
    {{ verdict_null_reason(summed ~ '.cnc_tgco2', coverage) }} as verdict_null_reason,
    {{ coverage }} as npp_coverage_ratio
{%- endmacro %}

{#- A share as a whole number of per cent, for a sentence. -#}
{% macro percent(ratio) -%}
    (round(100 * ({{ ratio }}))::bigint || ' %')
{%- endmacro %}

{#- Tg CO2 for a sentence, with thin digits. -#}
{% macro tera(value, digits=0) -%}
    {%- if digits -%}
        printf('%.{{ digits }}f', {{ value }})
    {%- else -%}
        format('{:,}', round({{ value }})::bigint)
    {%- endif -%}
{%- endmacro %}
