-- Source cards of the inputs. Grain: one row per source_id.
{{ config(alias='sources') }}

with

final as (

    select * from {{ ref('stg_raw__sources') }}

)

select * from final
order by source_id
