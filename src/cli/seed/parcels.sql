-- One parcel for each sent order that has none, by one of the first seven carriers.
insert into shipments (order_id, carrier_id, number, sent_at)
select o.id, c.id, upper(c.code) || lpad((o.id * 7919 % 1000000007)::text, 12, '0'), o.sent_at
from orders o join carriers c on c.id = 1 + o.id % 7
where o.sent_at is not null and not exists (select from shipments s where s.order_id = o.id);

insert into shipment_goods (shipment_id, order_goods_id, count)
select s.id, g.id, g.count - g.withdrawn_count
from shipments s join order_goods g on g.order_id = s.order_id
where g.sent_count = 0 and g.count > g.withdrawn_count;

update order_goods g set sent_count = g.count - g.withdrawn_count
from orders o
where o.id = g.order_id and o.sent_at is not null and g.sent_count = 0;
