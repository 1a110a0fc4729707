drop function merge_order_search();
alter index order_search_words_idx set (fastupdate = off);
