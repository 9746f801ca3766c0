-- Copies of a line are equal by contract. If they are not, the numbers are still right for the copy that counts: a warning.
{{ config(severity='warn') }}

with silver_lines as (

    select line_id, currency, quantity * unit_price_micros as micros
    from (
        {{ unnest_lines(ref('base_events'), ['currency']) | indent(8) }}
    ) as event_lines

    union all

    select line_id, currency, quantity * unit_price_micros as micros
    from {{ ref('base_order_lines') }}

)

select line_id
from silver_lines
group by line_id
having count(distinct micros) > 1 or count(distinct currency) > 1
