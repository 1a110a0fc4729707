-- Adds three categories with 20, 500 and 25,000 products of one SKU each to a shop of benches/measure. They are older than
-- all others, so the home page does not show them.
insert into categories (slug, name) values ('bench', 'Bench');
insert into categories (slug, name, parent_id)
select 'bench-' || n, n || ' products', (select id from categories where slug = 'bench')
from unnest(array[20, 500, 25000]) n;
insert into spus (category_id, brand_id, slug, name, created_at)
select c.id, (select min(id) from brands) + n % 5, c.slug || '-' || n, 'Thing ' || n, now() - interval '2 years'
from categories c cross join lateral generate_series(1, split_part(c.slug, '-', 2)::integer) n
where c.slug like 'bench-%';
insert into skus (spu_id, code, name, price, stock)
select id, slug, name, 1 + id % 500, 10 from spus where slug like 'bench-%';
insert into stock_movements (sku_id, delta, reason) select id, stock, 'import' from skus where code like 'bench-%';
update sku_figures set sold_30 = sku_id % 1000 where sku_id in (select id from skus where code like 'bench-%');
insert into images (spu_id, file, position)
select id, 'goods/teapot.webp', 0 from spus where slug like 'bench-%';
insert into texts (language, spu_id, name) select 'zh', id, '商品 ' || id from spus where slug like 'bench-%';
