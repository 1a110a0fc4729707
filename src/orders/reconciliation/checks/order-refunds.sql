select o.number as key, o.refunded_amount::text as actual, coalesce(r.amount, 0.00)::text as expected
from orders o
left join (
    select p.order_id, sum(r.amount) as amount
    from refunds r join payments p on p.id = r.payment_id
    where p.counts and r.status <> 'refused'
    group by p.order_id
) r on r.order_id = o.id
where o.refunded_amount <> coalesce(r.amount, 0);
