with copies as (

    select
        line_id,
        order_id,
        product_id,
        product_name,
        category,
        quantity,
        unit_price_micros,
        currency,
        customer_id,
        country,
        channel,
        store_id,
        campaign_id,
        session_id,
        occurred_at as sold_at,
        'event' as source,
        event_id as copy_id,
        0 as copy_line
    from (
        {{ unnest_lines(ref('stg_events'), [
            'event_id', 'order_id', 'currency', 'customer_id', 'country', 'channel', 'store_id', 'campaign_id', 'session_id',
            'occurred_at'
        ]) | indent(8) }}
    ) as event_lines

    union all

    select
        line_id,
        order_id,
        product_id,
        product_name,
        null as category,
        quantity,
        unit_price_micros,
        currency,
        customer_id,
        country,
        channel,
        null as store_id,
        null as campaign_id,
        null as session_id,
        {{ utc('ordered_at') }} as sold_at,
        'file' as source,
        source_file as copy_id,
        line_number as copy_line
    from {{ ref('base_order_lines') }}

),

ranked as (

    -- An event knows more of a line than a file does (session, store, campaign, category), so it wins.
    select
        *,
        row_number() over (
            partition by line_id
            order by source, copy_id, copy_line, quantity, unit_price_micros, product_id
        ) as copy_number
    from copies

)

select
    line_id,
    order_id,
    product_id,
    product_name,
    category,
    quantity,
    {{ from_micros('unit_price_micros', digits=18) }} as unit_price,
    {{ from_micros('quantity * unit_price_micros') }} as amount,
    currency,
    customer_id,
    country,
    channel,
    store_id,
    campaign_id,
    session_id,
    sold_at,
    source
from ranked
where copy_number = 1
