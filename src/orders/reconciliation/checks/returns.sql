select o.number || ', ' || k.code as key,
    concat_ws(' / ', g.returned_count, coalesce(m.back, 0)) as actual,
    concat_ws(' / ', coalesce(r.arrived, 0), coalesce(r.sellable, 0)) as expected
from order_goods g
left join (
    select order_goods_id, sum(sellable_count + damaged_count) as arrived, sum(sellable_count) as sellable
    from return_goods group by order_goods_id
) r on r.order_goods_id = g.id
left join (
    select order_id, sku_id, sum(delta) as back
    from stock_movements where reason = 'return' and order_id is not null
    group by order_id, sku_id
) m on m.order_id = g.order_id and m.sku_id = g.sku_id
join orders o on o.id = g.order_id
join skus k on k.id = g.sku_id
where g.returned_count <> coalesce(r.arrived, 0) or coalesce(m.back, 0) <> coalesce(r.sellable, 0);
