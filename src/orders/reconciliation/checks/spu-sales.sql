select s.slug as key, s.sales::text as actual, coalesce(k.sales, 0)::text as expected
from spus s
left join (select spu_id, sum(sales) as sales from skus group by spu_id) k on k.spu_id = s.id
where s.sales <> coalesce(k.sales, 0);
