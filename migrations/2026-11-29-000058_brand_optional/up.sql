-- A product may have no brand, for example one that the shop makes itself.
alter table spus alter column brand_id drop not null;
alter table sku_search alter column brand_id drop not null;
alter table short_skus alter column brand_id drop not null;
