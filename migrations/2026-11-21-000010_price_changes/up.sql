-- The former prices of a SKU, and a version that tells whether a product is still as somebody saw it.

create table price_changes (
    id bigint generated always as identity primary key,
    sku_id bigint not null references skus,
    staff_id bigint not null references users,
    -- Null if the SKU was created with this price.
    old_price numeric(12, 2) check (old_price >= 0),
    price numeric(12, 2) not null check (price >= 0),
    old_list_price numeric(12, 2) check (old_list_price >= 0),
    list_price numeric(12, 2) check (list_price >= 0),
    at timestamptz not null default now(),
    check (old_price is distinct from price or old_list_price is distinct from list_price)
);

create index price_changes_sku_id_idx on price_changes (sku_id, id desc);
create index price_changes_staff_id_idx on price_changes (staff_id);

create function price_changes_append_only() returns trigger language plpgsql as $$
begin
    raise exception 'price_changes is append-only' using errcode = 'restrict_violation';
end
$$;

create trigger price_changes_append_only before update or delete on price_changes
    for each row execute function price_changes_append_only();

-- Incremented by each edit of the SPU, its options or its SKUs; not by sales.
alter table spus add column version integer not null default 1;
