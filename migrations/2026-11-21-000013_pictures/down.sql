-- Pictures of one option value then show all SKUs.
drop index images_place_key;
alter table images drop constraint images_option_value_id_fkey;
update images set option_value_id = null where option_value_id is not null;
alter table images rename column option_value_id to sku_id;
alter table images add foreign key (sku_id) references skus;
create unique index images_place_key on images (spu_id, coalesce(sku_id, 0), position);

-- Products lose the pictures that these tables contain.
delete from images where file like 'uploaded/%';
alter table images drop column alt, drop column alt_zh;
drop table picture_sizes;
drop table pictures;
