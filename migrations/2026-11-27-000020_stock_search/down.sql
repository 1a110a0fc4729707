create function short_words(words text) returns text[] language sql immutable strict parallel safe as $$
    select coalesce(array_agg(distinct part), '{}')
    from (select lower(words) as all_of_it) w
    cross join generate_series(1, length(all_of_it)) as first
    cross join generate_series(1, 2) as long
    cross join substr(all_of_it, first, long) as part
$$;

create index skus_short_words_idx on skus using gin (short_words(name)) where octet_length(name) > length(name);
create index spus_short_words_idx on spus using gin (short_words(name)) where octet_length(name) > length(name);
create index texts_of_spus_short_words_idx on texts using gin (short_words(name))
    where spu_id is not null and octet_length(name) > length(name);
create index skus_words_idx on skus using gin (lower(code || ' ' || name) gin_trgm_ops);
create index spus_words_idx on spus using gin (lower(name) gin_trgm_ops);
create index texts_of_spus_words_idx on texts using gin (lower(name) gin_trgm_ops) where spu_id is not null;
create index skus_name_idx on skus (name, id);
create index skus_inactive_idx on skus (code) where not active;

drop trigger spu_search_of_new on spus;
drop trigger spu_search_of_changed on spus;
drop trigger spu_search_of_new on texts;
drop trigger spu_search_of_changed on texts;
drop trigger spu_search_of_gone on texts;
drop trigger sku_search_of_new on skus;
drop trigger sku_search_of_changed on skus;
drop trigger sku_search_of_gone on skus;
drop function spu_search_of_spus(), spu_search_of_texts(), spu_search_of_one(), sku_search_of_new(), sku_search_of_one(), sku_search_of_gone(),
    keep_spu_search(bigint[]), keep_sku_search(bigint[]);
drop view sku_search_now, spu_search_now;
drop table sku_search, spu_search;
drop function search_words(text);
