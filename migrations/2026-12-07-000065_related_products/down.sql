drop function refresh_related(bigint[]);
drop table related_progress;
drop table related_products;
