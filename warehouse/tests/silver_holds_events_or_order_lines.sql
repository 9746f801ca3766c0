-- Either may be missing. Both missing is a wrong place, and gold must not be emptied because of it.
select 'silver is empty' as problem
from (
    select count(*) as rows_found from {{ ref('base_events') }}
    union all
    select count(*) as rows_found from {{ ref('base_order_lines') }}
) as counts
having sum(rows_found) = 0
