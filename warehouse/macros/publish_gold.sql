{#- Copies every mart to <gold>/<model>/<model>.parquet when a whole run went well, so that readers of gold never see a table
    whose test failed. Only for DuckDB: a lake engine has its tables in the lake already. Sorted, so that equal tables are
    equal files whatever the order in which rows came. Folders must exist (warehouse.build makes them). -#}
{% macro publish_gold(results) %}
  {%- set gold = var('gold', none) -%}
  {%- if execute and target.type == 'duckdb' and gold is not none and flags.WHICH in ('build', 'run') -%}
    {%- set bad = results | rejectattr('status', 'in', ['success', 'pass', 'warn']) | list -%}
    {%- if not bad -%}
      {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'marts' in node.fqn -%}
        {%- set relation = api.Relation.create(node.database, node.schema, node.alias) -%}
        {%- set file = (gold ~ '/' ~ node.name ~ '/' ~ node.name ~ '.parquet') | replace("'", "''") -%}
        {%- do run_query("copy (select * from " ~ relation ~ " order by all) to '" ~ file ~ "' (format parquet, compression zstd)") -%}
      {%- endfor -%}
    {%- endif -%}
  {%- endif -%}
{% endmacro %}
