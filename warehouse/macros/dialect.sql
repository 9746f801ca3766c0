{#- What differs between engines, one macro each. `default__` is DuckDB, `athena__` is Trino, `spark__` serves Databricks
    and Glue. Everything else in this project is SQL that all of them take: no QUALIFY, no FILTER, no list functions. -#}

{#- Surrogate key: md5 of an id as lower-case hex, the same on every engine. An id is at least one character long, so that
    null (no customer, no store) can have the key of the empty string and never meets a real id. -#}
{% macro sk(id) %}{{ return(adapter.dispatch('sk')(id)) }}{% endmacro %}
{% macro default__sk(id) %}md5(coalesce({{ id }}, '')){% endmacro %}
{% macro athena__sk(id) %}lower(to_hex(md5(to_utf8(coalesce({{ id }}, ''))))){% endmacro %}

{#- An instant as a timestamp in UTC without a zone. DuckDB reads silver's timestamps with a zone; the others read the same
    files as UTC already. Six digits for Athena, because an Iceberg table refuses its three. -#}
{% macro utc(instant) %}{{ return(adapter.dispatch('utc')(instant)) }}{% endmacro %}
{% macro default__utc(instant) %}cast({{ instant }} at time zone 'UTC' as timestamp){% endmacro %}
{% macro athena__utc(instant) %}cast({{ instant }} as timestamp(6)){% endmacro %}
{% macro redshift__utc(instant) %}cast({{ instant }} as timestamp){% endmacro %}
{% macro spark__utc(instant) %}cast({{ instant }} as timestamp){% endmacro %}

{#- A date some whole days after another. -#}
{% macro add_days(day, number) %}{{ return(adapter.dispatch('add_days')(day, number)) }}{% endmacro %}
{% macro default__add_days(day, number) %}cast({{ day }} + {{ number }} * interval '1' day as date){% endmacro %}
{% macro athena__add_days(day, number) %}date_add('day', {{ number }}, {{ day }}){% endmacro %}
{% macro redshift__add_days(day, number) %}cast(dateadd(day, {{ number }}, {{ day }}) as date){% endmacro %}
{% macro spark__add_days(day, number) %}date_add({{ day }}, {{ number }}){% endmacro %}

{#- Monday is 1, Sunday is 7. -#}
{% macro day_of_week(day) %}{{ return(adapter.dispatch('day_of_week')(day)) }}{% endmacro %}
{% macro default__day_of_week(day) %}isodow({{ day }}){% endmacro %}
{% macro athena__day_of_week(day) %}day_of_week({{ day }}){% endmacro %}
{% macro redshift__day_of_week(day) %}mod(extract(dow from {{ day }}) + 6, 7) + 1{% endmacro %}
{% macro spark__day_of_week(day) %}weekday({{ day }}) + 1{% endmacro %}

{#- The moment (UTC) before which the newest arrival must not lie. -#}
{% macro oldest_arrival() -%}
{{ (run_started_at - modules.datetime.timedelta(hours=var('max_age_hours', none) or 0)).strftime('%Y-%m-%d %H:%M:%S') }}
{%- endmacro %}
