-- Lines of order files that no contract lets through, with the first rule that each breaks; `place` is the file and its line.
with judged as (

    select
        source_file,
        line_number,
        line_id,
        case
            when line_id is null then 'line_id is missing'
            when order_id is null then 'order_id is missing'
            when product_id is null then 'product_id is missing'
            when quantity is null or abs(quantity) > 1000000 then 'quantity is missing or beyond a million'
            when unit_price_micros is null or abs(unit_price_micros) > 1000000000000
                then 'unit_price_micros is missing or beyond a million of the currency'
            when currency is null or length(currency) <> 3 then 'currency is no code of three letters'
            when channel is null or channel not in ('web', 'app', 'store') then 'channel is none of the contract'
            when ordered_at is null then 'ordered_at is missing'
        end as rule,
        quantity,
        unit_price_micros,
        currency,
        channel
    from {{ ref('base_order_lines') }}

)

select
    'order_lines' as source,
    coalesce(source_file, 'no file') || ':' || coalesce({{ as_text('line_number') }}, '?') as place,
    line_id as id,
    rule,
    case
        when rule like 'quantity%' then {{ as_text('quantity') }}
        when rule like 'unit_price%' then {{ as_text('unit_price_micros') }}
        when rule like 'currency%' then currency
        when rule like 'channel%' then channel
    end as found
from judged
where rule is not null
