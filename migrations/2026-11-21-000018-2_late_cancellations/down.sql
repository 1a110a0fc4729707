delete from order_days;
drop index orders_late_idx;
