-- What the first page behind the counter and its list of orders are read from, without a row that every order would have to
-- write.

-- Orders by when they were placed, with what they come to. None of these columns changes later: each order pays once.
create index orders_placed_idx on orders (placed_at, id) include (total_amount);

-- The same by status: those to be sent, those that wait to be paid, and those that count no longer.
create index orders_status_idx on orders (status, placed_at, id) include (total_amount);

-- What was placed on a day that is over, whatever became of it since: so it never changes. A day is known by its first moment;
-- the shop's time zone may change.
create table order_days (
    begins timestamptz primary key,
    orders bigint not null check (orders >= 0),
    amount numeric(16, 2) not null check (amount >= 0)
);

-- What was sold in 7 days, as it was a minute ago, beside what was sold in 30.
alter table sku_figures add column sold_7 bigint not null default 0;
create index sku_figures_week_idx on sku_figures (sold_7, sku_id);
