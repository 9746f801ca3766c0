{#- Table maintenance: `dbt run-operation maintain`, started by warehouse.maintain. Each table of gold that an engine keeps in many
    small files and old states is compacted, and states nobody can ask for any more are deleted: GDPR erasures end there too. -#}
{% macro maintain() %}
  {%- for sql in maintenance() -%}
    {%- do log('maintenance: ' ~ sql, info=true) -%}
    {%- do run_maintenance(sql) -%}
  {%- endfor -%}
{% endmacro %}

{#- The statements for all tables, in order of their names; `compile --inline` shows them without a warehouse. -#}
{% macro maintenance() %}
  {%- set statements = [] -%}
  {%- if execute -%}
    {%- for node in graph.nodes.values() | sort(attribute='name') if node.resource_type == 'model' and 'marts' in node.fqn
        and node.config.materialized in ('table', 'incremental') -%}
      {%- do statements.extend(maintenance_of(api.Relation.create(node.database, node.schema, node.alias))) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(statements) }}
{% endmacro %}

{#- The statements for one table, in order. -#}
{% macro maintenance_of(table) %}{{ return(adapter.dispatch('maintenance_of')(table)) }}{% endmacro %}

{% macro default__maintenance_of(table) %}
  {{- exceptions.raise_compiler_error(target.type ~ ' keeps no old states of a table: there is nothing to maintain') -}}
{% endmacro %}

{#- What may go says the table itself (`table_properties` in dbt_project.yml). Without quotes: neither statement takes them. -#}
{% macro athena__maintenance_of(table) %}
  {%- set name = table.render_pure() -%}
  {{- return(['optimize ' ~ name ~ ' rewrite data using bin_pack', 'vacuum ' ~ name]) -}}
{% endmacro %}

{#- Seven days, Delta's own default: a query or stream that began earlier would miss files. -#}
{% macro spark__maintenance_of(table) %}
  {{- return(['optimize ' ~ table, 'vacuum ' ~ table ~ ' retain 168 hours', 'analyze table ' ~ table ~ ' compute statistics']) -}}
{% endmacro %}

{#- Redshift sorts and reclaims on its own when it is idle; a warehouse that is paused every night never is. -#}
{% macro redshift__maintenance_of(table) %}
  {{- return(['vacuum full ' ~ table, 'analyze ' ~ table]) -}}
{% endmacro %}

{% macro run_maintenance(sql) %}{{ return(adapter.dispatch('run_maintenance')(sql)) }}{% endmacro %}

{#- Outside a transaction: Redshift refuses VACUUM in one. -#}
{% macro default__run_maintenance(sql) %}
  {%- call statement(auto_begin=false) %}{{ sql }}{% endcall -%}
{% endmacro %}

{#- One call of Athena may leave some of the work (ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED): the adapter asks until it is done. -#}
{% macro athena__run_maintenance(sql) %}
  {%- do adapter.run_operation_with_potential_multiple_runs(sql, sql.split()[0]) -%}
{% endmacro %}
