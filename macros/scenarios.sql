{#- The seven drivers of the network (Zhang et al. 2022, section 2.2.4), as a list. Quantities that
    grow by shares enter by their logarithm; shares enter as they are. -#}
{% macro bp_features(relation) -%}
    [
        ln(nullif({{ relation }}.population_persons, 0)),
        {{ relation }}.urban_ratio,
        ln(nullif({{ relation }}.gdp_lcu, 0)),
        {{ relation }}.secondary_industry_ratio,
        ln(nullif({{ relation }}.energy_intensity_tce_lcu, 0)),
        ln(nullif({{ relation }}.energy_tce, 0)),
        {{ relation }}.coal_ratio
    ]
{%- endmacro %}

{#- Yearly changes of the drivers of STIRPAT (York et al. 2003), by logarithm: population, affluence,
    technology; over a window named by_place. -#}
{% macro stirpat_changes() -%}
    [
        ln(population_persons / lag(population_persons) over by_place),
        ln(
            gdp_lcu / population_persons
            / (lag(gdp_lcu) over by_place / lag(population_persons) over by_place)
        ),
        ln(
            energy_tce / gdp_lcu
            / (lag(energy_tce) over by_place / lag(gdp_lcu) over by_place)
        )
    ]
{%- endmacro %}

{#- t CO2 per tce of a fuel mix: coal, and all else together. A forecast takes only its change, so
    that the level is that of the last year observed. A share of 0.606 gives 2.10446. -#}
{% macro fuel_mix_intensity(coal_ratio) -%}
    (
        {{ var('coal_co2_t_tce') }} * ({{ coal_ratio }})
        + {{ var('other_co2_t_tce') }} * (1 - ({{ coal_ratio }}))
    )
{%- endmacro %}

{#- Kaya identity with the fuel mix, anchored at the last year observed: CE in the unit of its base.
    Twice the energy of half the coal: 100, 1, 0.8, 2, 0.4 give 2 x 100 x 1.814 / 2.378. -#}
{% macro kaya_forecast(base_ce, base_energy, base_coal_ratio, energy, coal_ratio) -%}
    (
        ({{ base_ce }})
        * {{ safe_ratio(energy, base_energy) }}
        * {{ safe_ratio(fuel_mix_intensity(coal_ratio), fuel_mix_intensity(base_coal_ratio)) }}
    )
{%- endmacro %}

{#- Split conformal quantile (Vovk et al. 2005): of n scores the one of rank ceil((n + 1) coverage),
    which a new score of the same kind exceeds with probability 1 - coverage at most. NULL for too few
    scores. Of 1 to 9 at 0.9 it is 9. -#}
{% macro conformal_quantile(scores, coverage_ratio) -%}
    list_sort({{ scores }})[
        cast(ceil((len({{ scores }}) + 1) * {{ coverage_ratio }} - 1e-9) as integer)
    ]
{%- endmacro %}

{#- Pinball loss of a forecast of a quantile, in the unit of the value: too low costs the quantile,
    too high the rest. 10 forecast as 8 at 0.95 costs 1.9, as 12 costs 0.1. -#}
{% macro pinball_loss(actual, forecast, quantile) -%}
    (
        ({{ actual }} - {{ forecast }})
        * ({{ quantile }} - cast({{ actual }} < {{ forecast }} as integer))
    )
{%- endmacro %}

{#- A list of texts as SQL has it, without brackets. -#}
{% macro quoted_list(texts) -%}
    {%- for text in texts -%}{{ sql_text(text) }}{{ ', ' if not loop.last }}{%- endfor -%}
{%- endmacro %}

{#- Half the 90 % band of CNC from that of emissions and a standard uncertainty of the sinks, which
    are independent. -#}
{% macro balance_half_width(ce_half_width, ecs_sigma) -%}
    sqrt(
        pow({{ ce_half_width }}, 2)
        + pow({{ var('scenario_robust_deviations') }} * coalesce({{ ecs_sigma }}, 0), 2)
    )
{%- endmacro %}

{#- First year of a group from which a balance stays at or above zero to the end, NULL where its last
    year is below; next_year is the year of the next row. -#}
{% macro neutral_from(cnc) -%}
    case
        when count(*) filter (where {{ cnc }} < 0) = 0 then min(year)
        when max(year) filter (where {{ cnc }} < 0) < max(year)
            then max(next_year) filter (where {{ cnc }} < 0)
    end
{%- endmacro %}

{#- Verdict on a balance with a 90 % band, by the standard deviations from zero on its side. -#}
{% macro scenario_verdict(cnc, cnc_low, cnc_high) -%}
    case
        when {{ cnc }} is null or {{ cnc_low }} is null or {{ cnc_high }} is null then null
        when {{ cnc_low }} > 0 then 'robust surplus'
        when {{ cnc_high }} < 0 then 'robust deficit'
        when {{ cnc }} > {{ var('scenario_likely_deviations') }} / {{ var('scenario_robust_deviations') }}
            * ({{ cnc }} - {{ cnc_low }})
            then 'likely surplus'
        when -({{ cnc }}) > {{ var('scenario_likely_deviations') }} / {{ var('scenario_robust_deviations') }}
            * ({{ cnc_high }} - {{ cnc }})
            then 'likely deficit'
        else 'undecided'
    end
{%- endmacro %}

{#- The drivers that a scenario projects by a growth rate; energy is GDP times its intensity. -#}
{% macro projected_drivers() -%}
    {{ return([
        'population_persons',
        'urban_ratio',
        'gdp_lcu',
        'secondary_industry_ratio',
        'energy_intensity_tce_lcu',
        'coal_ratio',
    ]) }}
{%- endmacro %}

{#- The drivers that a test of forecasts extrapolates; the intensity is energy over GDP. -#}
{% macro extrapolated_drivers() -%}
    {{ return([
        'population_persons',
        'urban_ratio',
        'gdp_lcu',
        'secondary_industry_ratio',
        'coal_ratio',
        'energy_tce',
    ]) }}
{%- endmacro %}

{#- The models side by side: those that follow the drivers and those of the series alone. -#}
{% macro forecast_models() -%}
    {{ return([
        'kaya_fuel_mix',
        'kaya_constant',
        'bp_network',
        'stirpat_ridge',
        'damped_trend',
        'last_value',
    ]) }}
{%- endmacro %}

{#- What a quantity has become, as a multiple, after yearly growth rates: the product of 1 + g up
    to and with the year. 100 at 4 % for eight years is 136.856905. -#}
{% macro compounded_growth(growth_ratio, partition_by, order_by='year') -%}
    exp(sum(ln(1 + {{ growth_ratio }})) over (
        partition by {{ partition_by }} order by {{ order_by }}
    ))
{%- endmacro %}

{#- R2 of predictions, 1 - SSE / SST; NULL where the actual values do not vary. -#}
{% macro r_squared(actual, predicted) -%}
    (
        1 - sum(power({{ actual }} - {{ predicted }}, 2))
        / nullif(var_pop({{ actual }}) * count({{ actual }}), 0)
    )
{%- endmacro %}

{#- Change against a base, as a share of the size of the base; negative is a fall. -#}
{% macro relative_change(measure, base) -%}
    {{ safe_ratio(measure ~ ' - ' ~ base, 'abs(' ~ base ~ ')') }}
{%- endmacro %}

{#- A number between 0 and 1 that follows from a text alone, so that every build draws the same. -#}
{% macro uniform_draw(key) -%}
    ((cast(md5_number_upper({{ key }}) as double) + 0.5) / 18446744073709551616.0)
{%- endmacro %}
