-- Sends each unsent order in one parcel, for benches/measure: psql "$DATABASE_URL" -f benches/send.sql
with unsent as (
    select id from orders where status = 'unsent'
), parcels as (
    insert into shipments (order_id, carrier_id, number)
    select id, (select min(id) from carriers), 'SF' || id from unsent
    returning id, order_id
), contents as (
    insert into shipment_goods (shipment_id, order_goods_id, count)
    select p.id, g.id, g.count from parcels p join order_goods g on g.order_id = p.order_id
), lines as (
    update order_goods g set sent_count = g.count from unsent u where g.order_id = u.id
)
update orders o set status = 'unreceived', sent_at = now() from unsent u where o.id = u.id;
