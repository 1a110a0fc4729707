drop index orders_open_idx;
