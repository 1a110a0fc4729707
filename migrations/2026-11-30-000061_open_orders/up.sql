-- The open orders of a shopper are counted at each checkout: only these orders are read, however many the shopper has
-- placed before.
create index orders_open_idx on orders (user_id)
where status = 'unpaid' or (status = 'unsent' and paid_at is null) or (status = 'canceled' and canceled_at >= expires_at);
