-- Silver's own integers against the fact, line by line and without staging: no line is missing, none was invented, and each
-- amount is quantity x price to the millionth. If copies of a line disagree, the fact must be between them.
with silver_lines as (

    select line_id, quantity * unit_price_micros as micros
    from (
        {{ unnest_lines(ref('base_events'), ['event_id']) | indent(8) }}
    ) as event_lines

    union all

    select line_id, quantity * unit_price_micros as micros
    from {{ ref('base_order_lines') }}

),

expected as (

    select line_id, min(micros) as lowest, max(micros) as highest
    from silver_lines
    group by line_id

)

select
    expected.line_id as silver_line_id,
    sales.line_id as fact_line_id,
    expected.lowest,
    expected.highest,
    sales.amount
from expected
full outer join {{ ref('fct_sales') }} as sales on expected.line_id = sales.line_id
where
    expected.line_id is null
    or sales.line_id is null
    or sales.amount < {{ from_micros('expected.lowest') }}
    or sales.amount > {{ from_micros('expected.highest') }}
