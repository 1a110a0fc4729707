-- What the dashboard and the list of orders read, without a row that every order would have to update.

-- Orders by time, with their amounts. None of these columns changes later, so each order writes the index once.
create index orders_placed_idx on orders (placed_at, id) include (total_amount);

-- The same by status: to be sent, to be paid, canceled and refunded.
create index orders_status_idx on orders (status, placed_at, id) include (total_amount);

-- The orders that were placed on a past day, whatever became of them: that never changes. A day is identified by its
-- start, because the shop's time zone may change.
create table order_days (
    begins timestamptz primary key,
    orders bigint not null check (orders >= 0),
    amount numeric(16, 2) not null check (amount >= 0)
);

-- Sales of 7 days, beside those of 30, as of a minute ago.
alter table sku_figures add column sold_7 bigint not null default 0;
create index sku_figures_week_idx on sku_figures (sold_7, sku_id);
