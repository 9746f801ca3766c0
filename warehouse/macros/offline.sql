{#- Compiling without a warehouse (`--vars '{offline: true}'`, see warehouse.targets): the question whether a table exists needs
    one, so the answer is taken from the command: `--full-refresh` compiles the first run, without it every later one. -#}
{% macro is_incremental() %}
  {%- if var('offline', false) -%}
    {{- return(model.config.materialized == 'incremental' and not flags.FULL_REFRESH) -}}
  {%- endif -%}
  {{- return(dbt.is_incremental()) -}}
{% endmacro %}
