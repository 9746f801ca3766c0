-- Events that no contract lets through, with the first rule that each breaks. Of a value only the code or number is shown.
with judged as (

    select
        position,
        event_id,
        case
            when event_id is null then 'event_id is missing'
            when session_id is null then 'session_id is missing'
            when occurred_at is null then 'occurred_at is missing'
            when event_type is null or event_type not in ('pageview', 'add_to_cart', 'checkout', 'order_confirmed')
                then 'event_type is none of the contract'
            when channel is null or channel not in ('web', 'app', 'store') then 'channel is none of the contract'
            when occurred_at > arrived_at + interval '1' hour then 'occurred_at is over an hour after its arrival'
            when event_type = 'order_confirmed' and order_id is null then 'order_id is missing'
            when event_type = 'order_confirmed' and lines is null then 'lines are missing'
            when event_type <> 'pageview' and (currency is null or length(currency) <> 3)
                then 'currency is no code of three letters'
            when event_type = 'add_to_cart' and (quantity is null or abs(quantity) > 1000000)
                then 'quantity is missing or beyond a million'
            when event_type = 'add_to_cart' and (unit_price_micros is null or abs(unit_price_micros) > 1000000000000)
                then 'unit_price_micros is missing or beyond a million of the currency'
        end as rule,
        event_type,
        channel,
        occurred_at,
        currency,
        quantity,
        unit_price_micros
    from {{ ref('base_events') }}

)

select
    'events' as source,
    position as place,
    event_id as id,
    rule,
    case
        when rule like 'event_type%' then event_type
        when rule like 'channel%' then channel
        when rule like 'occurred_at%' then {{ as_text('occurred_at') }}
        when rule like 'currency%' then currency
        when rule like 'quantity%' then {{ as_text('quantity') }}
        when rule like 'unit_price%' then {{ as_text('unit_price_micros') }}
    end as found
from judged
where rule is not null
