-- Effects of the drivers sum to the change of emissions, by year, chained and over the period, and
-- swapping two years turns their signs.
-- Fails with one row per entity and year that is further off than 1e-9, relatively.
{%- set members = [] %}
{%- for factor, member in kaya_links() %}{% do members.append(member) %}{% endfor %}
with

emission_drivers as (

    select * from {{ ref('fct_emission_drivers') }}

),

pairs as (

    select * from {{ ref('int_entity_drivers_paired') }}

),

drivers as (

    select * from {{ ref('int_entity_drivers_linked') }}

),

sums as (

    select
        entity_level,
        entity_id,
        year,
        sum(effect_tgco2) as effect_tgco2,
        min(ce_change_tgco2) as ce_change_tgco2,
        sum(period_effect_tgco2) as period_effect_tgco2,
        min(period_ce_change_tgco2) as period_ce_change_tgco2,
        sum(chained_effect_tgco2) as chained_effect_tgco2,
        min(period_first_year) as period_first_year

    from emission_drivers

    group by entity_level, entity_id, year

),

residuals as (

    select
        sums.entity_level,
        sums.entity_id,
        sums.year,
        unnest(['yearly', 'period', 'chained', 'change']) as what,
        unnest([
            sums.effect_tgco2 - sums.ce_change_tgco2,
            sums.period_effect_tgco2 - sums.period_ce_change_tgco2,
            sums.chained_effect_tgco2 - sums.period_ce_change_tgco2,
            sums.period_ce_change_tgco2 - (lasts.ce_tgco2 - firsts.ce_tgco2)
        ]) as residual_tgco2,
        greatest(lasts.ce_tgco2, firsts.ce_tgco2) as size_tgco2

    from sums

    left join drivers as lasts
        on sums.entity_level = lasts.entity_level
        and sums.entity_id = lasts.entity_id
        and sums.year = lasts.year

    left join drivers as firsts
        on sums.entity_level = firsts.entity_level
        and sums.entity_id = firsts.entity_id
        and sums.period_first_year = firsts.year

),

swapped as (

    select
        entity_level,
        entity_id,
        year,
        pairing,
        {% for name in members -%}
        base_{{ name }} as {{ name }},
        {{ name }} as base_{{ name }},
        {% endfor -%}
        base_year

    from pairs

),

forth as (

    select
        *,
        unnest([
            {% for name in members -%}
            {{ lmdi_effect(members, loop.index0) }}{{ ',' if not loop.last }}
            {% endfor %}
        ]) as effect_tgco2,
        unnest(range(1, {{ members | length }} + 1)) as position

    from pairs

),

back as (

    select
        *,
        unnest([
            {% for name in members -%}
            {{ lmdi_effect(members, loop.index0) }}{{ ',' if not loop.last }}
            {% endfor %}
        ]) as effect_tgco2,
        unnest(range(1, {{ members | length }} + 1)) as position

    from swapped

),

asymmetries as (

    select
        forth.entity_level,
        forth.entity_id,
        forth.year,
        'symmetry of link ' || forth.position as what,
        forth.effect_tgco2 + back.effect_tgco2 as residual_tgco2,
        forth.ce_tgco2 as size_tgco2

    from forth

    inner join back
        on forth.entity_level = back.entity_level
        and forth.entity_id = back.entity_id
        and forth.year = back.year
        and forth.pairing = back.pairing
        and forth.position = back.position

),

unioned as (

    select * from residuals

    union all

    select * from asymmetries

),

final as (

    select * from unioned

    where residual_tgco2 is null
        or abs(residual_tgco2) > {{ var('identity_tolerance_ratio') }} * size_tgco2

)

select * from final
