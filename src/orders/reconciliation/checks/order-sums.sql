select o.number as key,
    concat_ws(' / ', o.total_count, o.goods_amount, o.total_amount) as actual,
    concat_ws(' / ', g.count, g.amount, g.amount + o.freight - o.discount) as expected
from orders o
join (
    select order_id, sum(count) as count, sum(price * count) as amount from order_goods group by order_id
) g on g.order_id = o.id
where (o.total_count, o.goods_amount, o.total_amount)
    is distinct from (g.count, g.amount, g.amount + o.freight - o.discount);
