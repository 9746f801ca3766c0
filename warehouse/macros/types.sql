{#- The contracts of the marts say `varchar`, which is a text of any length on DuckDB and Athena only. Redshift's is 256 bytes,
    and a text of the event contract has up to 1,024 characters (4 bytes each in UTF-8); Spark wants a length or `string`. -#}
{% macro engine_type(data_type) %}{{ return(adapter.dispatch('engine_type')(data_type)) }}{% endmacro %}
{% macro default__engine_type(data_type) %}{{ return(data_type) }}{% endmacro %}
{% macro redshift__engine_type(data_type) %}{{ return('varchar(4096)' if data_type == 'varchar' else data_type) }}{% endmacro %}
{% macro spark__engine_type(data_type) %}{{ return('string' if data_type == 'varchar' else data_type) }}{% endmacro %}

{#- A value as text; what an engine cuts off a long one is not missed where this is used. -#}
{% macro as_text(value) -%}cast({{ value }} as {{ engine_type('varchar') }}){%- endmacro %}

{#- dbt's own macros, with the columns' types in the words of the engine. -#}
{% macro databricks__get_empty_schema_sql(columns) %}
  {%- set typed = {} -%}
  {%- for name, column in columns.items() -%}
    {%- do typed.update({name: dict(column, data_type=engine_type(column['data_type']))}) -%}
  {%- endfor -%}
  {{ return(dbt.default__get_empty_schema_sql(typed)) }}
{% endmacro %}

{% macro redshift__get_table_columns_and_constraints() %}
  (
  {%- for column in model['columns'].values() %}
    {{ column['name'] }} {{ engine_type(column['data_type']) }}{{ "," if not loop.last }}
  {%- endfor %}
  )
{% endmacro %}
