select o.number || ', ' || k.code as key, g.refunded_amount::text as actual,
    least(coalesce(r.amount, 0.00), g.price * g.count - g.discount - g.waived_amount)::text as expected
from order_goods g
left join (
    select l.order_goods_id, sum(l.amount) as amount, sum(l.count) as count
    from refund_goods l
    join refunds r on r.id = l.refund_id
    where r.status <> 'refused'
    group by l.order_goods_id
) r on r.order_goods_id = g.id
join orders o on o.id = g.order_id
join skus k on k.id = g.sku_id
where g.refunded_amount <> least(coalesce(r.amount, 0), g.price * g.count - g.discount - g.waived_amount)
    or coalesce(r.count, 0) > g.count;
