select o.number as key, count(*)::text as actual, '1' as expected
from payments p join orders o on o.id = p.order_id
where p.counts
group by o.number having count(*) > 1;
