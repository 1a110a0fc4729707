drop index orders_unpaid_idx;
