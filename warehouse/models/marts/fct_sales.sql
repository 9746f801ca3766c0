{{ config(
    materialized='incremental',
    unique_key='order_line_key',
    incremental_strategy='merge' if target.type in ('athena', 'glue', 'databricks', 'spark') else 'delete+insert',
    on_schema_change='fail'
) }}

with sales as (

    select
        {{ sk('lines.line_id') }} as order_line_key,
        lines.line_id,
        lines.order_id,
        {{ date_key('lines.sold_at') }} as date_key,
        {{ sk('lines.customer_id') }} as customer_key,
        {{ sk('lines.product_id') }} as product_key,
        {{ sk('lines.store_id') }} as store_key,
        {{ sk('lines.channel') }} as channel_key,
        sessions.session_key,
        coalesce(lines.campaign_id, sessions.campaign_id) as campaign_id,
        lines.quantity,
        lines.unit_price,
        lines.amount,
        lines.currency,
        lines.sold_at,
        lines.quantity < 0 as is_return,
        lines.source
    from {{ ref('stg_order_lines') }} as lines
    left join {{ ref('fct_sessions') }} as sessions on lines.session_id = sessions.session_id

)

select * from sales

{% if is_incremental() -%}
-- Only rows that are new or changed are written. No time limit, because an event may arrive days late, and its arrival may
-- change older rows (the campaign of a visit, an event in the place of a file line): so a run ends where a full refresh would.
except

select
    order_line_key,
    line_id,
    order_id,
    date_key,
    customer_key,
    product_key,
    store_key,
    channel_key,
    session_key,
    campaign_id,
    quantity,
    unit_price,
    amount,
    currency,
    sold_at,
    is_return,
    source
from {{ this }}
{%- endif %}
