-- Orders with events, refunds or statuses that were unknown before cannot go back.
drop index orders_refused_phone_idx;
drop index orders_received_idx;
drop index orders_sent_idx;

alter table order_events
    drop column mails_at,
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded'));

alter table refunds
    drop column return_id,
    drop constraint refunds_reason_check,
    add constraint refunds_reason_check check (reason in
        ('canceled', 'surplus', 'out_of_stock', 'lines', 'amount'));

drop table return_pictures;
drop table return_goods;
drop table returns;
drop table cancellation_requests;
drop table order_holds;
drop table shipment_goods;
drop table shipments;
drop table carriers;

alter table skus drop column shelf_place;

alter table order_goods
    drop constraint order_goods_refunded_amount_check,
    add constraint order_goods_refunded_amount_check check (refunded_amount between 0 and price * count - discount),
    drop column sent_count,
    drop column returned_count,
    drop column waived_amount;

alter table orders
    drop constraint orders_paid_amount_check,
    add constraint orders_paid_amount_check check (paid_amount in (0, total_amount)),
    drop column packing_at,
    drop column waived_amount;
