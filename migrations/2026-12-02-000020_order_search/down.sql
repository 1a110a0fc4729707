drop view order_search_now;
drop table order_search, order_search_parts, order_search_progress;
drop index orders_list_paid_idx, orders_list_not_paid_idx;
drop function refresh_order_search, plan_order_search_parts;
drop extension btree_gin;
