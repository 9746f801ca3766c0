with copies as (

    -- Copies of an event are equal, so it does not matter which one is kept as long as it is always the same one.
    select
        *,
        row_number() over (partition by event_id order by position) as copy_number
    from {{ ref('base_events') }}

)

select
    event_id,
    event_type,
    {{ utc('occurred_at') }} as occurred_at,
    session_id,
    channel,
    customer_id,
    store_id,
    campaign_id,
    country,
    page,
    product_id,
    quantity,
    {{ from_micros('unit_price_micros', digits=18) }} as unit_price,
    currency,
    items,
    {{ from_micros('cart_value_micros') }} as cart_value,
    order_id,
    lines
from copies
where copy_number = 1
