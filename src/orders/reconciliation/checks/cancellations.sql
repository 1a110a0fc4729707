select o.number || ', ' || k.code as key,
    coalesce(m.back, 0)::text as actual, coalesce(g.owed, 0)::text as expected
from (
    select g.order_id, g.sku_id, g.count - g.withdrawn_count as owed
    from order_goods g join orders o on o.id = g.order_id
    where o.status = 'canceled'
) g
full join (
    select order_id, sku_id, sum(delta) as back
    from stock_movements where reason in ('cancellation', 'revival', 'refusal')
    group by order_id, sku_id
) m on m.order_id = g.order_id and m.sku_id = g.sku_id
join orders o on o.id = coalesce(g.order_id, m.order_id)
join skus k on k.id = coalesce(g.sku_id, m.sku_id)
where coalesce(m.back, 0) <> coalesce(g.owed, 0);
