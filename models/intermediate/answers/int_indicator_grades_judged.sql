-- What each indicator rests on: the worst grade of its inputs. Grain: one row per indicator.
-- An input that no file supplies counts as assumed.
with

grades as (

    select * from {{ ref('int_input_grades_judged') }}

),

needed as (

    select
        indicator,
        unnest({{ evidences_of('indicator') }}) as evidence

    from (select unnest({{ indicators() }}) as indicator) as listed

),

final as (

    select
        needed.indicator,
        {{ worst_grade("coalesce(grades.input_grade, 'assumed')") }} as input_grade,
        nullif(array_to_string(list_sort(list(distinct grades.calibrated_to)), '; '), '')
            as calibrated_to,
        list_sort(list_distinct(flatten(list(grades.source_ids)))) as source_ids

    from needed

    left join grades
        on needed.evidence = grades.evidence

    group by needed.indicator

)

select * from final
