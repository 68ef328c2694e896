-- The macros of drivers, scenarios and uncertainty give the worked numbers of their sources.
-- Fails with one row per vector whose value is further off than 1e-9, relatively.
{%- set kaya = ['p', 'pg', 'pge', 'pgec'] %}
with

kaya as (

    select
        1.39 as p,
        1.39 * 59592.0 as pg,
        1.39 * 59592.0 * 0.55 as pge,
        1.39 * 59592.0 * 0.55 * 2.05 as pgec,
        1.2363 as base_p,
        1.2363 * 6481.0 as base_pg,
        1.2363 * 6481.0 * 1.7 as base_pge,
        1.2363 * 6481.0 * 1.7 * 2.1 as base_pgec

),

appeared as (

    select
        2.0 as p,
        3.0 as pg,
        4.0 as pge,
        5.0 as pgec,
        2.0 as base_p,
        3.0 as base_pg,
        0.0 as base_pge,
        0.0 as base_pgec

),

growth as (

    select
        year,
        case when year <= 2025 then 0.04 when year <= 2030 then 0.03 else -0.01 end as growth_ratio,
        'one' as scenario

    from (select unnest(generate_series(2018, 2060)) as year) as years

),

grown as (

    select
        year,
        100 * {{ compounded_growth('growth_ratio', 'scenario') }} as grown

    from growth

),

skill as (

    select
        unnest([3.09, 3.16, 5.37, 8.17, 9.03, 9.48]) as actual,
        unnest([3.0, 3.3, 5.2, 8.3, 9.2, 9.4]) as predicted

),

vectors as (

    select
        'lmdi.logmean.equal' as vector_id,
        {{ log_mean('2.0', '2.0') }} as actual,
        2.0 as expected

    union all

    select
        'lmdi.logmean' as vector_id,
        {{ log_mean('1.0', 'exp(1.0)') }} as actual,
        exp(1.0) - 1 as expected

    union all

    select
        'lmdi.logmean.zero' as vector_id,
        {{ log_mean('0.0', '5.0') }} as actual,
        0.0 as expected

    union all

    select
        'lmdi.logmean.close' as vector_id,
        {{ log_mean('1.0', '1.0 + 1e-12') }} as actual,
        1.0 + 0.5e-12 as expected

    {% for expected in [6416.2238309, 121481.888787, -61789.063352, -1319.46033673] %}
    union all

    select
        'lmdi.kaya.{{ loop.index }}' as vector_id,
        round({{ lmdi_effect(kaya, loop.index0) }}, 5) as actual,
        round({{ expected }}, 5) as expected

    from kaya
    {% endfor %}
    {% for expected in [0.0, 0.0, 5.0, 0.0] %}
    union all

    -- Where the total appears, its first link that was zero takes the change.
    select
        'lmdi.zero.{{ loop.index }}' as vector_id,
        {{ lmdi_effect(kaya, loop.index0) }} as actual,
        {{ expected }} as expected

    from appeared
    {% endfor %}
    {% for year, expected in [
        (2025, 136.856905041), (2030, 158.654661902), (2060, 117.356912649)
    ] %}
    union all

    select
        'scenario.growth.{{ year }}' as vector_id,
        round(grown, 9) as actual,
        {{ expected }} as expected

    from grown

    where year = {{ year }}
    {% endfor %}
    union all

    select
        'eq6.r2' as vector_id,
        {{ r_squared('actual', 'predicted') }} as actual,
        0.997412550714 as expected

    from skill

    union all

    select
        'unc.quadrature' as vector_id,
        {{ quadrature('[10.0, 8.0, 5.0, 4.0, 3.0]') }} as actual,
        14.6287388383 as expected

    union all

    select
        'unc.difference' as vector_id,
        {{ quadrature('[0.135, 0.6305]') }} / abs({{ cnc('0.675', '6.305') }}) * 100 as actual,
        11.4527683404 as expected

    union all

    select
        'paper.cnc2017.a2' as vector_id,
        -12.5 / (1 - {{ relative_change('-12.5', '-8.64573246645') }}) as actual,
        -8.64573246645 as expected

),

final as (

    select * from vectors

    where actual is null
        or abs(actual - expected) > 1e-9 * greatest(abs(expected), 1e-3)

)

select * from final
