{#- Eq. 9: ordinary least-squares slope of the rows of a condition, per year. A gap leaves a gap, not
    a shift. From exact sums, which do not depend on the order of the rows. -#}
{% macro ols_slope(measure, year='year', condition='true') -%}
    {%- set known = '(' ~ condition ~ ') and (' ~ measure ~ ') is not null' -%}
    {%- set rows = 'count(*) filter (where ' ~ known ~ ')' -%}
    {%- set years = 'sum(cast(' ~ year ~ ' as hugeint)) filter (where ' ~ known ~ ')' -%}
    (
        cast(
            {{ rows }}
            * sum(cast({{ year }} as hugeint) * {{ exact_integer(measure) }}) filter (where {{ known }})
            - {{ years }} * sum({{ exact_integer(measure) }}) filter (where {{ known }})
            as double
        )
        / nullif(
            cast(
                {{ rows }} * sum(cast({{ year }} as hugeint) * ({{ year }})) filter (where {{ known }})
                - {{ years }} * {{ years }}
                as double
            ),
            0
        )
        / 1.8446744073709551616e19
    )
{%- endmacro %}

{#- Whether a series is one value but for rounding. -#}
{% macro is_constant_series(series) -%}
    coalesce(
        list_max({{ series }}) - list_min({{ series }}) <= {{ var('identity_tolerance_ratio') }}
        * greatest(abs(list_max({{ series }})), abs(list_min({{ series }}))),
        false
    )
{%- endmacro %}

{#- Deviations of years from their mean, as a list: the weights of eq. 9. -#}
{% macro centred_years(years) -%}
    list_transform({{ years }}, lambda t: t - list_avg({{ years }}))
{%- endmacro %}

{#- Eq. 9 for a list without gaps, from the centred years. An ordered aggregate keeps every row of
    every group in memory until the last one; a list is a list. -#}
{% macro ols_slope_of_list(series, centred) -%}
    list_inner_product(list_transform({{ series }}, lambda x: coalesce(x, 0)), {{ centred }})
    / nullif(list_inner_product({{ centred }}, {{ centred }}), 0)
{%- endmacro %}

{#- Grade of a provincial slope in Tg CO2 yr-1 per year; boundaries belong to the steeper grade. -#}
{% macro slope_grade(slope_tgco2_yr) -%}
    case
        when {{ slope_tgco2_yr }} > 0 then 'increase'
        when {{ slope_tgco2_yr }} = 0 then 'stable'
        when {{ slope_tgco2_yr }} <= {{ var('slope_sharp_decrease_tgco2_yr') }}
            then 'sharp decrease'
        when {{ slope_tgco2_yr }} <= {{ var('slope_significant_decrease_tgco2_yr') }}
            then 'significant decrease'
        when {{ slope_tgco2_yr }} < 0 then 'slight decrease'
    end
{%- endmacro %}

{#- Mean over the study period; NULL unless every year of it is known. -#}
{% macro mean_of_study_years(measure) -%}
    case
        when count({{ measure }}) = {{ study_last_year() }} - {{ study_first_year() }} + 1
            then {{ exact_mean(measure) }}
    end
{%- endmacro %}
