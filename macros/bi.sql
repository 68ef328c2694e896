{#- Rank of a measure among the places of its level, 1 for the largest; NULL where it is unknown. -#}
{% macro rank_within_level(measure) -%}
    case
        when {{ measure }} is not null
            then rank() over (partition by entity_level order by {{ measure }} desc nulls last)
    end
{%- endmacro %}

{#- A polygon or multipolygon as GeoJSON text, from well-known text in longitude and latitude. -#}
{% macro geojson(wkt) -%}
    case
        when starts_with({{ wkt }}, 'POLYGON') or starts_with({{ wkt }}, 'MULTIPOLYGON')
            then '{"type": "'
                || case when starts_with({{ wkt }}, 'M') then 'MultiPolygon' else 'Polygon' end
                || '", "coordinates": '
                || translate(
                    regexp_replace(
                        {{ wkt }}[strpos({{ wkt }}, '('):],
                        '([-+0-9.eE]+) ([-+0-9.eE]+)', '[\1, \2]', 'g'
                    ), '()', '[]'
                )
                || '}'
    end
{%- endmacro %}
