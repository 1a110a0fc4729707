-- A refund that the gateway refused waits for staff, as an attempt that is marked does.
select p.number as key, coalesce(r.amount, 0.00)::text as actual, p.amount::text as expected
from payments p
left join (select payment_id, sum(amount) as amount from refunds group by payment_id) r
    on r.payment_id = p.id
where p.status = 'paid' and not p.counts and p.strange is null and p.settled is null
    and coalesce(r.amount, 0) <> p.amount;
