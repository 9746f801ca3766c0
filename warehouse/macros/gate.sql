{#- Says which rows a gate test found, as one message of JSON a test (`warehouse.gate` reads it). The rows hold no customer data,
    because gate tests select none. A hundred are enough to see what is wrong; DuckDB keeps all of them beside gold's tables. -#}
{% macro report_gate(results) %}
  {%- if execute and flags.WHICH in ('build', 'test') -%}
    {%- for result in results if result.status in ('fail', 'error') and 'gate' in result.node.tags and result.failures -%}
      {%- set found = run_query("select * from (" ~ result.node.compiled_code ~ ") as rejected limit 100") -%}
      {%- set rows = [] -%}
      {%- for row in found.rows -%}
        {%- do rows.append(dict(zip(('source', 'place', 'id', 'rule', 'found'), row.values() | map('string')))) -%}
      {%- endfor -%}
      {%- do log('gate-rows: ' ~ tojson({'test': result.node.name, 'count': result.failures, 'rows': rows}), info=true) -%}
    {%- endfor -%}
  {%- endif -%}
{% endmacro %}
