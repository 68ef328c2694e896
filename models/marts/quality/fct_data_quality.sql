-- Coverage of each layer in each city. Grain: one row per city_id, year, layer.
-- With what the common centre rule would be off by; 'emissions' is a layer, so that a city without
-- CE is a row. 'unassigned_emissions' lists what found no city, under the city its file names.
with

cities as (

    select * from {{ ref('dim_cities') }}

),

years as (

    select * from {{ ref('int_years_spanned') }}

),

zonal_city_layers as (

    select * from {{ ref('stg_raw__zonal_city_layers') }}

),

city_emissions as (

    select * from {{ ref('int_city_emissions_summed') }}

),

emissions as (

    select * from {{ ref('int_emissions_assigned') }}

    where is_headline

),

division_changes as (

    select * from {{ ref('ref_division_changes') }}

),

historical_layers as (

    select
        *,
        -- A temperature has no natural zero and a rock type no sum: their area is compared.
        case
            when layer in ('temperature_c', 'lithology') then valid_area_km2
            else value_sum
        end as comparable_sum

    from zonal_city_layers

    where collection = '{{ var("historical_collection") }}'

),

layers as (

    select distinct layer
    from historical_layers

),

raster_quality as (

    select
        cities.city_id,
        years.year,
        layers.layer,
        coalesce(by_fraction.cell_count, 0) as cell_count,
        coalesce(by_fraction.valid_area_km2, 0) as valid_area_km2,
        coalesce(
            {{ safe_ratio('by_fraction.valid_area_km2', 'by_fraction.area_km2') }}, 0
        ) as valid_ratio,
        coalesce(by_centre.cell_count, 0) as centre_cell_count,
        {{ safe_ratio(
            'coalesce(by_centre.comparable_sum, 0) - by_fraction.comparable_sum',
            'abs(by_fraction.comparable_sum)'
        ) }} as centre_rule_difference_ratio,
        null as unassigned_ce_tgco2,
        null as remark

    from cities

    cross join years

    cross join layers

    left join historical_layers as by_fraction
        on cities.city_id = by_fraction.city_id
        and years.year = by_fraction.year
        and layers.layer = by_fraction.layer
        and by_fraction.zonal_rule = 'fraction'

    left join historical_layers as by_centre
        on cities.city_id = by_centre.city_id
        and years.year = by_centre.year
        and layers.layer = by_centre.layer
        and by_centre.zonal_rule = 'centre'

),

-- A city founded out of another has no emissions of its own in older files.
founding_remarks as (

    select
        new_city_id as city_id,
        'founded in ' || effective_year || '; its emissions are in those of '
        || old_city_name_zh || ' (' || old_city_id || ')' as remark

    from division_changes

    where kind = 'founded'

),

-- Whose emissions a city holds since divisions changed.
change_remarks as (

    select
        city_id,
        string_agg(remark, '; ' order by remark) as remark

    from (
        select distinct
            city_id,
            case
                when city_match = 'moved'
                    then 'holds ' || concat_ws(' ', unit_name, unit_id) || ', formerly of '
                else 'formerly '
            end
            || concat_ws(' ', supplied_city_name, supplied_city_id) as remark
        from emissions
        where city_match in ('moved', 'merged', 'renamed')
    ) as remarks

    group by city_id

),

emission_quality as (

    select
        cities.city_id,
        years.year,
        'emissions' as layer,
        null as cell_count,
        null as valid_area_km2,
        coalesce(
            {{ safe_ratio('city_emissions.ce_known_unit_count', 'city_emissions.ce_unit_count') }},
            0
        ) as valid_ratio,
        null as centre_cell_count,
        null as centre_rule_difference_ratio,
        null as unassigned_ce_tgco2,
        case
            when city_emissions.city_id is null then founding_remarks.remark
            else change_remarks.remark
        end as remark

    from cities

    cross join years

    left join city_emissions
        on cities.city_id = city_emissions.city_id
        and years.year = city_emissions.year

    left join founding_remarks
        on cities.city_id = founding_remarks.city_id

    left join change_remarks
        on cities.city_id = change_remarks.city_id

),

unassigned_emissions as (

    select
        coalesce(emissions.supplied_city_id, emissions.unit_id) as city_id,
        emissions.year,
        'unassigned_emissions' as layer,
        null as cell_count,
        null as valid_area_km2,
        0 as valid_ratio,
        null as centre_cell_count,
        null as centre_rule_difference_ratio,
        sum(emissions.ce_tgco2) as unassigned_ce_tgco2,
        'no zone of this code or name ('
        || coalesce(min(emissions.supplied_city_name), min(emissions.unit_name), 'no name') || ', '
        || count(*) || ' units); kept in province ' || min(emissions.province_id) as remark

    from emissions

    inner join years
        on emissions.year = years.year

    where emissions.city_id is null

    group by coalesce(emissions.supplied_city_id, emissions.unit_id), emissions.year

),

unioned as (

    select * from raster_quality

    union all

    select * from emission_quality

    union all

    select * from unassigned_emissions

),

final as (

    select
        city_id,
        year,
        layer,
        valid_ratio,
        cell_count,
        valid_area_km2,
        centre_cell_count,
        centre_rule_difference_ratio,
        unassigned_ce_tgco2,
        remark

    from unioned

)

select * from final
