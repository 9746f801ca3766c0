{#- Small pieces of portable SQL that more than one model needs. -#}

{#- Integer millionths as an exact decimal: a product of decimals, because division gives a double on some engines.
    19 digits, because quantity x price may be 10**18 millionths (contract.events). -#}
{% macro from_micros(micros, digits=19) -%}
cast(cast({{ micros }} as decimal(19, 0)) * cast('0.000001' as decimal(7, 6)) as decimal({{ digits }}, 6))
{%- endmacro %}

{#- A date or timestamp as the integer yyyymmdd. -#}
{% macro date_key(day) -%}
cast(extract(year from {{ day }}) * 10000 + extract(month from {{ day }}) * 100 + extract(day from {{ day }}) as integer)
{%- endmacro %}

{#- Rank 1 is the first row in `order` that knows `column`; with max(case when rank = 1 ...) the first known value of it. -#}
{% macro known_rank(column, by, order) -%}
row_number() over (partition by {{ by }} order by case when {{ column }} is null then 1 else 0 end, {{ order }})
{%- endmacro %}
