-- Months that are closed, with all figures of their report; and what a unit of a SKU costs the shop.

alter table skus add column cost numeric(12, 2) check (cost >= 0);

create table month_closings (
    -- Its first day.
    month date primary key check (extract(day from month) = 1),
    -- The time zone of the shop may change later.
    begins timestamptz not null,
    ends timestamptz not null check (ends > begins),
    closed_at timestamptz not null default now(),
    staff_id bigint not null references users,
    -- Orders that were paid, and their amounts with freight.
    orders integer not null check (orders >= 0),
    sales numeric(16, 2) not null,
    freight numeric(16, 2) not null,
    -- Refunds of payments that pay an order.
    refund_count integer not null check (refund_count >= 0),
    refunds numeric(16, 2) not null,
    refunded_freight numeric(16, 2) not null,
    tax numeric(16, 2) not null,
    fees numeric(16, 2) not null,
    -- Money that came in without paying an order, and that which went back of it.
    surplus numeric(16, 2) not null,
    surplus_refunds numeric(16, 2) not null,
    collected_online numeric(16, 2) not null,
    collected_cash numeric(16, 2) not null,
    -- At the end of the month.
    outstanding_orders integer not null check (outstanding_orders >= 0),
    outstanding numeric(16, 2) not null,
    stock_units bigint not null,
    stock_at_cost numeric(16, 2) not null,
    skus_without_cost integer not null check (skus_without_cost >= 0),
    units_without_cost bigint not null,
    check (ends <= closed_at),
    check (sales + surplus = collected_online + collected_cash)
);

create table month_closing_lines (
    month date not null references month_closings,
    part text not null check (part in ('product', 'category', 'pay_method', 'tax_rate')),
    position integer not null check (position > 0),
    -- The id of a product or category, the code of a pay method, a rate; or 'freight', 'other'.
    key text not null,
    name_en text not null default '',
    name_zh text not null default '',
    units bigint not null default 0,
    sales numeric(16, 2) not null,
    refunded_units bigint not null default 0,
    refunds numeric(16, 2) not null,
    tax numeric(16, 2) not null default 0,
    fees numeric(16, 2) not null default 0,
    primary key (month, part, position),
    unique (month, part, key)
);

create function refuse_closing_change() returns trigger language plpgsql as $$
begin
    raise exception 'a closed month cannot be changed' using errcode = 'restrict_violation';
end $$;

create trigger month_closings_unchanged before update or delete on month_closings
    for each row execute function refuse_closing_change();
create trigger month_closing_lines_unchanged before update or delete on month_closing_lines
    for each row execute function refuse_closing_change();

-- Lines are written with their month, and never later.
create function refuse_late_closing_line() returns trigger language plpgsql as $$
begin
    if not exists (select from month_closings where month = new.month and xmin = pg_current_xact_id()::xid) then
        raise exception 'a closed month cannot be changed' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;

create trigger month_closing_lines_at_once before insert on month_closing_lines
    for each row execute function refuse_late_closing_line();

-- Cash on delivery: sent and not collected, and orders that were refused since some time.
create index orders_cash_due_idx on orders (sent_at)
    where pay_method = 'cod' and paid_at is null and canceled_at is null and sent_at is not null;
create index orders_refused_at_idx on orders (canceled_at) where canceled_by = 'refusal';
-- What moved since the end of a month.
create index stock_movements_at_idx on stock_movements (at);
