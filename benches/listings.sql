-- Fills an empty shop with products for the measurements of lists in docs/performance.md: 10 departments of 10
-- categories of 5 categories, and three more with 20, 500 and 25,000 products, if there are so many.
--   till migrate; psql "$DATABASE_URL" -v products=100000 -f benches/listings.sql
-- Three SKUs for each product, which differ in color. Triggers are off meanwhile: `listings` is filled at the end.
\set ON_ERROR_STOP 1
set synchronous_commit = off;
set maintenance_work_mem = '256MB';
set work_mem = '64MB';

begin;
alter table spus disable trigger user;
alter table skus disable trigger user;
alter table sku_option_values disable trigger user;
alter table texts disable trigger user;
alter table review_figures disable trigger user;

insert into brands (slug, name) select 'list-brand-' || n, 'Brand ' || n from generate_series(1, 400) n;
insert into categories (slug, name) select 'list-' || a, 'Department ' || a from generate_series(0, 9) a;
insert into categories (slug, name) values
    ('list-of-20', 'Twenty'), ('list-of-500', 'Five hundred'), ('list-of-25000', 'Twenty-five thousand');
insert into categories (slug, name, parent_id)
select p.slug || '-' || b, p.name || ', ' || b, p.id
from categories p cross join generate_series(0, 9) b where p.slug ~ '^list-[0-9]$' order by p.id, b;
insert into categories (slug, name, parent_id)
select p.slug || '-' || c, p.name || ', ' || c, p.id
from categories p cross join generate_series(0, 4) c where p.slug ~ '^list-[0-9]-[0-9]$' order by p.id, c;

create temporary table places on commit drop as
select row_number() over (order by id) - 1 as place, id from categories where slug ~ '^list-[0-9]-[0-9]-[0-9]$';
create temporary table special on commit drop as select slug, id from categories where slug like 'list-of-%';
create temporary table makers on commit drop as
select row_number() over (order by id) - 1 as place, id from brands where slug like 'list-brand-%';

insert into spus (category_id, brand_id, slug, name, created_at, sales)
select coalesce(s.id, p.id), m.id, 'list-' || n,
    (array['Blue', 'Small', 'Iron', 'Oak', 'Quiet', 'Warm', 'Light'])[1 + n % 7] || ' '
        || (array['teapot', 'lamp', 'chair', 'kettle', 'knife', 'blanket', 'clock', 'bowl', 'umbrella'])[1 + n % 9] || ' ' || n,
    now() - n * interval '10 seconds', n % 997
from generate_series(1, :products) n
join places p on p.place = (n * 7919::bigint) % (select count(*) from places)
-- A few brands make much, many little.
join makers m on m.place = floor(399 * ((hashint4(n)::bigint + 2147483648) / 4294967296.0) ^ 2)
left join special s on s.slug = case when n <= 20 then 'list-of-20' when n <= 520 then 'list-of-500'
    when n <= 25520 then 'list-of-25000' end
order by n;

insert into skus (spu_id, code, name, price, list_price, stock, sales)
select s.id, s.slug || '-' || c, s.name, p.price + c, case when s.id % 5 = 0 then p.price * 1.2 end,
    case when hashint8(s.id) % 10 = 0 then 0 else 50 end, s.sales
from spus s cross join generate_series(1, 3) c
cross join lateral (
    select round((exp(2 + 7 * ((hashint8(s.id * 31) + 2147483648) / 4294967296.0)))::numeric, 2) as price
) p
where s.slug ~ '^list-[0-9]+$' order by s.id, c;

insert into sku_figures (sku_id, stock, sold_30, sold_7)
select k.id, k.stock, greatest(0, 20 - abs(hashint8(k.spu_id * 7)) % 40) * (abs(hashint8(k.spu_id)) % 50), 0
from skus k join spus s on s.id = k.spu_id where s.slug ~ '^list-[0-9]+$' on conflict do nothing;

insert into options (spu_id, name, position) select id, 'Color', 0 from spus where slug ~ '^list-[0-9]+$' order by id;
insert into option_values (option_id, name, position)
select o.id, (array['red', 'orange', 'yellow', 'green', 'blue', 'violet', 'black', 'white', 'gray', 'pink', 'gold', 'silver'])
    [1 + (o.id + c * (1 + o.id % 3)) % 12], c
from options o cross join generate_series(1, 3) c order by o.id, c;
insert into sku_option_values (sku_id, option_id, option_value_id)
select k.id, o.id, v.id
from (select id, spu_id, row_number() over (partition by spu_id order by id) as c from skus) k
join options o on o.spu_id = k.spu_id join option_values v on v.option_id = o.id and v.position = k.c;
insert into texts (language, spu_id, name) select 'zh', id, '商品 ' || id from spus where slug ~ '^list-[0-9]+$';
insert into images (spu_id, file, position) select id, 'goods/teapot.webp', 0 from spus where slug ~ '^list-[0-9]+$';
insert into review_figures (spu_id, review_count, star_sum)
select id, 4, 4 + abs(hashint8(id)) % 17 from spus where slug ~ '^list-[0-9]+$' and id % 2 = 0;

alter table spus enable trigger user;
alter table skus enable trigger user;
alter table sku_option_values enable trigger user;
alter table texts enable trigger user;
alter table review_figures enable trigger user;
commit;
analyze;

-- As refresh_listings does, but all at once and with the indexes at the end.
begin;
alter table listings disable trigger user;
create temporary table definitions on commit drop as
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
where indrelid = 'listings'::regclass and not indisprimary;
select 'drop index ' || name from definitions \gexec
select count(*) from (select add_facet_values(array_agg(id)) from spus group by id / 20000) added;
create temporary table stamp on commit drop as select advance_listing_clock() as stamp;
do $$
declare
    part bigint[];
begin
    for part in select array_agg(id) from spus group by id / 20000 order by min(id) loop
        insert into listings
        select p.spu_id, a.ancestor_id, p.price_fen, p.list_price_fen, p.sold_30, p.created_us, p.brand_id, p.in_stock,
            p.rating, p.option_values, stamp, 9223372036854775807
        from listed_products(part) p join category_ancestors a on a.category_id = p.own_category_id cross join stamp;
    end loop;
end
$$;
select definition from definitions \gexec
insert into listing_counts (category_id, kind, value, count)
select l.category_id, f.kind, f.value, count(*) from listings l cross join lateral listing_facets(l) f group by 1, 2, 3;
alter table listings enable trigger user;
commit;
vacuum analyze;
