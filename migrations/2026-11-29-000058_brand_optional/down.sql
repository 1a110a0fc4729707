-- Every product has a brand again: those without one get the brand "No brand".
insert into brands (slug, name)
select 'no-brand', 'No brand' where exists (select from spus where brand_id is null)
on conflict (slug) do nothing;

-- The triggers update sku_search and short_skus; the rest updates rows that they have not reached.
update spus set brand_id = (select id from brands where slug = 'no-brand') where brand_id is null;
update sku_search x set brand_id = s.brand_id
from skus k join spus s on s.id = k.spu_id where k.id = x.sku_id and x.brand_id is null;
update short_skus x set brand_id = s.brand_id
from skus k join spus s on s.id = k.spu_id where k.id = x.sku_id and x.brand_id is null;

alter table spus alter column brand_id set not null;
alter table sku_search alter column brand_id set not null;
alter table short_skus alter column brand_id set not null;
