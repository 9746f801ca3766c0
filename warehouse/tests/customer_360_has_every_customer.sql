select customers.customer_key
from {{ ref('dim_customer') }} as customers
left join {{ ref('customer_360') }} as rows_of_customer
    on coalesce(customers.customer_id, '') = coalesce(rows_of_customer.customer_id, '')
group by customers.customer_key
having max(case when rows_of_customer.orders is null then 1 else 0 end) = 1
