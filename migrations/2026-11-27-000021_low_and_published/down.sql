drop index skus_code_lower_idx;
alter table stock_movements alter column at set default now();

drop index sku_search_category_code_idx, sku_search_category_name_idx, sku_search_brand_code_idx, sku_search_brand_name_idx;

lock table skus, spus in share row exclusive mode;
drop trigger short_skus_of_spu on spus;
drop function keep_short_skus_of_spu();

create or replace function keep_short_skus() returns trigger language plpgsql as $$
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

drop trigger short_skus_of_changed on skus;
create trigger short_skus_of_changed after update of stock, low_stock_at, active on skus
    for each row when (
        (old.active and old.stock <= old.low_stock_at) or (new.active and new.stock <= new.low_stock_at)
    ) execute function keep_short_skus();

alter table short_skus drop column category_id, drop column brand_id;
insert into short_skus (sku_id, stock) select id, stock from skus where active and stock <= low_stock_at on conflict do nothing;
