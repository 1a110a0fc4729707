-- The SKUs of a category or a brand often stand together by code or by name ("SH-1001", "Zwilling ..."), far from the
-- start of the whole list. So each has its own order.
create index sku_search_category_code_idx on sku_search (category_id, code);
create index sku_search_category_name_idx on sku_search (category_id, name, sku_id);
create index sku_search_brand_code_idx on sku_search (brand_id, code);
create index sku_search_brand_name_idx on sku_search (brand_id, name, sku_id);

-- Low stock is what shoppers can see: a product that is not published yet has no stock, and nobody misses it. With its
-- category and brand, by which staff filter.
lock table skus, spus in share row exclusive mode;
alter table short_skus add column category_id bigint, add column brand_id bigint;

delete from short_skus x using skus k, spus s where k.id = x.sku_id and s.id = k.spu_id and not s.published;
update short_skus x set category_id = s.category_id, brand_id = s.brand_id
from skus k, spus s where k.id = x.sku_id and s.id = k.spu_id;

alter table short_skus alter column category_id set not null, alter column brand_id set not null;

create or replace function keep_short_skus() returns trigger language plpgsql as $$
begin
    if new.active and new.stock <= new.low_stock_at then
        insert into short_skus (sku_id, stock, category_id, brand_id)
        select new.id, new.stock, s.category_id, s.brand_id from spus s where s.id = new.spu_id and s.published
        on conflict (sku_id) do update
        set stock = excluded.stock, category_id = excluded.category_id, brand_id = excluded.brand_id;
    else
        delete from short_skus where sku_id = new.id;
    end if;
    return null;
end
$$;

drop trigger short_skus_of_changed on skus;
create trigger short_skus_of_changed after update of stock, low_stock_at, active, spu_id on skus
    for each row when (
        (old.active and old.stock <= old.low_stock_at) or (new.active and new.stock <= new.low_stock_at)
    ) execute function keep_short_skus();

-- Whoever edits a product has locked its SKUs before, as a sale does, so this cannot deadlock.
create function keep_short_skus_of_spu() returns trigger language plpgsql as $$
begin
    delete from short_skus where not new.published and sku_id in (select id from skus where spu_id = new.id);
    insert into short_skus (sku_id, stock, category_id, brand_id)
    select id, stock, new.category_id, new.brand_id from skus
    where new.published and spu_id = new.id and active and stock <= low_stock_at
    order by id
    on conflict (sku_id) do update
    set stock = excluded.stock, category_id = excluded.category_id, brand_id = excluded.brand_id;
    return null;
end
$$;

create trigger short_skus_of_spu after update of published, category_id, brand_id on spus
    for each row when (
        (old.published, old.category_id, old.brand_id) is distinct from (new.published, new.category_id, new.brand_id)
    ) execute function keep_short_skus_of_spu();

-- The time of writing, not the start of the transaction: whoever waited for the row comes after whom they waited for.
alter table stock_movements alter column at set default clock_timestamp();

-- For codes that are typed with other capitals: the page asks whether this one is meant.
create index skus_code_lower_idx on skus (lower(code));
