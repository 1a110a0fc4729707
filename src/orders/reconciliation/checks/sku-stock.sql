-- Of all orders: canceling one writes a movement and keeps its lines.
select k.code as key, k.stock::text as actual,
    (coalesce(m.moved, 0) - coalesce(g.sold, 0))::text as expected
from skus k
left join (select sku_id, sum(delta) as moved from stock_movements group by sku_id) m on m.sku_id = k.id
left join (select sku_id, sum(count) as sold from order_goods group by sku_id) g on g.sku_id = k.id
where k.stock <> coalesce(m.moved, 0) - coalesce(g.sold, 0);
