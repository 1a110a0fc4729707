select p.number as key, p.amount::text as actual, (o.total_amount - o.waived_amount)::text as expected
from payments p join orders o on o.id = p.order_id
where p.counts and p.amount <> o.total_amount - o.waived_amount;
