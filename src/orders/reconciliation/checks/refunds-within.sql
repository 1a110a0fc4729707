select p.number as key, r.amount::text as actual, p.amount::text as expected
from payments p
join (
    select payment_id, sum(amount) as amount from refunds where status <> 'refused' group by payment_id
) r on r.payment_id = p.id
where r.amount > p.amount or p.status <> 'paid';
