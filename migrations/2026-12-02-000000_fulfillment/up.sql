-- Sending and returning: carriers, parcels, returns, requests to cancel, orders on hold.

alter table orders
    -- When packing began; from then on a shopper can only ask to cancel.
    add column packing_at timestamptz,
    -- The worth of units that were taken out of a cash-on-delivery order, so that the courier collects less.
    add column waived_amount numeric(12, 2) not null default 0,
    add constraint orders_waived_amount_check
        check (waived_amount = 0 or (pay_method = 'cod' and waived_amount between 0 and total_amount)),
    drop constraint orders_paid_amount_check,
    add constraint orders_paid_amount_check check (paid_amount in (0, total_amount - waived_amount));

alter table order_goods
    -- Units in parcels that were not undone, and units that came back.
    add column sent_count integer not null default 0,
    add column returned_count integer not null default 0,
    add column waived_amount numeric(12, 2) not null default 0,
    add constraint order_goods_sent_count_check check (sent_count between 0 and count - withdrawn_count),
    add constraint order_goods_returned_count_check check (returned_count between 0 and sent_count),
    add constraint order_goods_waived_amount_check check (waived_amount >= 0),
    drop constraint order_goods_refunded_amount_check,
    add constraint order_goods_refunded_amount_check
        check (refunded_amount between 0 and price * count - discount - waived_amount);

alter table skus
    -- Where the SKU lies in the store room; pick lists are sorted by it.
    add column shelf_place text not null default '' check (length(shelf_place) <= 40);

create table carriers (
    id bigint generated always as identity primary key,
    code text not null unique check (code ~ '^[a-z0-9_]{2,20}$'),
    name_zh text not null check (length(name_zh) between 1 and 60),
    name_en text not null check (length(name_en) between 1 and 60),
    -- The page that shows where a parcel is, with {number} in place of its number; empty: there is none.
    link text not null default '' check (link = '' or (link like 'https://%{number}%' and length(link) <= 300)),
    active boolean not null default true
);

insert into carriers (code, name_zh, name_en, link) values
    ('sf', '顺丰速运', 'SF Express', 'https://www.sf-express.com/chn/sc/waybill/waybill-detail/{number}'),
    ('jd', '京东物流', 'JD Logistics', 'https://www.jdl.com/orderSearch/?waybillCodes={number}'),
    ('zto', '中通快递', 'ZTO Express', 'https://www.zto.com/express/expressCheck.html?txtBill={number}'),
    ('yto', '圆通速递', 'YTO Express', 'https://www.yto.net.cn/query/detail.html?nums={number}'),
    ('sto', '申通快递', 'STO Express', 'https://www.sto.cn/pc/service-page/iframe?bill={number}'),
    ('yunda', '韵达快递', 'Yunda Express', 'https://www.yundaex.com/cn/query.php?mailno={number}'),
    ('ems', '中国邮政速递', 'EMS', 'https://www.ems.com.cn/queryList?mailNo={number}'),
    ('china_post', '中国邮政', 'China Post', 'https://yjcx.chinapost.com.cn/qps/yjcx?mailNo={number}'),
    ('dhl', 'DHL', 'DHL', 'https://www.dhl.com/en/express/tracking.html?AWB={number}'),
    ('ups', 'UPS', 'UPS', 'https://www.ups.com/track?tracknum={number}'),
    ('fedex', '联邦快递', 'FedEx', 'https://www.fedex.com/fedextrack/?trknbr={number}'),
    ('other', '其他', 'Other', '');

create table shipments (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    carrier_id bigint not null references carriers,
    -- The tracking number, as staff typed it but for spaces and capitals. Carriers change its shape, so any is accepted.
    number text not null check (length(number) between 1 and 64),
    -- 'undone': it was never sent; 'lost': its units are refunded; 'replaced': it was lost, and its units are sent again
    status text not null default 'sent' check (status in ('sent', 'undone', 'lost', 'replaced')),
    sent_at timestamptz not null default now(),
    staff_id bigint references users,
    undone_at timestamptz,
    lost_at timestamptz,
    -- The idempotency token of the form: sent twice, it makes one parcel.
    token text check (length(token) between 16 and 64),
    check ((status = 'undone') = (undone_at is not null)),
    check ((status in ('lost', 'replaced')) = (lost_at is not null))
);

create index shipments_order_id_idx on shipments (order_id, id);
create index shipments_number_idx on shipments (number);
create unique index shipments_token_key on shipments (order_id, token) where token is not null;

create table shipment_goods (
    shipment_id bigint not null references shipments,
    order_goods_id bigint not null references order_goods,
    count integer not null check (count > 0),
    primary key (shipment_id, order_goods_id)
);

create index shipment_goods_order_goods_id_idx on shipment_goods (order_goods_id);

