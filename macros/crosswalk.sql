{#- Key of a place that emissions name: all that the file says of it. -#}
{% macro emission_place_id(relation) -%}
    md5(concat_ws(
        chr(31),
        {% for column in [
            'unit_id', 'unit_name', 'city_id', 'city_name', 'province_id', 'province_name'
        ] -%}
        coalesce({{ relation }}.{{ column }}, ''){{ ',' if not loop.last }}
        {% endfor -%}
    ))
{%- endmacro %}

{#- What is left of a province's name, Chinese or English, without what it is called officially.
    Common other spellings become one; Shaanxi and Shanxi stay two. -#}
{% macro province_key(name) -%}
    {%- set chinese = '省|市|壮族|回族|维吾尔|特别行政区|自治区' -%}
    {%- set english = (
        'the|province|municipality|city|special|administrative|autonomous|region|sar'
        ~ '|zhuang|hui|uygur|uyghur|uighur'
    ) -%}
    {%- set bare = (
        "regexp_replace(regexp_replace(lower(trim(" ~ name ~ ")), '" ~ chinese
        ~ "|\\b(" ~ english ~ ")\\b', '', 'g'), '[^\\p{L}]+', '', 'g')"
    ) -%}
    {%- set spellings = {
        'neimenggu': 'innermongolia', 'neimongol': 'innermongolia', 'nmenggu': 'innermongolia',
        'xizang': 'tibet', 'shannxi': 'shaanxi', 'xianggang': 'hongkong',
        'aomen': 'macau', 'macao': 'macau'
    } -%}
    case {{ bare }}
        when '' then null
        {% for other, usual in spellings.items() -%}
        when '{{ other }}' then '{{ usual }}'
        {% endfor -%}
        else {{ bare }}
    end
{%- endmacro %}

{#- What is left of a city's Chinese name without its rank: a prefecture that became a city keeps
    it. Letters of other alphabets give NULL, because English names are no keys. -#}
{% macro city_key(name_zh) -%}
    case
        when regexp_full_match(trim({{ name_zh }}), '\p{Han}+')
            then regexp_replace(trim({{ name_zh }}), '(.{2,})(市|地区|盟)$', '\1')
    end
{%- endmacro %}

{#- The province code that a six-digit code of a division (GB/T 2260) begins with. -#}
{% macro province_of_code(code) -%}
    case
        when regexp_matches({{ code }}, '^[1-9]\d{5}(\D|$)')
            then left({{ code }}, 2) || '0000'
    end
{%- endmacro %}

{#- The prefecture code that a six-digit code of a county begins with. -#}
{% macro prefecture_of_code(code) -%}
    case
        when regexp_matches({{ code }}, '^[1-9]\d{5}(\D|$)')
            then left({{ code }}, 4) || '00'
    end
{%- endmacro %}
