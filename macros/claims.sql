{#- The inputs that an indicator rests on, as a list of names of int_claim_evidences_judged: its rows
    of ref_indicator_inputs, where temperature and precipitation are one, the climate. -#}
{% macro indicator_evidences(indicator) -%}
    (
        select
            list(distinct case
                when inputs.input in ('temperature', 'precipitation') then 'climate'
                else inputs.input
            end)
        from {{ ref('ref_indicator_inputs') }} as inputs
        where inputs.indicator = '{{ indicator }}'
    )
{%- endmacro %}

{#- The same for a column that holds the indicator. -#}
{% macro evidences_of(indicator_column) -%}
    case {{ indicator_column }}
        {%- for indicator in indicators() %}
        when '{{ indicator }}' then {{ indicator_evidences(indicator) }}
        {%- endfor %}
    end
{%- endmacro %}

{#- What the scenarios rest on beside the history of CE. -#}
{% macro scenario_evidences() -%}
    list_concat(
        {{ indicator_evidences('CNC') }}, ['drivers', 'scenarios', 'growth_rates']
    )
{%- endmacro %}

{#- A figure in the unit of the paper. Fact units: tgco2, ratio, or number for those that agree. -#}
{% macro in_paper_unit(value, fact_unit, paper_unit) -%}
    case
        when {{ fact_unit }} = 'tgco2' and {{ paper_unit }} like 'Pg C/yr%'
            then {{ value }} / 1000 / {{ carbon_to_co2('1.0') }}
        when {{ fact_unit }} = 'tgco2' and {{ paper_unit }} like 'Pg%' then {{ value }} / 1000
        when {{ fact_unit }} = 'tgco2' and {{ paper_unit }} like 'Tg C/yr%'
            then {{ value }} / {{ carbon_to_co2('1.0') }}
        when {{ fact_unit }} = 'ratio' and starts_with({{ paper_unit }}, '%') then {{ value }} * 100
        else {{ value }}
    end
{%- endmacro %}

{#- Half of the last digit of a number as printed, the most that rounding hides: 0.005 of 5.63.
    NULL where the text is no plain number. -#}
{% macro half_last_digit(printed) -%}
    case
        when regexp_full_match({{ printed }}, '-?\d+(\.\d+)?')
            then 0.5 * pow(10, -length(regexp_extract({{ printed }}, '\.(\d+)$', 1)))
    end
{%- endmacro %}

{#- Whether a figure agrees with the number that a claim states, by its way of comparing. -#}
{% macro meets_claim(figure) -%}
    case comparison
        when 'value'
            then abs({{ figure }} - paper_value) <= greatest(
                    tolerance_ratio * abs(paper_value), coalesce({{ half_last_digit('printed') }}, 0)
                ) + 1e-9
        when 'year' then abs({{ figure }} - paper_value) <= 1
        when 'at_least' then {{ figure }} >= paper_value
        when 'at_most' then {{ figure }} <= paper_value
        when 'range' then {{ figure }} between paper_low and paper_high
    end
{%- endmacro %}

{#- The columns of a fact that is a number. -#}
{% macro fact(key, value, unit, evidences) -%}
    {{ key }} as fact_key,
    cast({{ value }} as double) as fact_value,
    cast(null as varchar) as fact_text,
    '{{ unit }}' as fact_unit,
    cast({{ evidences }} as varchar[]) as evidences
{%- endmacro %}

{#- The columns of a fact that is a word. -#}
{% macro text_fact(key, value, evidences) -%}
    {{ key }} as fact_key,
    cast(null as double) as fact_value,
    cast({{ value }} as varchar) as fact_text,
    'text' as fact_unit,
    cast({{ evidences }} as varchar[]) as evidences
{%- endmacro %}

{#- Whether a fact is a number of the paper that stands in the project because the paper has it: the
    comparison can only agree. -#}
{% macro is_copied_fact(fact_key) -%}
    regexp_matches(
        coalesce({{ fact_key }}, ''), '^(var/|text/rh_constants$|text/bp_hidden$|count/fuels$)'
    )
{%- endmacro %}

{#- Whether a fact states levels of emissions or sinks, which is what inputs are calibrated to;
    statistics of many places (clusters, inequality, turning points, counts) are not. -#}
{% macro is_level_fact(fact_key) -%}
    regexp_matches(
        coalesce({{ fact_key }}, ''),
        '^(table_1|mean|mean_slope|slope_max|year|period_mean|min|max|simple_growth|growth_ratio|'
        || 'flux|deficit_min|cnc_flux_min|nep_sign|nep_size_ratio|share_of_nation|'
        || 'share_of_province|surplus|grade)/'
    )
{%- endmacro %}
