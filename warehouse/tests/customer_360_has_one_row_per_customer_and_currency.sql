select customer_id, currency
from {{ ref('customer_360') }}
group by customer_id, currency
having count(*) > 1
