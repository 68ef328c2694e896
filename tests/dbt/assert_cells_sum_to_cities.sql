-- Cells of the lake, by the same macros, sum to what the cities sum to, under every choice.
-- Fails with one row per collection, year, measure whose residual exceeds the tolerance.
-- Years whose cells are not kept in the lake are not compared.
with

cell_sinks as (

    select * from {{ ref('int_cell_sinks_computed') }}

),

cells as (

    select * from {{ ref('stg_raw__cells') }}

),

city_sinks as (

    select * from {{ ref('int_city_sinks_computed') }}

),

cell_sums as (

    select
        cell_sinks.collection,
        cell_sinks.year,
        {% for column in nep_choice_columns('gc_m2') -%}
        {{ tc_to_tgco2('sum(cells.area_km2 * cells.zones_ratio * cell_sinks.' ~ column ~ ')') }}
            as {{ column | replace('gc_m2', 'tgco2') }},
        {% endfor -%}
        {{ tc_to_tgco2('sum(cells.area_km2 * cells.zones_ratio * cell_sinks.rcs_gc_m2)') }}
            as rcs_tgco2,
        {{ tc_to_tgco2('sum(cells.area_km2 * cells.zones_ratio * cell_sinks.npp_gc_m2)') }}
            as scale_tgco2

    from cell_sinks

    inner join cells
        on cell_sinks.cell_id = cells.cell_id
        and cells.zones_ratio > 0

    group by cell_sinks.collection, cell_sinks.year

),

city_sums as (

    select
        collection,
        year,
        {% for time_base in rh_time_bases() -%}
        {% for policy in npp_gap_policies() -%}
        sum(nep_tgco2) filter (
            where rh_time_base = '{{ time_base }}' and npp_gap_policy = '{{ policy }}'
        ) as nep_{{ time_base }}_{{ policy }}_tgco2,
        {% endfor -%}
        {% endfor -%}
        sum(rcs_tgco2) filter ({{ 'where ' ~ is_headline() }}) as rcs_tgco2

    from city_sinks

    group by collection, year

),

compared as (
    {% for column in nep_choice_columns('tgco2') + ['rcs_tgco2'] %}
    select
        cell_sums.collection,
        cell_sums.year,
        '{{ column }}' as measure,
        cell_sums.{{ column }} as cell_sum,
        city_sums.{{ column }} as city_sum,
        -- NEP is a small difference of large terms: its residual is held against NPP.
        {{ 'cell_sums.rcs_tgco2' if column == 'rcs_tgco2' else 'cell_sums.scale_tgco2' }}
            as scale_tgco2

    from cell_sums

    inner join city_sums
        on cell_sums.collection = city_sums.collection
        and cell_sums.year = city_sums.year
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

final as (

    select * from compared

    where (cell_sum is null) != (city_sum is null)
        or abs(cell_sum - city_sum)
        > {{ var('identity_tolerance_ratio') }} * greatest(abs(scale_tgco2), 1e-12)

)

select * from final
