drop trigger sku_search_of_changed on skus;
drop trigger sku_search_of_gone on skus;
drop trigger sku_search_of_new on skus;
drop trigger spu_search_of_gone on texts;
drop trigger spu_search_of_changed on texts;
drop trigger spu_search_of_new on texts;
drop trigger spu_search_of_changed on spus;
drop trigger spu_search_of_new on spus;
drop function sku_search_of_one(), sku_search_of_gone(), sku_search_of_new(), spu_search_of_one(),
    spu_search_of_texts(), spu_search_of_spus(), keep_spu_search(bigint[]), keep_sku_search(bigint[]);
drop view sku_search_now, spu_search_now;
drop table sku_search, spu_search;
drop function search_words(text);
drop extension pg_trgm;
