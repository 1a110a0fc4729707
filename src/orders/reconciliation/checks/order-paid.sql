select o.number as key, o.paid_amount::text as actual, coalesce(p.paid, 0.00)::text as expected
from orders o
left join (
    select order_id, sum(amount) as paid from payments where counts group by order_id
) p on p.order_id = o.id
where o.paid_amount <> coalesce(p.paid, 0) or o.paid_amount not in (0, o.total_amount);
