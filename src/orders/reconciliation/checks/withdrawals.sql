select o.number || ', ' || k.code as key,
    coalesce(m.back, 0)::text as actual, g.withdrawn_count::text as expected
from order_goods g
left join (
    select order_id, sku_id, sum(delta) as back
    from stock_movements where reason = 'withdrawal'
    group by order_id, sku_id
) m on m.order_id = g.order_id and m.sku_id = g.sku_id
join orders o on o.id = g.order_id
join skus k on k.id = g.sku_id
where coalesce(m.back, 0) <> g.withdrawn_count;
