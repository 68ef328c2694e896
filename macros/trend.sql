{#- Eq. 9: ordinary least-squares slope of a series, per year. A gap leaves a gap, not a shift. -#}
{% macro ols_slope(measure, year='year') -%}
    regr_slope({{ measure }}, {{ year }})
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
            then avg({{ measure }})
    end
{%- endmacro %}
