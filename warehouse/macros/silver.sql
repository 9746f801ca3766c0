{#- A silver table to select from. Lake engines have it in their catalog; DuckDB reads the files under the variable `silver`.
    Either table may have no file at all (no order file was dropped, or nothing came by stream), and old files may lack a
    column that the contract got later: the typed, empty first branch covers both. -#}
{% macro silver(table) %}{{ return(adapter.dispatch('silver')(table)) }}{% endmacro %}

{% macro athena__silver(table) %}{{ return(source('silver', table)) }}{% endmacro %}
{% macro spark__silver(table) %}{{ return(source('silver', table)) }}{% endmacro %}

{% macro default__silver(table) %}
  {%- set relation = source('silver', table) -%}
  {%- if not execute -%}{{ return(relation) }}{%- endif -%}
  {%- set node = graph.sources.values() | selectattr('name', 'equalto', table) | first -%}
  {%- set files = (var('silver') ~ '/' ~ node.config.meta.files) | replace("'", "''") -%}
  {%- set found = run_query("select count(*) from glob('" ~ files ~ "')").columns[0].values()[0] -%}
  (
    select {% for column in node.columns.values() -%}
      cast(null as {{ column.data_type }}) as {{ column.name }}{{ ", " if not loop.last }}
    {%- endfor %}
    where false
    {%- if found %}
    union all by name
    select * from read_parquet('{{ files }}', union_by_name = true, hive_partitioning = false)
    {%- endif %}
  )
{%- endmacro %}

{#- Spectrum hands out a list only as JSON text, and only where the session says so (`json_lists` does): here it becomes a SUPER. -#}
{% macro redshift__silver(table) %}
  {%- set relation = source('silver', table) -%}
  {%- if not execute -%}{{ return(relation) }}{%- endif -%}
  {%- set node = graph.sources.values() | selectattr('name', 'equalto', table) | first -%}
  (
    select {% for column in node.columns.values() -%}
      {{ 'json_parse(' ~ column.name ~ ') as ' if column.data_type.endswith('[]') }}{{ column.name }}{{ ", " if not loop.last }}
    {%- endfor %}
    from {{ relation }}
  )
{%- endmacro %}

{#- Before a model that reads silver's lists. -#}
{% macro json_lists() %}{{ return('set json_serialization_enable to true' if target.type == 'redshift' else '') }}{% endmacro %}
