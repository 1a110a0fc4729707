-- Orders that moved stock in a way that was unknown before cannot go back.
drop index stock_movements_order_key;
create unique index stock_movements_order_key on stock_movements (order_id, sku_id) where order_id is not null;

alter table stock_movements
    drop constraint stock_movements_reason_check,
    drop constraint stock_movements_check,
    drop column turn,
    add constraint stock_movements_reason_check check (reason in
        ('delivery', 'damage', 'count', 'return', 'correction', 'import', 'cancellation')),
    add constraint stock_movements_check check ((reason = 'cancellation') = (order_id is not null));

drop table order_events;

alter table order_goods
    drop column discount,
    drop column withdrawn_count,
    drop column refunded_amount;

alter table orders
    drop column language,
    drop column paid_amount,
    drop column refunded_amount,
    drop column revived_at,
    drop column canceled_by;
