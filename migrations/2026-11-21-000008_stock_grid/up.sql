-- What the stock room needs to answer fast with a million SKUs, without a cost to those who buy: no index here holds what an
-- order changes (stock, sales), so that those updates stay out of all of them.

create extension if not exists pg_trgm;

-- Search by a part of a code or a name.
create index skus_words_idx on skus using gin (lower(code || ' ' || name) gin_trgm_ops);
create index spus_words_idx on spus using gin (lower(name) gin_trgm_ops);
create index texts_of_spus_words_idx on texts using gin (lower(name) gin_trgm_ops) where spu_id is not null;

create index skus_name_idx on skus (name, id);
create index skus_inactive_idx on skus (code) where not active;

-- The ledger of a SKU is read by order, the newest first.
create index order_goods_of_sku_idx on order_goods (sku_id, order_id);
drop index order_goods_sku_id_idx;

-- Which movement this one undoes; each is undone once at most.
alter table stock_movements add column reverses bigint references stock_movements check (reverses < id);
create unique index stock_movements_reverses_key on stock_movements (reverses) where reverses is not null;

-- From how many on a SKU is low: its own word, or else that of its category or the next one above that has a word, or else
-- the shop's. skus.low_stock_at is always the answer, low_stock_own whether it is the SKU's own.
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

-- The SKUs on sale that are low or sold out, with their stock: few, and always true, since the rows below write it with the
-- change itself. An order pays for it only where it sells of what is low.
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

-- What a SKU had sold in all when a day began, for the days before which that had changed. What it has sold since is the
-- difference to skus.sales: no order is read for it.
create table sku_sales (
    sku_id bigint not null references skus on delete cascade,
    day date not null,
    sales bigint not null check (sales >= 0),
    primary key (sku_id, day)
);

-- Which days have been written.
create table sku_sales_days (
    day date primary key,
    written_at timestamptz not null default now()
);

-- What lists are sorted by that changes all the time, as it was a few minutes ago. What a page shows is never from here.
create table sku_figures (
    sku_id bigint primary key references skus on delete cascade,
    stock integer not null,
    sold_30 bigint not null default 0,
    -- At the pace of the last 30 days; for what does not sell the largest number there is.
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
