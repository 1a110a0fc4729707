-- What happens to an order after it was placed: its events, its money, and stock that moves because of it.

alter table orders
    -- The shopper's language when ordering.
    add column language text not null default 'zh' check (language in ('en', 'zh')),
    -- What payments that count have brought in: nothing, or all of it.
    add column paid_amount numeric(12, 2) not null default 0,
    -- What goes back, done or on its way.
    add column refunded_amount numeric(12, 2) not null default 0,
    -- When it was paid and taken up again after it had expired.
    add column revived_at timestamptz,
    add column canceled_by text check (canceled_by in ('expiry', 'shopper', 'staff', 'refusal')),
    add constraint orders_paid_amount_check check (paid_amount in (0, total_amount)),
    add constraint orders_refunded_amount_check check (refunded_amount between 0 and paid_amount),
    add constraint orders_canceled_by_status_check check (canceled_by is null or status = 'canceled');

update orders set canceled_by = 'expiry' where status = 'canceled';

alter table order_goods
    -- The line's share of the order's discount.
    add column discount numeric(12, 2) not null default 0,
    -- Units that will not be sent.
    add column withdrawn_count integer not null default 0,
    add column refunded_amount numeric(12, 2) not null default 0,
    add constraint order_goods_discount_check check (discount between 0 and price * count),
    add constraint order_goods_withdrawn_count_check check (withdrawn_count between 0 and count),
    add constraint order_goods_refunded_amount_check check (refunded_amount between 0 and price * count - discount);

create table order_events (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    at timestamptz not null default clock_timestamp(),
    event text not null check (event in
        ('paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded')),
    actor text not null check (actor in ('shopper', 'staff', 'gateway', 'system')),
    user_id bigint references users,
    details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
    check ((actor in ('shopper', 'staff')) = (user_id is not null))
);

create index order_events_order_id_idx on order_events (order_id, id);

-- An order moves the stock of a SKU once for each reason and turn: it may be canceled, revived and canceled again.
alter table stock_movements
    add column turn integer not null default 1 check (turn > 0),
    drop constraint stock_movements_reason_check,
    drop constraint stock_movements_check,
    add constraint stock_movements_reason_check check (reason in
        ('delivery', 'damage', 'count', 'return', 'correction', 'import', 'cancellation', 'revival', 'refusal',
            'withdrawal')),
    -- Staff book returns and damage with or without an order.
    add constraint stock_movements_check check (case
        when reason in ('cancellation', 'revival', 'refusal', 'withdrawal') then order_id is not null
        when reason in ('return', 'damage') then true
        else order_id is null
    end);

drop index stock_movements_order_key;
create unique index stock_movements_order_key on stock_movements (order_id, sku_id, reason, turn)
    where order_id is not null;
