-- A parcel that was undone, or is sent again because it was lost, does not count.
select o.number || ', ' || k.code as key, g.sent_count::text as actual, coalesce(s.sent, 0)::text as expected
from order_goods g
left join (
    select l.order_goods_id, sum(l.count) as sent
    from shipment_goods l join shipments s on s.id = l.shipment_id
    where s.status in ('sent', 'lost')
    group by l.order_goods_id
) s on s.order_goods_id = g.id
join orders o on o.id = g.order_id
join skus k on k.id = g.sku_id
where g.sent_count <> coalesce(s.sent, 0);
