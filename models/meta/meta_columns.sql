-- Every column of this file: type, unit, meaning, and how its values may be put together.
-- Grain: one row per schema_name, table_name, column_name. What a measure is called and how it adds
-- up is declared in ref_measures; of a number that is not there no sum means anything.
{{ config(alias='columns') }}

{%- set rows = described_columns() %}

with

measures as (

    select * from {{ ref('ref_measures') }}

),

listed (
    schema_name, table_name, column_name, column_index, data_type, description, sum_within
) as (

    values
    {{ (rows or ["('', '', '', 0, '', '', '')"]) | join(',\n    ') }}

),

described as (

    select
        *,
        nullif(regexp_extract(description, 'Unit: ([^.]+)[.]$', 1), '') as unit

    from listed

),

tables as (

    select
        schema_name,
        table_name,
        list(column_name) as column_names

    from described

    group by schema_name, table_name

),

declared as (

    select
        described.*,
        measures.label,
        measures.format,  -- noqa: RF04
        measures.numerator,
        measures.denominator,
        measures.adds_over_years,
        tables.column_names,
        case
            when
                described.data_type not in ('DOUBLE', 'BIGINT', 'INTEGER')
                or described.unit is null then null
            -- A ratio whose parts are elsewhere can be neither summed nor made anew.
            when measures.numerator is not null
                and not list_contains(tables.column_names, measures.numerator) then 'none'
            when measures.denominator is not null
                and not list_contains(tables.column_names, measures.denominator) then 'none'
            else coalesce(measures.aggregation, 'none')
        end as aggregation

    from described

    inner join tables
        on described.schema_name = tables.schema_name
        and described.table_name = tables.table_name

    left join measures
        on described.column_name = measures.measure

),

final as (

    select
        schema_name,
        table_name,
        column_name,
        column_index,
        data_type,
        unit,
        description,
        coalesce(label, {{ spoken_name('column_name') }}) as label,  -- noqa: RF04
        aggregation,
        case when aggregation in ('ratio of sums', 'mean') then numerator end as numerator,
        case when aggregation in ('ratio of sums', 'mean') then denominator end as denominator,
        case
            when aggregation = 'sum' and not adds_over_years and list_contains(column_names, 'year')
                then concat_ws(', ', sum_within, 'year')
            when aggregation != 'none' then sum_within
        end as sum_within,
        coalesce(
            format,
            case
                when aggregation is null then null
                when unit = 'year' then 'd'
                when unit = '1' and ends_with(column_name, '_ratio') then '.1%'
                when data_type = 'DOUBLE' then ',.3~f'
                else ',d'
            end
        ) as format  -- noqa: RF04

    from declared

)

select * from final
order by schema_name, table_name, column_index
