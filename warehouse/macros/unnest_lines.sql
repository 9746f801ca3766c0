{#- Order lines that came inside events: a select with one row per element of `lines`, with `columns`
    of the event and every field of the element. -#}
{#- In the order of contract.events.OrderLine, because Trino names the fields by their place. -#}
{% macro order_line_fields() -%}
line_id product_id quantity unit_price_micros product_name category
{%- endmacro %}

{% macro unnest_lines(events, columns) %}
  {{- return(adapter.dispatch('unnest_lines')(events, columns)) -}}
{% endmacro %}

{% macro default__unnest_lines(events, columns) -%}
select {% for column in columns %}e.{{ column }}, {% endfor -%}
  {% for field in order_line_fields().split() %}u.line.{{ field }} as {{ field }}{{ ", " if not loop.last }}{% endfor %}
from {{ events }} as e
cross join unnest(e.lines) as u(line)
{%- endmacro %}

{% macro athena__unnest_lines(events, columns) -%}
select {% for column in columns %}e.{{ column }}, {% endfor -%}
  {% for field in order_line_fields().split() %}u.{{ field }}{{ ", " if not loop.last }}{% endfor %}
from {{ events }} as e
cross join unnest(e.lines) as u({{ order_line_fields().split() | join(", ") }})
{%- endmacro %}

{#- `lines` is a SUPER there (silver.sql), whose parts have no type of their own. -#}
{% macro redshift__unnest_lines(events, columns) -%}
select {% for column in columns %}e.{{ column }}, {% endfor -%}
  {% for field in order_line_fields().split() -%}
  cast(u.{{ field }} as {{ 'bigint' if field in ('quantity', 'unit_price_micros') else engine_type('varchar') }}) as {{ field }}{{ ", " if not loop.last }}
  {%- endfor %}
from {{ events }} as e, e.lines as u
{%- endmacro %}

{% macro spark__unnest_lines(events, columns) -%}
select {% for column in columns %}e.{{ column }}, {% endfor -%}
  {% for field in order_line_fields().split() %}u.line.{{ field }} as {{ field }}{{ ", " if not loop.last }}{% endfor %}
from {{ events }} as e
lateral view explode(e.lines) u as line
{%- endmacro %}
