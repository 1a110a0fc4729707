-- Goods whose pictures go with these tables are left without.
delete from images where file like 'uploaded/%';
alter table images drop column alt, drop column alt_zh;
drop table picture_sizes;
drop table pictures;
