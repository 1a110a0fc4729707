-- The shop looks every few seconds for orders that nobody paid in time.
create index orders_unpaid_idx on orders (expires_at) where status = 'unpaid';
