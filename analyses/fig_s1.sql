-- Fig. S1: when did the carbon neutral capacity of each province change?
-- Grain: one row per province in the study and year; a province without CNC has none.
-- Units: UF and UB are normal scores with critical lines at -1.96 and 1.96; years.
-- Paper: Beijing, Inner Mongolia and Qinghai change early, around 2000; Hainan 6 years later than
-- the average; 2004 is the turning point.
-- Where the paper is wrong: by its own rule a crossing counts only within the critical lines
-- (is_valid). Most provinces cross at UF of about -3 and so have no mutation point; on the paper's
-- own emissions Inner Mongolia crosses in 2006.2 and Qinghai in 2007.2. It calls UB "the sequential
-- series"; UB is the negated score of the reversed series. What the curves do show is the first
-- year beyond the critical lines (first_significant_year).
with

curves as (

    select * from {{ ref('fct_mann_kendall_curves') }}

),

trends as (

    select * from {{ ref('fct_trends') }}

),

mutation_points as (

    select * from {{ ref('fct_mutation_points') }}

),

crossings as (

    select
        entity_id,
        list(crossing_year order by crossing_year) as crossing_years,
        list(crossing_value order by crossing_year) as crossing_values,
        list(crossing_year order by crossing_year) filter (where is_valid) as mutation_years

    from mutation_points

    where entity_level = 'province'
        and indicator = 'CNC'

    group by entity_id

),

final as (

    select
        trends.entity_id as province_id,
        trends.entity_name as province_name,
        curves.year,
        curves.uf,
        curves.ub,
        trends.first_significant_year,
        crossings.crossing_years,
        crossings.crossing_values,
        crossings.mutation_years

    from trends

    inner join curves
        on trends.entity_level = curves.entity_level
        and trends.entity_id = curves.entity_id
        and trends.indicator = curves.indicator

    left join crossings
        on trends.entity_id = crossings.entity_id

    where trends.entity_level = 'province'
        and trends.in_study
        and trends.indicator = 'CNC'

)

select * from final
order by province_id, year
