-- Series of all entities. Grain: one row per entity_level, entity_id, indicator.
-- Lists in the order of the years with NULL where unknown, and what SQL itself can say of them.
with

indicators as (

    select * from {{ ref('int_entity_indicators_stacked') }}

),

final as (

    select
        entity_level,
        entity_id,
        min(entity_name) as entity_name,
        bool_and(in_study) as in_study,
        indicator,
        min(year) as first_year,
        max(year) as last_year,
        count(value_tgco2) as year_count,
        {{ complete_mean('value_tgco2') }} as mean_tgco2,
        {{ complete_slope('value_tgco2') }} as slope_tgco2_yr,
        list(value_tgco2 order by year) as series,
        min(year) filter (where {{ is_unspliced_year() }}) as unspliced_first_year,
        {{ complete_slope('value_tgco2', is_unspliced_year()) }} as unspliced_slope_tgco2_yr,
        list(value_tgco2 order by year) filter (where {{ is_unspliced_year() }})
            as unspliced_series

    from indicators

    group by entity_level, entity_id, indicator

)

select * from final
