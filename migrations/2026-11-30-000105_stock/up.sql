-- Stock movements, the SKUs that are low, sales by day, who gets the low-stock mail, and how staff change stock.

create table stock_movements (
    id bigint generated always as identity primary key,
    sku_id bigint not null references skus,
    delta integer not null check (delta <> 0),
    reason text not null check (reason in
        ('delivery', 'damage', 'count', 'return', 'correction', 'import', 'cancellation')),
    order_id bigint references orders,
    staff_id bigint references users,
    note text not null default '' check (length(note) <= 500),
    -- The time of writing, not the start of the transaction: whoever waited for the row comes after whom they waited
    -- for.
    at timestamptz not null default clock_timestamp(),
    -- The movement that this one undoes; each is undone once at most.
    reverses bigint references stock_movements,
    -- A movement by staff has the token of its form: sent twice, it is applied once. The changes of one form are undone
    -- by its token.
    token text check (length(token) between 16 and 64),
    check ((reason = 'cancellation') = (order_id is not null)),
    check (reverses < id)
);

-- The active SKUs of published products that are low or sold out, with their stock: what shoppers can see. A product
-- that is not published yet has no stock, and nobody misses it. Category and brand are those by which staff filter. The
-- triggers below write it in the transaction of the change. An order pays for it only if it sells a SKU that is low.
create table low_stock_skus (
    sku_id bigint primary key references skus on delete cascade,
    stock integer not null check (stock >= 0),
    category_id bigint not null,
    brand_id bigint
);

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
    days_left integer not null default 2147483647,
    sold_7 bigint not null default 0
);

-- Who gets an email on mornings when something is low.
create table low_stock_readers (
    user_id bigint primary key references users on delete cascade,
    language text not null check (language in ('en', 'zh')),
    since timestamptz not null default now()
);

-- One email a day for each person: the row is written together with the job that sends it, by whichever process is
-- first.
create table low_stock_mails (
    user_id bigint not null references users on delete cascade,
    -- The day in the shop's time zone.
    day date not null,
    promised_at timestamptz not null default now(),
    -- When sending of the text began. From then on the email may have arrived, so it is not sent again unless it was
    -- refused.
    begun_at timestamptz,
    sent_at timestamptz,
    primary key (user_id, day),
    check (sent_at is null or begun_at is not null)
);

-- How a member of staff last changed stock: by difference or by count. The next form starts with it.
create table staff_preferences (
    user_id bigint primary key references users on delete cascade,
    stock_mode text not null check (stock_mode in ('difference', 'count'))
);

create index stock_movements_sku_id_idx on stock_movements (sku_id, id desc);
create index stock_movements_staff_id_idx on stock_movements (staff_id) where staff_id is not null;
create unique index stock_movements_order_key on stock_movements (order_id, sku_id) where order_id is not null;
create unique index stock_movements_reverses_key on stock_movements (reverses) where reverses is not null;
create unique index stock_movements_token_key on stock_movements (sku_id, token) where token is not null;
create index stock_movements_form_idx on stock_movements (token) where token is not null;

create index sku_figures_stock_idx on sku_figures (stock, sku_id);
create index sku_figures_sold_idx on sku_figures (sold_30, sku_id);
create index sku_figures_week_idx on sku_figures (sold_7, sku_id);
create index sku_figures_days_idx on sku_figures (days_left, sku_id);

create function stock_movements_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'stock_movements is append-only: write the reverse movement instead'
        using errcode = 'restrict_violation';
end
$$;

create trigger stock_movements_append_only before update or delete on stock_movements
    for each row execute function stock_movements_append_only();

create function keep_low_stock_skus() returns trigger language plpgsql as $$
begin
    if new.active and new.stock <= new.low_stock_at then
        insert into low_stock_skus (sku_id, stock, category_id, brand_id)
        select new.id, new.stock, s.category_id, s.brand_id from spus s where s.id = new.spu_id and s.published
        on conflict (sku_id) do update
        set stock = excluded.stock, category_id = excluded.category_id, brand_id = excluded.brand_id;
    else
        delete from low_stock_skus where sku_id = new.id;
    end if;
    return null;
end
$$;

create trigger low_stock_skus_of_new after insert on skus
    for each row when (new.active and new.stock <= new.low_stock_at) execute function keep_low_stock_skus();
create trigger low_stock_skus_of_changed after update of stock, low_stock_at, active, spu_id on skus
    for each row when (
        (old.active and old.stock <= old.low_stock_at) or (new.active and new.stock <= new.low_stock_at)
    ) execute function keep_low_stock_skus();

-- Whoever edits a product has locked its SKUs before, as a sale does, so this cannot deadlock.
create function keep_low_stock_skus_of_spu() returns trigger language plpgsql as $$
begin
    delete from low_stock_skus where not new.published and sku_id in (select id from skus where spu_id = new.id);
    insert into low_stock_skus (sku_id, stock, category_id, brand_id)
    select id, stock, new.category_id, new.brand_id from skus
    where new.published and spu_id = new.id and active and stock <= low_stock_at
    order by id
    on conflict (sku_id) do update
    set stock = excluded.stock, category_id = excluded.category_id, brand_id = excluded.brand_id;
    return null;
end
$$;

create trigger low_stock_skus_of_spu after update of published, category_id, brand_id on spus
    for each row when (
        (old.published, old.category_id, old.brand_id) is distinct from (new.published, new.category_id, new.brand_id)
    ) execute function keep_low_stock_skus_of_spu();

create function keep_sku_figures() returns trigger language plpgsql as $$
begin
    insert into sku_figures (sku_id, stock) select id, stock from added;
    return null;
end
$$;

create trigger sku_figures_of_new after insert on skus
    referencing new table as added for each statement execute function keep_sku_figures();
