-- Order lines inside events that no contract lets through, with the first rule that each breaks.
with judged as (

    select
        position,
        line_id,
        case
            when line_id is null then 'line_id is missing'
            when product_id is null then 'product_id is missing'
            when quantity is null or abs(quantity) > 1000000 then 'quantity is missing or beyond a million'
            when unit_price_micros is null or abs(unit_price_micros) > 1000000000000
                then 'unit_price_micros is missing or beyond a million of the currency'
        end as rule,
        quantity,
        unit_price_micros
    from (
        {{ unnest_lines(ref('base_events'), ['position']) | indent(8) }}
    ) as event_lines

)

select
    'events' as source,
    position as place,
    line_id as id,
    rule,
    case
        when rule like 'quantity%' then {{ as_text('quantity') }}
        when rule like 'unit_price%' then {{ as_text('unit_price_micros') }}
    end as found
from judged
where rule is not null
