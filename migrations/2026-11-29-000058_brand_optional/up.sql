-- A product may be of no brand: what a shop makes or gathers itself has none.
alter table spus alter column brand_id drop not null;
alter table sku_search alter column brand_id drop not null;
alter table short_skus alter column brand_id drop not null;