-- What was sent before parcels existed went in one parcel without a number.
insert into shipments (order_id, carrier_id, number, sent_at)
select o.id, c.id, '-', coalesce(o.sent_at, o.placed_at)
from orders o join carriers c on c.code = 'other'
where o.status in ('unreceived', 'unreviewed', 'finished', 'refunded');

insert into shipment_goods (shipment_id, order_goods_id, count)
select s.id, g.id, g.count - g.withdrawn_count
from shipments s join order_goods g on g.order_id = s.order_id
where g.count > g.withdrawn_count;

update order_goods g set sent_count = g.count - g.withdrawn_count
from shipments s
where s.order_id = g.order_id;

-- Orders that must not be sent for now, with the reason.
create table order_holds (
    order_id bigint primary key references orders,
    reason text not null check (length(reason) between 1 and 200),
    staff_id bigint not null references users,
    since timestamptz not null default now()
);

-- Shoppers who want a paid order canceled that is being packed; staff answer.
create table cancellation_requests (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    reason text not null default '' check (length(reason) <= 200),
    asked_at timestamptz not null default now(),
    answered_at timestamptz,
    accepted boolean,
    staff_id bigint references users,
    check ((answered_at is null) = (accepted is null))
);

create unique index cancellation_requests_open_key on cancellation_requests (order_id) where answered_at is null;

create table returns (
    id bigint generated always as identity primary key,
    order_id bigint not null references orders,
    kind text not null check (kind in ('refund_only', 'goods_back')),
    status text not null default 'asked' check (status in
        ('asked', 'approved', 'declined', 'sent_back', 'arrived', 'closed', 'withdrawn')),
    reason text not null check (reason in ('damaged', 'wrong', 'not_as_described', 'not_arrived', 'unwanted', 'other')),
    words text not null default '' check (length(words) <= 500),
    -- What staff answered.
    answer text not null default '' check (length(answer) <= 500),
    -- How the shopper sends the goods back.
    carrier text not null default '' check (length(carrier) <= 60),
    tracking_number text not null default '' check (length(tracking_number) <= 64),
    token text not null check (length(token) between 16 and 64),
    asked_at timestamptz not null default now(),
    answered_at timestamptz,
    sent_back_at timestamptz,
    arrived_at timestamptz,
    closed_at timestamptz,
    unique (order_id, token),
    check ((status in ('closed', 'declined', 'withdrawn')) = (closed_at is not null))
);

create index returns_order_id_idx on returns (order_id, id);
create index returns_open_idx on returns (status, asked_at) where closed_at is null;

create table return_goods (
    return_id bigint not null references returns,
    order_goods_id bigint not null references order_goods,
    count integer not null check (count > 0),
    -- Units that really came back, in two parts.
    sellable_count integer not null default 0 check (sellable_count >= 0),
    damaged_count integer not null default 0 check (damaged_count >= 0),
    primary key (return_id, order_goods_id),
    check (sellable_count + damaged_count <= count)
);

create index return_goods_order_goods_id_idx on return_goods (order_goods_id);

create table return_pictures (
    return_id bigint not null references returns,
    position integer not null check (position between 1 and 5),
    kind text not null check (kind in ('jpg', 'webp')),
    body bytea not null check (length(body) <= 2097152),
    primary key (return_id, position)
);

alter table return_pictures alter column body set storage external;

alter table refunds
    add column return_id bigint references returns,
    drop constraint refunds_reason_check,
    add constraint refunds_reason_check check (reason in
        ('canceled', 'surplus', 'out_of_stock', 'lines', 'amount', 'withdrawn', 'return', 'lost'));

create index refunds_return_id_idx on refunds (return_id) where return_id is not null;

alter table order_events
    -- When the emails about it were enqueued.
    add column mails_at timestamptz default now(),
    drop constraint order_events_event_check,
    add constraint order_events_event_check check (event in
        ('paid', 'revived', 'expired', 'canceled', 'sent', 'received', 'finished', 'refused', 'refunded',
            'packing', 'packing_stopped', 'parcel_sent', 'parcel_corrected', 'parcel_undone', 'parcel_lost',
            'withdrawn', 'held', 'released', 'noted', 'address_changed',
            'cancellation_asked', 'cancellation_declined', 'refund_wanted', 'refund_done', 'refund_refused',
            'return_asked', 'return_approved', 'return_declined', 'return_sent_back', 'return_arrived',
            'return_closed', 'return_withdrawn'));

-- Events of before have no emails.
alter table order_events alter column mails_at drop default;
create index order_events_mails_idx on order_events (id) where mails_at is null;

-- Orders on their way, by when they were sent: after some days they count as received.
create index orders_sent_idx on orders (sent_at, id) where status = 'unreceived';
-- The same for received orders, which finish after some days.
create index orders_received_idx on orders (received_at, id) where status = 'unreviewed';

-- Whoever sends cash on delivery sees how often this phone has refused a parcel.
create index orders_refused_phone_idx on orders (phone) where canceled_by = 'refusal';
