select r.number as key, (r.freight + l.amount)::text as actual, r.amount::text as expected
from refunds r
join (select refund_id, sum(amount) as amount from refund_goods group by refund_id) l on l.refund_id = r.id
where r.freight + l.amount > r.amount;
