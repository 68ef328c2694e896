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

{#- Whether codes of emitters are those of China's divisions (GB/T 2260). Six digits are common
    elsewhere, and mean other things there. -#}
{% macro has_gb2260_codes() -%}
    {%- set declared = var('division_codes') -%}
    {%- if execute and declared not in (none, 'gb2260', 'none') -%}
        {{ exceptions.raise_compiler_error(
            "var division_codes is '" ~ declared ~ "': it should be gb2260, none or null"
        ) }}
    {%- endif -%}
    {{ return(declared == 'gb2260' or (declared is none and var('nation_id') == 'CN')) }}
{%- endmacro %}

{#- The first digits of a six-digit code of a division (GB/T 2260), filled up with zeros; NULL where
    codes are no such codes. -#}
{% macro _gb2260_prefix(code, digits) -%}
    {%- if has_gb2260_codes() -%}
    case
        when regexp_matches({{ code }}, '^[1-9]\d{5}(\D|$)')
            then rpad(left({{ code }}, {{ digits }}), 6, '0')
    end
    {%- else -%}
    null::varchar
    {%- endif -%}
{%- endmacro %}

{#- The province code that a six-digit code of a division begins with. -#}
{% macro province_of_code(code) -%}
    {{ _gb2260_prefix(code, 2) }}
{%- endmacro %}

{#- The prefecture code that a six-digit code of a county begins with. -#}
{% macro prefecture_of_code(code) -%}
    {{ _gb2260_prefix(code, 4) }}
{%- endmacro %}
