-- The payload as `checkout` writes it: the order, and pairs of SKU and count by ascending SKU. Only jobs that
-- are pending or were done within a day.
select coalesce(p.payload ->> 'order', 'outbox ' || p.id) as key,
    coalesce(p.payload ->> 'bought', '?') as actual, coalesce(g.bought, '[]') as expected
from outbox p
left join orders o on o.number = p.payload ->> 'order'
cross join lateral (
    select '[' || string_agg('[' || sku_id || ', ' || count || ']', ', ' order by sku_id) || ']' as bought
    from order_goods where order_id = o.id
) g
where p.kind = 'clear_cart' and (p.done_at is null or p.done_at > now() - interval '1 day')
    and coalesce(p.payload ->> 'bought', '?') <> coalesce(g.bought, '[]');
