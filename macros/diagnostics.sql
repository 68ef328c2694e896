{#- The indicators that have a trend, in the order in which they are published. -#}
{% macro indicators() -%}
    {{ return(['CE', 'NPP', 'NEP', 'RCS', 'ECS', 'CNC']) }}
{%- endmacro %}

{#- A row of budget measures as one row per indicator: columns indicator and value_tgco2. -#}
{% macro unnest_indicators() -%}
    unnest({{ indicators() }}) as indicator,
    unnest([
        {%- for indicator in indicators() -%}
        {{ indicator | lower }}_tgco2{{ ', ' if not loop.last }}
        {%- endfor -%}
    ]) as value_tgco2
{%- endmacro %}

{#- True in the years of the study. -#}
{% macro is_study_year(year='year') -%}
    ({{ year }} between {{ study_first_year() }} and {{ study_last_year() }})
{%- endmacro %}

{#- True in the years whose NPP comes from one product: a trend over them has no splice in it. -#}
{% macro is_unspliced_year(year='year') -%}
    ({{ year }} >= {{ var('unspliced_first_year') }})
{%- endmacro %}

{#- Eq. 9 over the rows of a condition; NULL unless the measure is known in every one of them, so
    that a slope never rests on other years than its test. -#}
{% macro complete_slope(measure, condition='true') -%}
    case
        when count({{ measure }}) filter (where {{ condition }})
            = count(*) filter (where {{ condition }})
            then {{ ols_slope(measure, 'year', condition) }}
    end
{%- endmacro %}

{#- Mean of a measure; NULL unless it is known in every row. -#}
{% macro complete_mean(measure) -%}
    case
        when count({{ measure }}) = count(*) then {{ exact_mean(measure) }}
    end
{%- endmacro %}

{#- Direction of a Mann-Kendall trend at the level of var trend_significance_level. -#}
{% macro mk_trend(z, p_value) -%}
    case
        when {{ p_value }} >= {{ var('trend_significance_level') }} then 'no trend'
        when {{ z }} > 0 then 'increasing'
        when {{ z }} < 0 then 'decreasing'
    end
{%- endmacro %}

{#- Persistence of a Hurst exponent: named only where white noise of the same length, treated alike,
    hardly ever gives one so far out; else random. 0.5 is no border, for the estimator is biased. -#}
{% macro persistence(hurst, p_value, null_mean) -%}
    case
        when {{ p_value }} >= {{ var('persistence_significance_level') }} then 'random'
        when {{ hurst }} > {{ null_mean }} then 'persistent'
        when {{ hurst }} < {{ null_mean }} then 'anti-persistent'
    end
{%- endmacro %}

{#- A Hurst test of a series by the vars. -#}
{% macro hurst_test_of(series, detrended) -%}
    hurst_test(
        {{ series }}, {{ var('hurst_max_block') }}, {{ detrended }},
        {{ var('hurst_null_draws') }}, {{ var('hurst_null_seed') }}
    )
{%- endmacro %}

{#- The ways to treat a city without neighbours; every run computes all of them. -#}
{% macro island_policies() -%}
    {{ return(['keep', 'drop', 'attach']) }}
{%- endmacro %}

{#- True on the rows of the island policy that the var chooses. -#}
{% macro is_headline_island_policy(island_policy='island_policy') -%}
    {%- if execute and var('island_policy') not in island_policies() -%}
        {{ exceptions.raise_compiler_error(
            "island_policy is '" ~ var('island_policy') ~ "'; choose keep, drop or attach"
        ) }}
    {%- endif -%}
    ({{ island_policy }} = '{{ var("island_policy") }}')
{%- endmacro %}

{#- HH, LL, HL or LH where the probability is below var cluster_significance_level, else ns. The
    var cluster_p_adjustment says which of the two probabilities is meant. -#}
{% macro cluster_type(quadrant, p_sim, p_fdr) -%}
    {%- if execute and var('cluster_p_adjustment') not in ['none', 'fdr'] -%}
        {{ exceptions.raise_compiler_error(
            "cluster_p_adjustment is '" ~ var('cluster_p_adjustment') ~ "'; choose none or fdr"
        ) }}
    {%- endif -%}
    case
        when {{ quadrant }} is null then null
        when {{ p_fdr if var('cluster_p_adjustment') == 'fdr' else p_sim }}
            < {{ var('cluster_significance_level') }} then {{ quadrant }}
        else 'ns'
    end
{%- endmacro %}

{#- Band of a Gi* score: beyond the two-sided normal quantiles of var hot_spot_critical_values. -#}
{% macro hot_spot(gi_star_z) -%}
    {%- set values = var('hot_spot_critical_values') if execute else {} -%}
    case
        {%- for sign, word in [('>', 'hot'), ('<', 'cold')] %}
        {%- for percent, quantile in values | dictsort(reverse=true) %}
        when {{ gi_star_z }} {{ sign }} {{ '-' if word == 'cold' }}{{ quantile }} then '{{ word }}_{{ percent }}'
        {%- endfor %}
        {%- endfor %}
        when {{ gi_star_z }} is not null then 'ns'
    end
{%- endmacro %}

{#- The paper's five classes of a Gini coefficient, left-closed, by var gini_class_bounds. -#}
{% macro polarisation(gini) -%}
    {%- set bounds = var('gini_class_bounds') -%}
    {%- set names = [
        'absolute average', 'relatively average', 'relatively reasonable', 'large gap'
    ] -%}
    case
        {%- for name in names %}
        when {{ gini }} < {{ bounds[loop.index0] }} then '{{ name }}'
        {%- endfor %}
        when {{ gini }} is not null then 'great disparity'
    end
{%- endmacro %}

{#- First year in which UF lies beyond the critical lines; NULL if it never does. -#}
{% macro first_significant_year(uf, first_year) -%}
    cast(
        {{ first_year }} - 1 + nullif(list_position(
            list_transform({{ uf }}, lambda u: not {{ is_between_critical_lines('u', true) }}), true
        ), 0) as integer
    )
{%- endmacro %}

{#- Whether a Mann-Kendall score lies between the critical lines, or on them if they count. -#}
{% macro is_between_critical_lines(score, lines_count=false) -%}
    (abs({{ score }}) {{ '<=' if lines_count else '<' }} {{ var('mann_kendall_critical_value') }})
{%- endmacro %}

{#- A list of names of a var as an SQL list. -#}
{% macro text_list(names) -%}
    {%- for name in names -%}
        {{ sql_text(name) }}{{ ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
