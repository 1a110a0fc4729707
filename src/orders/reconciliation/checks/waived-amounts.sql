select o.number as key, o.waived_amount::text as actual, coalesce(g.waived, 0.00)::text as expected
from orders o
left join (select order_id, sum(waived_amount) as waived from order_goods group by order_id) g on g.order_id = o.id
where o.waived_amount <> coalesce(g.waived, 0);
