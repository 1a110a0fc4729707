-- What admin pages need to be fast with a million SKUs, without a cost for orders: no index here contains what an order
-- changes (stock, sales).

create extension if not exists pg_trgm;

-- Search for a part of a code or a name.
create index skus_words_idx on skus using gin (lower(code || ' ' || name) gin_trgm_ops);
create index spus_words_idx on spus using gin (lower(name) gin_trgm_ops);
create index texts_of_spus_words_idx on texts using gin (lower(name) gin_trgm_ops) where spu_id is not null;

create index skus_name_idx on skus (name, id);
create index skus_inactive_idx on skus (code) where not active;

-- The ledger of a SKU reads its orders, the newest first.
create index order_goods_of_sku_idx on order_goods (sku_id, order_id);
drop index order_goods_sku_id_idx;

-- The movement that this one undoes; each is undone once at most.
alter table stock_movements add column reverses bigint references stock_movements check (reverses < id);
create unique index stock_movements_reverses_key on stock_movements (reverses) where reverses is not null;

-- The low-stock threshold of a SKU: its own, or that of the nearest category that has one, or the shop's.
-- skus.low_stock_at always is the effective threshold; low_stock_own says whether it is the SKU's own.
alter table categories add column low_stock_at integer check (low_stock_at >= 0);
alter table skus add column low_stock_own boolean not null default false;
update skus set low_stock_own = true where low_stock_at <> 5;

create function low_stock_of_category(category bigint) returns integer language sql stable as $$
    with recursive up (low_stock_at, parent_id, height) as (
        select low_stock_at, parent_id, 0 from categories where id = category
        union all
        select c.low_stock_at, c.parent_id, up.height + 1
        from up join categories c on c.id = up.parent_id
        where up.low_stock_at is null and up.height < 20
    )
    select coalesce((select low_stock_at from up where low_stock_at is not null order by height limit 1), 5)
$$;

-- The active SKUs that are low or sold out, with their stock. The triggers below write it in the transaction of the
-- change. An order pays for it only if it sells a SKU that is low.
create table short_skus (
    sku_id bigint primary key references skus on delete cascade,
    stock integer not null check (stock >= 0)
);

create function keep_short_skus() returns trigger language plpgsql as $$
begin
    if new.active and new.stock <= new.low_stock_at then
        insert into short_skus (sku_id, stock) values (new.id, new.stock)
        on conflict (sku_id) do update set stock = excluded.stock;
    else
        delete from short_skus where sku_id = new.id;
    end if;
    return null;
end
$$;

create trigger short_skus_of_new after insert on skus
    for each row when (new.active and new.stock <= new.low_stock_at) execute function keep_short_skus();
create trigger short_skus_of_changed after update of stock, low_stock_at, active on skus
    for each row when (
        (old.active and old.stock <= old.low_stock_at) or (new.active and new.stock <= new.low_stock_at)
    ) execute function keep_short_skus();

insert into short_skus (sku_id, stock) select id, stock from skus where active and stock <= low_stock_at;

-- The sales counter of a SKU at the start of a day, for the days before which it had changed. What was sold since is
-- the difference to skus.sales, so no order is read.
create table sku_sales (
    sku_id bigint not null references skus on delete cascade,
    day date not null,
    sales bigint not null check (sales >= 0),
    primary key (sku_id, day)
);

-- The days that are recorded.
create table sku_sales_days (
    day date primary key,
    written_at timestamptz not null default now()
);

-- Sort columns that change all the time, as they were at most a few minutes ago. Pages show the values of other tables.
create table sku_figures (
    sku_id bigint primary key references skus on delete cascade,
    stock integer not null,
    sold_30 bigint not null default 0,
    -- At the rate of the last 30 days; the largest number if nothing was sold.
    days_left integer not null default 2147483647
);

create function keep_sku_figures() returns trigger language plpgsql as $$
begin
    insert into sku_figures (sku_id, stock) select id, stock from added;
    return null;
end
$$;

create trigger sku_figures_of_new after insert on skus
    referencing new table as added for each statement execute function keep_sku_figures();

insert into sku_figures (sku_id, stock) select id, stock from skus;

create index sku_figures_stock_idx on sku_figures (stock, sku_id);
create index sku_figures_sold_idx on sku_figures (sold_30, sku_id);
create index sku_figures_days_idx on sku_figures (days_left, sku_id);
