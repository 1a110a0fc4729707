select k.code as key, k.sales::text as actual, coalesce(g.sold, 0)::text as expected
from skus k
left join (
    select g.sku_id, sum(g.count - g.withdrawn_count) as sold
    from order_goods g join orders o on o.id = g.order_id
    where o.status <> 'canceled'
    group by g.sku_id
) g on g.sku_id = k.id
where k.sales <> coalesce(g.sold, 0);
