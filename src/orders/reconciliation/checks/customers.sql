select c.user_id::text as key, concat_ws(' / ', c.orders, c.spend) as actual,
    concat_ws(' / ', f.orders, f.spend) as expected
from customers c
join (
    select user_id, count(*) as orders, sum(paid_amount - refunded_amount) as spend, max(placed_at) as last_order_at
    from orders group by user_id
) f on f.user_id = c.user_id
where (c.orders, c.spend) <> (f.orders, f.spend)
    -- The job may still have to look at what has just happened.
    and f.last_order_at < now() - interval '10 minutes'
    and not exists (
        select from orders o join order_events e on e.order_id = o.id
        where o.user_id = c.user_id and e.at > now() - interval '10 minutes'
    );
