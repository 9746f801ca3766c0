select order_id, currency
from {{ ref('order_summary') }}
group by order_id, currency
having count(*) > 1
