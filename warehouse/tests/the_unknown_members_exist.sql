-- Both dimensions have exactly one member for "not known".
select 'dim_customer' as dimension
from {{ ref('dim_customer') }}
having sum(case when customer_id is null then 1 else 0 end) <> 1

union all

select 'dim_store' as dimension
from {{ ref('dim_store') }}
having sum(case when store_id is null then 1 else 0 end) <> 1
