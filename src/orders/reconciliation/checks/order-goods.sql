select o.number as key, o.total_count::text as actual, '0' as expected
from orders o
where not exists (select from order_goods g where g.order_id = o.id);
